from __future__ import annotations

from pathlib import Path

import pytest

from asr_tui.azure import cloud as clouds
from asr_tui.azure import versions
from asr_tui.model.problem import ProblemError

PRIVATE = """
name: stack
arm_endpoint: https://management.stack.example/
authority_host: https://login.stack.example/
audience: https://management.stack.example
portal: https://portal.stack.example/
ca_bundle: /etc/ssl/stack.pem
suffixes: {blob: blob.stack.example}
"""


@pytest.mark.parametrize(
    ("name", "arm", "authority", "scope"),
    [
        ("public", "management.azure.com", "login.microsoftonline.com", "https://management.azure.com//.default"),
        (
            "usgov",
            "management.usgovcloudapi.net",
            "login.microsoftonline.us",
            "https://management.usgovcloudapi.net//.default",
        ),
        (
            "china",
            "management.chinacloudapi.cn",
            "login.chinacloudapi.cn",
            "https://management.chinacloudapi.cn//.default",
        ),
    ],
)
def test_the_clouds_of_microsoft(name: str, arm: str, authority: str, scope: str) -> None:
    cloud = clouds.named(name, {})
    assert (cloud.arm_host, cloud.authority_netloc, cloud.scopes) == (arm, authority, (scope,))
    assert cloud.ca_bundle is None and cloud.known_authority
    assert cloud.suffix("blob").startswith("blob.core.") and cloud.suffix("nothing") == ""
    assert cloud.portal_link("/subscriptions/s").startswith(f"{cloud.portal}/#resource/subscriptions/s")


def test_the_practice_cloud_stands_in_the_environment() -> None:
    environ = {
        "ASR_TUI_ARM_ENDPOINT": "https://127.0.0.1:4443/",
        "AZURE_AUTHORITY_HOST": "https://127.0.0.1:4443",
        "REQUESTS_CA_BUNDLE": "/state/ca.pem",
    }
    cloud = clouds.named("practice", environ)
    assert cloud.arm_endpoint == "https://127.0.0.1:4443" and cloud.arm_host == "127.0.0.1:4443"
    assert cloud.ca_bundle == Path("/state/ca.pem") and not cloud.known_authority
    assert cloud.portal_link("/subscriptions/s") == ""
    with pytest.raises(ProblemError, match="ASR_TUI_ARM_ENDPOINT and AZURE_AUTHORITY_HOST"):
        clouds.named("practice", {})


def test_roots_of_trust_come_from_the_environment() -> None:
    assert clouds.named("public", {"SSL_CERT_FILE": "/a.pem"}).ca_bundle == Path("/a.pem")
    both = {"SSL_CERT_FILE": "/a.pem", "REQUESTS_CA_BUNDLE": "/b.pem"}
    assert clouds.named("usgov", both).ca_bundle == Path("/b.pem")


def test_a_private_cloud_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text(PRIVATE, encoding="utf-8")
    cloud = clouds.named(str(file), {"REQUESTS_CA_BUNDLE": "/other.pem"})
    assert cloud.name == cloud.title == "stack"
    assert cloud.arm_endpoint == "https://management.stack.example"
    assert cloud.scopes == ("https://management.stack.example/.default",)
    assert cloud.ca_bundle == Path("/etc/ssl/stack.pem") and cloud.suffix("blob") == "blob.stack.example"
    assert not cloud.known_authority


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: [", "not YAML"),
        ("[]", "mapping"),
        (PRIVATE.replace("audience", "audienc"), "'audience' is missing"),
        (PRIVATE.replace("https://login", "http://login"), "'authority_host' must start with https://"),
        (PRIVATE.replace("{blob: blob.stack.example}", "blob"), "'suffixes'"),
        (None, "No such file"),
    ],
)
def test_a_wrong_cloud_file_is_told_in_a_sentence(text: str | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(ProblemError, match=words) as wrong:
        clouds.named(str(file), {})
    assert str(file) in wrong.value.problem.what


def test_an_unknown_cloud_names_the_known_ones() -> None:
    with pytest.raises(ProblemError, match="public, usgov, china, practice"):
        clouds.named("moon", {})


@pytest.mark.parametrize(
    ("resource_id", "version"),
    [
        ("/subscriptions/s", versions.SUBSCRIPTIONS),
        ("/subscriptions/s/providers/Microsoft.Compute", versions.PROVIDERS),
        ("/subscriptions/s/providers/Microsoft.Compute/register", versions.PROVIDERS),
        ("/subscriptions/s/resourceGroups/rg", "2021-04-01"),
        ("/subscriptions/s/resourceGroups/rg/providers/microsoft.compute/DISKS/d", "2026-03-02"),
        ("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/n", "2024-05-01"),
        ("/subscriptions/s/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v", "2024-04-01"),
        (
            "/Subscriptions/s/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v/replicationPolicies/p",
            versions.SITE_RECOVERY,
        ),
        ("/providers/Microsoft.Authorization/policyDefinitions/d", "2023-04-01"),
        ("/subscriptions/s/providers/Microsoft.Authorization/locks/l", "2020-05-01"),
    ],
)
def test_each_kind_of_resource_has_its_version(resource_id: str, version: str) -> None:
    assert versions.of_id(resource_id) == version


@pytest.mark.parametrize(
    "resource_id", ["/subscriptions/s/providers/Contoso.Things/things/t", "/subscriptions/s/x/y", "x"]
)
def test_a_kind_without_a_row_is_a_mistake_of_ours(resource_id: str) -> None:
    with pytest.raises(LookupError):
        versions.of_id(resource_id)
