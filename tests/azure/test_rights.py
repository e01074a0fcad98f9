from __future__ import annotations

from pathlib import Path

import pytest
from practice_cloud import Connect, StartEmulator

from asr_tui.azure.estate_reader import read_estate
from asr_tui.azure.rights import grants, read_policy_refusals, read_policy_verdicts, read_replica_verdicts, read_rights
from asr_tui.model.governance import Permission
from asr_tui.model.problem import ProblemError

ESTATE = """
name: guarded
principals:
  owner: {client_id: aaaaaaaa-0000-4000-8000-000000000001, secret: one, roles: [Owner]}
  reader: {client_id: aaaaaaaa-0000-4000-8000-000000000002, secret: two, roles: [Reader]}
  local: {client_id: aaaaaaaa-0000-4000-8000-000000000003, secret: three, roles: [Contributor on rg-b]}
resource_groups: {rg-a: {}, rg-b: {}}
policies:
  near-only: {allowed_regions: [westeurope], types: [Microsoft.Network/virtualNetworks], group: rg-b}
"""
WRITE = "Microsoft.RecoveryServices/vaults/write"
READ = "Microsoft.RecoveryServices/vaults/read"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"


@pytest.mark.parametrize(
    ("pattern", "action", "fits"),
    [
        ("*", WRITE, True),
        ("*/read", READ, True),
        ("*/read", WRITE, False),
        ("microsoft.recoveryservices/Vaults/Write", WRITE, True),
        ("Microsoft.RecoveryServices/*", WRITE, True),
        ("Microsoft.RecoveryServices/*/write", WRITE, True),
        ("Microsoft.*/vaults/*", WRITE, True),
        ("Microsoft.*/x/*", WRITE, False),
        ("Microsoft.RecoveryServices/vaults/write/more", WRITE, False),
        ("ab*ba", "aba", False),
    ],
)
def test_a_pattern_grants_what_it_fits(pattern: str, action: str, fits: bool) -> None:
    assert grants(Permission("/s", (pattern,)), action) is fits


def test_an_exception_takes_back_what_a_pattern_grants() -> None:
    contributor = Permission("/s", ("*",), ("Microsoft.Authorization/*/Write",))
    assert grants(contributor, WRITE) and not grants(contributor, ASSIGN)


async def test_rights_differ_by_scope_and_principal(
    start_emulator: StartEmulator, connect: Connect, tmp_path: Path
) -> None:
    file = tmp_path / "guarded.yaml"
    file.write_text(ESTATE, encoding="utf-8")
    emulator = start_emulator("--estate", str(file))
    a, b = (f"{emulator.subscription}/resourceGroups/{name}" for name in ("rg-a", "rg-b"))
    new = f"{emulator.subscription}/resourceGroups/rg-new"
    async with connect(emulator) as clients:
        rights = await read_rights(clients, [a, new, a])
        assert rights.scopes == (a, new)
        assert rights.may(WRITE, a.upper()) is True and rights.may(WRITE, new) is True
        assert rights.may(WRITE, b) is None
    reader = {
        **emulator.environ,
        "AZURE_CLIENT_ID": "aaaaaaaa-0000-4000-8000-000000000002",
        "AZURE_CLIENT_SECRET": "two",
    }
    async with connect(emulator, environ=reader) as clients:
        rights = await read_rights(clients, [a, new])
        assert rights.may(READ, a) is True
        assert rights.may(WRITE, a) is False and rights.may(WRITE, new) is False
        with pytest.raises(ProblemError) as refused:
            await clients.checked("PUT", new, body={"location": "westeurope"})
        assert refused.value.problem.code == "AuthorizationFailed"
        assert "Microsoft.Resources/subscriptions/resourceGroups/write" in refused.value.problem.what
    local = {
        **emulator.environ,
        "AZURE_CLIENT_ID": "aaaaaaaa-0000-4000-8000-000000000003",
        "AZURE_CLIENT_SECRET": "three",
    }
    async with connect(emulator, environ=local) as clients:
        rights = await read_rights(clients, [a, b])
        assert rights.may(WRITE, b) is True and rights.may(ASSIGN, b) is False
        assert not rights.may(WRITE, a)


