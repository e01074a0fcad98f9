"""Reads the published lists of supported kernels, from the folder or the address that the engineer names and from nowhere else.

A folder holds one folder for each version of the agent, with one file for each distribution
(``9.66.7640.1/SLES15-64_supported_kernels.txt``), or the files of one version themselves. At an address, a page of
links leads to the same, or the address is that of one list.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp

from asr_tui.model.problem import Problem, ProblemError

_VERSION: Final = re.compile(r"\d+(\.\d+){2,3}")
_LIST: Final = re.compile(r"[\w.-]{1,60}_supported_kernels\.txt", re.IGNORECASE)
_LINK: Final = re.compile(r"""href\s*=\s*["']([^"'<>\s]{1,400})["']""", re.IGNORECASE)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_BYTES: Final = 4 * 1024 * 1024
"""So large may one list or page be; the published ones have some 50 KB."""

MOST_FILES: Final = 2_000
NEWEST: Final = 40
"""At an address so many versions are read, newest first: some hold the list of one distribution only."""

_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A list as it was published: for the agent of version ``agent`` ("" where no folder tells it)."""

    agent: str
    name: str
    text: str


async def read_lists(place: str) -> tuple[PublishedList, ...]:
    """Every list that a folder (an absolute path) or an https address holds.

    Raises:
        ProblemError: there is nothing there, it cannot be read, or it holds no list.
    """
    if "://" in place:
        try:
            async with asyncio.timeout(_SECONDS):
                found = await _from_address(place)
        except TimeoutError as error:
            raise _refused(place, f"No answer within {_SECONDS:.0f} s.") from error
        except aiohttp.ClientError as error:
            raise _refused(place, f"{type(error).__name__}: {error}") from error
    else:
        found = await asyncio.to_thread(_from_folder, place)
    if not found:
        raise _refused(place, "It holds no file named *_supported_kernels.txt, nor a folder of a version with one.")
    return found


def _from_folder(place: str) -> tuple[PublishedList, ...]:
    folder = Path(place)
    try:
        if folder.is_file():
            files = [folder]
        else:
            entries = sorted(folder.iterdir())
            files = [entry for entry in entries if entry.is_file()]
            versions = [entry for entry in entries if entry.is_dir() and _VERSION.fullmatch(entry.name)]
            files += [file for version in versions for file in sorted(version.iterdir()) if file.is_file()]
        lists = [file for file in files if _LIST.fullmatch(file.name)][:MOST_FILES]
        return tuple(_file(file) for file in lists if file.stat().st_size <= MOST_BYTES)
    except OSError as error:
        raise _refused(place, f"{error.strerror}.") from error


def _file(file: Path) -> PublishedList:
    return PublishedList(_agent(file.parent.name), file.name, file.read_text(encoding="utf-8", errors="replace"))


def _agent(folder: str) -> str:
    return folder if _VERSION.fullmatch(folder) else ""


async def _from_address(place: str) -> tuple[PublishedList, ...]:
    parts = urlsplit(place)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise _refused(place, "Only https addresses are read: a list decides whether a VM can be protected.")
    connector = aiohttp.TCPConnector(limit=4, ssl=ssl.create_default_context())
    async with aiohttp.ClientSession(connector=connector, trust_env=True) as network:
        name = parts.path.rpartition("/")[2]
        if _LIST.fullmatch(name):
            return await _lists(network, place, (place,))
        base = place if place.endswith("/") else place + "/"
        links = _links(base, await _text(network, place, base))
        versions = sorted((link for link in links if _VERSION.fullmatch(_last(link))), key=_order, reverse=True)
        addresses = [link for link in links if _LIST.fullmatch(_last(link))]
        folders = [version.rstrip("/") + "/" for version in versions[:NEWEST]]
        pages = await asyncio.gather(*(_text(network, place, folder) for folder in folders))
        for folder, page in zip(folders, pages, strict=True):
            addresses += [link for link in _links(folder, page) if _LIST.fullmatch(_last(link))]
        return await _lists(network, place, addresses)


async def _lists(network: aiohttp.ClientSession, place: str, addresses: Iterable[str]) -> tuple[PublishedList, ...]:
    wanted = tuple(dict.fromkeys(addresses))[:MOST_FILES]
    texts = await asyncio.gather(*(_text(network, place, address) for address in wanted))
    return tuple(
        PublishedList(_agent(_last(address.rpartition("/")[0])), _last(address), text)
        for address, text in zip(wanted, texts, strict=True)
    )


def _links(base: str, page: str) -> list[str]:
    """The links of a page that lead further down from ``base``, on the same host."""
    found = [urljoin(base, link).partition("#")[0] for link in _LINK.findall(page)]
    return list(dict.fromkeys(link for link in found if link.startswith(base) and link != base))


def _last(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


def _order(address: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _last(address).split("."))


async def _text(network: aiohttp.ClientSession, place: str, address: str) -> str:
    """What stands at an address. A redirect is not followed: it could lead to a host that nobody named."""
    async with network.get(address, allow_redirects=False) as response:
        if response.status != 200:
            where = response.headers.get("Location", "")
            raise _refused(place, f"{address} answers {response.status}{f' and leads to {where}' if where else ''}.")
        body = await response.content.read(MOST_BYTES + 1)
        while len(body) <= MOST_BYTES and (more := await response.content.read(MOST_BYTES + 1 - len(body))):
            body += more
    if len(body) > MOST_BYTES:
        raise _refused(place, f"{address} is larger than {MOST_BYTES} bytes.")
    return body.decode("utf-8", "replace")


def _refused(place: str, cause: str) -> ProblemError:
    return ProblemError(
        Problem(
            what=f"The lists of supported kernels at {place} cannot be used.",
            cause=cause,
            remedy="Name a folder or an https address that holds them.",
            where="kernels",
        )
    )
