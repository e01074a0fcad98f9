"""Whether the Mobility service supports a Linux kernel: by published lists where the engineer names some, else by series.

Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-support-matrix (read 2026-01-01).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from asr_tui.model.guest import KernelList
from asr_tui.rules import figures

_FILE = re.compile(r"(UBUNTU|DEBIAN|SLES|RHEL|OL)-?(\d+(?:\.\d+)?)-64_supported_kernels\.txt", re.IGNORECASE)
_FAMILIES = {"ubuntu": "ubuntu", "debian": "debian", "sles": "sles", "rhel": "rhel", "ol": "oracle"}
#: What /etc/os-release calls a distribution, where it differs from our word.
_IDS = {"ol": "oracle", "almalinux": "alma", "redhat": "rhel", "sles_sap": "sles"}


class Support(StrEnum):
    """``newer``: a newer build of a known series, which the service aims to support within 30 days."""

    SUPPORTED = "supported"
    NEWER = "newer"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


def distribution(os_id: str, version: str) -> str:
    """``ubuntu-22.04`` for the ID and VERSION_ID of /etc/os-release."""
    family = _IDS.get(os_id.lower(), os_id.lower())
    major = version if family == "ubuntu" else version.split(".")[0]
    return f"{family}-{major}"


def parse_list(file_name: str, text: str, agent: str) -> KernelList | None:
    """A published list (one kernel a line, ``:service pack`` behind it on SLES); None where the file's name is no list's."""
    found = _FILE.fullmatch(file_name)
    if found is None:
        return None
    kernels = frozenset(line.split(":")[0].strip() for line in text.splitlines() if line.strip())
    return KernelList(agent, f"{_FAMILIES[found.group(1).lower()]}-{found.group(2)}", kernels)


def newest(lists: Iterable[KernelList]) -> Mapping[str, KernelList]:
    """The list of the newest agent for each distribution; empty lists say nothing."""
    found: dict[str, KernelList] = {}
    for each in lists:
        before = found.get(each.distribution)
        if each.kernels and (before is None or _version(each.agent) > _version(before.agent)):
            found[each.distribution] = each
    return found


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def is_stock(kernel: str) -> bool:
    """Whether the kernel's name is one that a distribution gives."""
    return any(re.search(pattern, kernel) for pattern in figures.document("kernels")["stock"])


def support(kernel: str, distribution: str, lists: Mapping[str, KernelList]) -> Support:
    """Whether ``kernel`` (``uname -r``) is supported on ``distribution``."""
    published = lists.get(distribution)
    if published is not None and kernel in published.kernels:
        return Support.SUPPORTED
    table = figures.document("kernels")
    row = table["distributions"].get(table["same_as"].get(distribution, distribution))
    if row is None:
        return Support.UNKNOWN
    if row.get("all"):
        return Support.SUPPORTED if is_stock(kernel) else Support.UNSUPPORTED
    if "builds" in row:
        return _by_build(kernel, row)
    return _by_series(kernel, row["series"], published)


def _numbers(kernel: str) -> tuple[str, int] | None:
    """Series and build: ``("6.8.0", 1041)`` for ``6.8.0-1041-azure``; Debian's back-ports put the build last."""
    found = re.match(r"(\d+\.\d+\.\d+)-(?:0\.deb\d+\.)?(\d+)", kernel)
    return (found.group(1), int(found.group(2))) if found else None


def _by_build(kernel: str, row: Mapping[str, Any]) -> Support:
    numbers = _numbers(kernel)
    if numbers is None or numbers[0] not in row["builds"]:
        return Support.UNSUPPORTED
    series, build = numbers
    known = build in row["builds"][series] or build >= row["open_from"][series]
    return Support.SUPPORTED if known and is_stock(kernel) else Support.UNSUPPORTED


def _by_series(kernel: str, series: Mapping[str, Mapping[str, int]], published: KernelList | None) -> Support:
    numbers = _numbers(kernel)
    if numbers is None or not is_stock(kernel):
        return Support.UNSUPPORTED
    flavour = kernel.rsplit("-", 1)[-1]
    if published is not None:
        builds = [n[1] for each in published.kernels if (n := _alike(each, numbers[0], flavour))]
        return Support.NEWER if builds and numbers[1] > max(builds) else Support.UNSUPPORTED
    if numbers[0] not in series:
        return Support.UNSUPPORTED
    highest = series[numbers[0]]
    limit = highest.get(flavour, highest.get("*"))
    return Support.SUPPORTED if limit is not None and numbers[1] <= limit else Support.NEWER


def _alike(kernel: str, series: str, flavour: str) -> tuple[str, int] | None:
    """The numbers of a listed kernel of the same series and flavour."""
    numbers = _numbers(kernel)
    return numbers if numbers is not None and numbers[0] == series and kernel.endswith(f"-{flavour}") else None
