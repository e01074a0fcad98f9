"""``generated:N``: an estate of any size with a fixed seed and a realistic mix of systems, disks, zones and faults.

``generated-clean:N`` leaves the faults out, for measurements in which every VM can be protected.
"""

from __future__ import annotations

import math
import random
from ipaddress import IPv4Network
from typing import Any

from .schema import EstateFile
from .sizes import families
from .yaml_lines import EstateError

MOST = 50_000
"""Most VMs that can be asked for."""

_PREFIX, _CLEAN_PREFIX = "generated:", "generated-clean:"
_PER_SUBNET = 1000
_SYSTEMS = (
    ("ubuntu-22.04", 24),
    ("ubuntu-24.04", 10),
    ("windows-2022", 22),
    ("windows-2019", 12),
    ("rhel-9", 9),
    ("rhel-8", 7),
    ("sles-15", 4),
    ("debian-12", 4),
    ("windows-2016", 3),
    ("sql-2022-windows-2022", 5),
)
_SIZES = (
    ("Standard_D2s_v5", 34),
    ("Standard_D4s_v5", 24),
    ("Standard_D8s_v5", 9),
    ("Standard_E4s_v5", 12),
    ("Standard_E8s_v5", 7),
    ("Standard_D2s_v3", 6),
    ("Standard_F4s_v2", 5),
    ("Standard_B2ms", 3),
)
_DATA_DISKS: tuple[tuple[list[int], int], ...] = (
    ([], 45),
    ([64], 18),
    ([128], 17),
    ([256, 256], 10),
    ([512, 1024], 6),
    ([128, 128, 512, 1024], 4),
)
_DISK_TYPES = (("Premium_LRS", 60), ("StandardSSD_LRS", 32), ("Standard_LRS", 8))
_CALM_CHURN = 1.8
"""MB/s that every kind of replica disk carries: no disk of a clean estate changes faster."""
_TIERS = (("web", 40), ("app", 35), ("data", 25))
_FAULTS: tuple[tuple[dict[str, Any], int], ...] = (
    ({}, 880),
    ({"power": "deallocated"}, 30),
    ({"agent": "not-ready"}, 12),
    ({"agent": "outdated", "os": "ubuntu-22.04"}, 12),
    ({"provisioning": "Failed"}, 6),
    ({"os": "centos-7"}, 12),
    ({"size": "Standard_D2ps_v5", "os": "ubuntu-22.04-arm64"}, 5),
    ({"size": "Standard_D4s_v6", "controller": "NVMe", "os": "ubuntu-24.04"}, 6),
    ({"stale_link": True}, 5),
    ({"priority": "Spot"}, 10),
    ({"lock": "ReadOnly"}, 4),
    ({"lock": "CanNotDelete"}, 4),
    ({"ephemeral": True}, 3),
    ({"guest": {"root_certificates": "outdated"}}, 3),
    ({"guest": {"dns": "fails"}}, 3),
    ({"guest": {"uninitialised_luns": [0]}, "disks": [{"size": 128}]}, 3),
    ({"guest": {"reboot_pending": True}}, 2),
)


def is_generated(name: str) -> bool:
    """Whether an estate of that name is for :func:`generate`."""
    return name.startswith((_PREFIX, _CLEAN_PREFIX))


def generate(text: str, seed: int) -> EstateFile:
    """The estate of ``generated:N`` or ``generated-clean:N``.

    Args:
        text: ``generated:`` or ``generated-clean:`` and a number from 1 to 50,000.
        seed: the same seed and number give the same estate.

    Raises:
        EstateError: the number is missing or out of range.
    """
    clean = text.startswith(_CLEAN_PREFIX)
    number = text.removeprefix(_CLEAN_PREFIX).removeprefix(_PREFIX)
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= MOST):
        raise EstateError(f"{text!r}: write generated:N with N from 1 to {MOST:,} (VMs), for example generated:1000.")
    count = int(number)
    pick = random.Random(f"{seed}:{count}")  # noqa: S311 - a repeatable mix, not a secret
    groups: dict[str, Any] = {f"rg-gen-{index + 1:03d}": {} for index in range(max(1, count // 200))}
    subnets = _subnets(count, clean)
    names = list(subnets)
    vms = {
        f"gen-{index + 1:05d}": _vm(
            pick, list(groups)[index % len(groups)], f"vnet-gen/{names[index % len(names)]}", clean
        )
        | ({} if clean else _weighted(pick, _FAULTS))
        for index in range(count)
    }
    return EstateFile.model_validate(
        {
            "name": f"generated-clean-{count}" if clean else f"generated-{count}",
            "description": f"{count} generated VMs{', none with a fault' if clean else ''} (seed {seed}).",
            "resource_groups": groups,
            "nsgs": {
                "nsg-open": {},
                "nsg-closed": {"rules": {"deny-internet": "200 deny out any * -> Internet"}},
            },
            "nat_gateways": {"ng-gen": {}},
            "networks": {"vnet-gen": {"space": "10.0.0.0/8", "subnets": subnets}},
            "quotas": {
                region: {"cores": count * 16, **dict.fromkeys(families(), count * 16)}
                for region in ("westeurope", "northeurope")
            },
            "vms": vms,
        }
    )


def _subnets(count: int, clean: bool) -> dict[str, Any]:
    """Enough /22 subnets; every tenth is closed by its NSG, unless ``clean``."""
    ranges = IPv4Network("10.0.0.0/8").subnets(new_prefix=22)
    needed = count // _PER_SUBNET + 3
    return {
        f"snet-{index + 1:03d}": {
            "prefix": str(prefix),
            "nsg": "nsg-closed" if index % 10 == 9 and not clean else "nsg-open",
            "nat": "ng-gen",
            "endpoints": ["Microsoft.Storage"],
        }
        for index, prefix in zip(range(needed), ranges, strict=False)
    }


def _weighted(pick: random.Random, choices: Any) -> Any:
    values, weights = zip(*choices, strict=True)
    return pick.choices(values, weights)[0]


def _vm(pick: random.Random, group: str, subnet: str, clean: bool) -> dict[str, Any]:
    sku = _weighted(pick, _DISK_TYPES)
    spec: dict[str, Any] = {
        "group": group,
        "subnet": subnet,
        "os": _weighted(pick, _SYSTEMS),
        "size": _weighted(pick, _SIZES),
        "os_disk": {"sku": sku, "churn": round(pick.uniform(0.05, 0.6), 2)},
        "disks": [
            {
                "size": size,
                "sku": sku,
                "used_percent": pick.randint(10, 85),
                "churn": min(round(pick.lognormvariate(-1.2, 1.1), 2), _CALM_CHURN if clean else math.inf),
            }
            for size in _weighted(pick, _DATA_DISKS)
        ],
        "tags": {"tier": _weighted(pick, _TIERS), "owner": f"team-{pick.randint(1, 24):02d}"},
    }
    if pick.random() < 0.55:
        spec["zone"] = str(pick.randint(1, 3))
    return spec