DENYING = """\
name: denying
resource_groups:
  rg-dr: {region: northeurope}
  rg-free: {region: northeurope}
policies:
  no-hdd: {group: rg-dr, types: Microsoft.Compute/disks, denied_skus: Standard_LRS}
  tagged: {types: Microsoft.Compute/disks, required_tags: owner}
"""


async def test_a_policy_is_asked_beforehand(start_emulator: StartEmulator, connect: Connect, tmp_path: Path) -> None:
    file = tmp_path / "guarded.yaml"
    file.write_text(ESTATE, encoding="utf-8")
    emulator = start_emulator("--estate", str(file))
    a, b = (f"{emulator.subscription}/resourceGroups/{name}" for name in ("rg-a", "rg-b"))
    kind = "Microsoft.Network/virtualNetworks"
    async with connect(emulator, read_only=True) as clients:
        near = await read_policy_refusals(clients, b, kind, {"location": "westeurope"})
        far = await read_policy_refusals(clients, b, kind, {"location": "northeurope"})
        elsewhere = await read_policy_refusals(clients, a, kind, {"location": "northeurope"})
        estate = await read_estate(clients)
    assert near == elsewhere == ()
    assert [refusal.fields for refusal in far] == [("location",)]
    assert "near-only" in far[0].assignment
    assert estate.policies is not None and [policy.effect for policy in estate.policies] == ["deny"]


async def test_policies_are_asked_about_replica_disks(
    start_emulator: StartEmulator, connect: Connect, tmp_path: Path
) -> None:
    file = tmp_path / "denying.yaml"
    file.write_text(DENYING, encoding="utf-8")
    emulator = start_emulator("--estate", str(file))
    dr, free, new = (f"{emulator.subscription}/resourceGroups/{name}" for name in ("rg-dr", "rg-free", "rg-new"))
    kinds = [(dr, "Standard_LRS"), (dr, "Premium_LRS"), (free, "Standard_LRS"), (new, "Standard_LRS")]
    async with connect(emulator, read_only=True) as clients:
        verdicts = await read_replica_verdicts(clients, kinds, "northeurope")
    assert [(verdict.group_id, verdict.disk_type) for verdict in verdicts] == kinds
    assert [bool(verdict.denied_by) for verdict in verdicts] == [True, False, False, False]
    assert verdicts[0].denied_by == ("no-hdd",)


async def test_policies_are_asked_about_what_a_plan_makes(
    start_emulator: StartEmulator, connect: Connect, tmp_path: Path
) -> None:
    file = tmp_path / "guarded.yaml"
    file.write_text(ESTATE, encoding="utf-8")
    emulator = start_emulator("--estate", str(file))
    guarded, new = (f"{emulator.subscription}/resourceGroups/{name}" for name in ("rg-b", "rg-new"))
    kind = "Microsoft.Network/virtualNetworks"
    near, far = {"location": "westeurope"}, {"location": "northeurope"}
    async with connect(emulator, read_only=True) as clients:
        verdicts = await read_policy_verdicts(
            clients,
            [
                (guarded, kind, "near", near, False),
                (guarded, kind, "far", far, True),
                (new, kind, "new", far, False),
                (emulator.subscription, "Microsoft.Resources/subscriptions/resourceGroups", "rg", far, False),
            ],
        )
        emulator.fault({"path": "**/checkPolicyRestrictions"}, {"status": 403, "code": "AuthorizationFailed"})
        assert await read_policy_verdicts(clients, [(guarded, kind, "near", near, False)]) == ()
    assert [(one.name, one.denied_by) for one in verdicts] == [
        ("near", ()),
        ("far", ("near-only",)),
        ("new", ()),
        ("rg", ()),
    ]
