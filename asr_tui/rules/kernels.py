"""Whether the Mobility service supports a Linux kernel: by published lists where the engineer names some, else by what the
support matrix documents, which is less: it names series, not every kernel.

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
    """``listed``: a published list has it. ``documented``: no list was named, and the support matrix covers it.
    ``newer``: a newer build of a known series, which the service aims to support within 30 days.
    ``unrecorded``: the distribution is supported, but only a published list tells which of its kernels.
    ``unknown``: neither list nor matrix has the distribution.
    """

    LISTED = "listed"
    DOCUMENTED = "documented"
    NEWER = "newer"
    UNSUPPORTED = "unsupported"
    UNRECORDED = "unrecorded"
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
    """Whether ``kernel`` (``uname -r``) is supported on ``distribution``.

    A published list of the distribution decides, but for kernels that are documented as supported without being listed.
    """
    published = lists.get(distribution)
    if published is not None and kernel in published.kernels:
        return Support.LISTED
    table = figures.document("kernels")
    row = table["distributions"].get(table["same_as"].get(distribution, distribution), {})
    if "all" in row and (not row["all"] or _flavour(kernel) in row["all"] or not is_stock(kernel)):
        return Support.DOCUMENTED if is_stock(kernel) and _above_floor(kernel, row) else Support.UNSUPPORTED
    if published is not None:
        return _by_list(kernel, published)
    if "all" in row:
        return Support.DOCUMENTED if kernel.startswith(tuple(row.get("listed", ()))) else Support.UNRECORDED
    if "builds" in row:
        return _by_build(kernel, row)
    if "series" in row:
        return _by_series(kernel, row["series"])
    return Support.UNRECORDED if row.get("frozen") else Support.UNKNOWN


def _numbers(kernel: str) -> tuple[str, int] | None:
    """Series and build: ``("6.8.0", 1041)`` for ``6.8.0-1041-azure``; Debian's back-ports put the build last, newer ones
    count the series' own patches: ``("6.12", 74)`` for ``6.12.74+deb12-amd64``."""
    found = re.match(r"(\d+\.\d+\.\d+)-(?:0\.deb\d+\.)?(\d+)", kernel) or re.match(r"(\d+\.\d+)\.(\d+)\+deb", kernel)
    return (found.group(1), int(found.group(2))) if found else None


def _flavour(kernel: str) -> str:
    """``azure`` for ``6.8.0-1041-azure``."""
    return kernel.rsplit("-", 1)[-1]


def _above_floor(kernel: str, row: Mapping[str, Any]) -> bool:
    """Whether the kernel is none that is older than the first supported one of its build."""
    own = _version(kernel.split(".el")[0])
    return all(own >= floor for text in row.get("floors", ()) if own[:4] == (floor := _version(text))[:4])


def _by_build(kernel: str, row: Mapping[str, Any]) -> Support:
    numbers = _numbers(kernel)
    if numbers is None or numbers[0] not in row["builds"] or not is_stock(kernel):
        return Support.UNSUPPORTED
    series, build = numbers
    known = build in row["builds"][series] or build >= row["open_from"][series]
    return Support.DOCUMENTED if known and _above_floor(kernel, row) else Support.UNSUPPORTED


def _by_series(kernel: str, series: Mapping[str, Mapping[str, int]]) -> Support:
    numbers = _numbers(kernel)
    if numbers is None or not is_stock(kernel):
        return Support.UNSUPPORTED
    highest = series.get(numbers[0], {})  # the lists have kernels of series that the page leaves out
    limit = highest.get(_flavour(kernel), highest.get("*"))
    if limit is None:
        return Support.UNRECORDED
    return Support.DOCUMENTED if numbers[1] <= limit else Support.NEWER


def _by_list(kernel: str, published: KernelList) -> Support:
    """A kernel that a list does not have: newer than all that it has of the series and flavour, or not supported."""
    numbers = _numbers(kernel)
    if numbers is None or not is_stock(kernel):
        return Support.UNSUPPORTED
    flavour = f"-{_flavour(kernel)}"
    alike = [
        _version(each)
        for each in published.kernels
        if each.endswith(flavour) and (told := _numbers(each)) is not None and told[0] == numbers[0]
    ]
    return Support.NEWER if alike and _version(kernel) > max(alike) else Support.UNSUPPORTED
