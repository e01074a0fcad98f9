"""The support bundle: what helps to understand a fault, without what identifies anybody or opens anything.

Names, ids, addresses and accounts are replaced by stand-ins that stay the same throughout one bundle (``vm-3`` is the same
VM in plan, journal and log), so that it can be followed what happened to what. Secrets should be in none of these files;
what looks like one is taken out all the same. Practice clouds (which hold keys) and drill reports are left out.
"""

from __future__ import annotations

import getpass
import io
import json
import os
import platform
import re
import socket
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import yaml

from asr_tui import __version__
from asr_tui.session.paths import FILE_MODE, SessionPaths, StateError

LONGEST_FILE_BYTES: Final = 2_000_000
"""Of a longer file the end is taken, for that is where the fault is."""
CRASHES: Final = 3

_PACKAGES: Final = ("textual", "azure-identity", "azure-core", "azure-mgmt-recoveryservicessiterecovery", "aiohttp")
_TOLD_VARIABLES: Final = ("TERM", "COLORTERM", "LANG", "LC_ALL", "NO_COLOR", "ACCESSIBLE", "TMUX", "SSH_CONNECTION")
_SET_VARIABLES: Final = re.compile(r"(AZURE_|ASR_TUI_|IDENTITY_|MSI_|https?_proxy|no_proxy|.*CA_BUNDLE|SSL_CERT)", re.I)
_SECRET_VARIABLE: Final = re.compile(r"SECRET|PASSWORD|TOKEN|KEY|HEADER|CREDENTIAL", re.I)
_SECRETS: Final = (
    re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}"),
    re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.S),
    re.compile(r"(?i)(?<=\bbearer )[A-Za-z0-9._~+/=-]+"),
    re.compile(r"(?i)(?<=[?&;]sig=)[^&\s\"']+"),
    re.compile(r"(?i)(?<=accountkey=)[^;\s\"']+"),
    re.compile(r"(?i)(?<=client_secret=)[^&\s\"']+"),
    re.compile(r"(?<=://)[^/\s:@\"']+:[^/\s@\"']+(?=@)"),
)
_RESOURCE: Final = re.compile(r"/(?P<type>[A-Za-z]+)/(?P<name>[A-Za-z0-9][A-Za-z0-9._()-]*)")
_NAMED_FIELDS: Final = re.compile(r"(name|group|account|notes?|comments?|reason|by|owner|tag.*)$", re.I)
_GUID: Final = re.compile(r"(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ADDRESS: Final = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_SEGMENTS: Final = frozenset({"subscriptions", "resourcegroups", "providers", "locations"})
_SHORTEST_NAME: Final = 3


@dataclass
class Redactor:
    """Replaces what identifies; the same thing becomes the same stand-in. First :meth:`learn` all texts, then :meth:`apply`."""

    secrets: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _pattern: re.Pattern[str] | None = None

    def learn(self, text: str) -> None:
        """Note the names in the resource ids of a text."""
        for match in re.finditer(r"(?i)/subscriptions/[^\s\"',;]+", text):
            for part in _RESOURCE.finditer(match.group()):
                kind = part["type"].lower()
                if kind not in _SEGMENTS - {"resourcegroups"} and not kind.startswith("microsoft"):
                    self.name(part["name"], kind.rstrip("s"))
            self._learn_type_pairs(match.group())

    def _learn_type_pairs(self, resource_id: str) -> None:
        """The names of an id stand at every second place behind its provider."""
        parts = resource_id.split("/")
        lowered = [part.lower() for part in parts]
        for at, part in enumerate(lowered):
            if part == "resourcegroups" and at + 1 < len(parts):
                self.name(parts[at + 1], "group")
            if part == "providers":
                for place in range(at + 2, len(parts) - 1, 2):
                    if lowered[place] == "providers":
                        break
                    self.name(parts[place + 1], lowered[place].rstrip("s"))

    def learn_fields(self, value: Any, key: str = "") -> None:
        """Note the texts of a document's members that are names or free words."""
        if isinstance(value, Mapping):
            for name, inner in value.items():
                self.learn_fields(inner, str(name))
        elif isinstance(value, list):
            for inner in value:
                self.learn_fields(inner, key)
        elif isinstance(value, str) and _NAMED_FIELDS.search(key) and not value.startswith("/"):
            self.name(value, "text" if " " in value else "name")

    def name(self, text: str, kind: str) -> None:
        """Note a name."""
        text = text.strip("?&=.")
        if len(text) >= _SHORTEST_NAME and text.lower() not in self._names and not text.isdigit():
            self._names[text.lower()] = self._stand_in(kind)
            self._pattern = None

    def without_secrets(self, text: str) -> str:
        """The text without the environment's secrets, and without what looks like one."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "(secret)")
        for pattern in _SECRETS:
            text = pattern.sub("(secret)", text)
        return text

    def apply(self, text: str) -> str:
        """The text without secrets and without names."""
        text = self.without_secrets(text)
        for known, stand_in in self.fixed.items():
            text = text.replace(known, stand_in)
        text = self._numbered(_MAIL, "account", text)
        text = self._numbered(_GUID, "guid", text)
        text = self._numbered(_ADDRESS, "address", text)
        if self._names and self._pattern is None:
            words = "|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))
            self._pattern = re.compile(rf"(?i)(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])")
        return self._pattern.sub(lambda m: self._names[m.group().lower()], text) if self._pattern else text

    def _numbered(self, pattern: re.Pattern[str], kind: str, text: str) -> str:
        def stand_in(match: re.Match[str]) -> str:
            key = f"{kind}|{match.group().lower()}"
            if key not in self._counts:
                self._counts[key] = 1 + sum(known.startswith(f"{kind}|") for known in self._counts)
            return f"{kind}-{self._counts[key]}"

        return pattern.sub(stand_in, text)

    def _stand_in(self, kind: str) -> str:
        self._counts[f"name {kind}"] = self._counts.get(f"name {kind}", 0) + 1
        return f"{kind}-{self._counts[f'name {kind}']}"


def redactor(environ: Mapping[str, str]) -> Redactor:
    """One that knows what this process's environment holds."""
    secrets = tuple(value for name, value in environ.items() if _SECRET_VARIABLE.search(name) and len(value) >= 6)
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    fixed = {str(Path.home()): "~", socket.gethostname(): "this-host"}
    made = Redactor(secrets=secrets, fixed={known: to for known, to in fixed.items() if len(known) > 1})
    if user and user != "root":
        made.name(user, "user")
    return made


def bundle(paths: SessionPaths, folder: Path, facts: Iterable[str], environ: Mapping[str, str]) -> Path:
    """Write the bundle of a session into ``folder`` (0600) and return its path. ``facts`` are further lines for the report.

    Raises:
        StateError: it cannot be written.
    """
    taken = dict(_texts(paths))
    words = redactor(environ)
    for name, text in taken.items():
        words.learn(text)
        if name.endswith((".yaml", ".json", ".jsonl")):
            for document in _documents(name, text):
                words.learn_fields(document)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = folder / f"asr-tui-support-{stamp}.tar.gz"
    taken = {"report.txt": "\n".join([*_report(environ), *facts, ""]), **taken}
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        with os.fdopen(handle, "wb") as stream, tarfile.open(fileobj=stream, mode="w:gz") as archive:
            for name, text in taken.items():
                content = words.apply(text).encode("utf-8", "replace")
                entry = tarfile.TarInfo(f"asr-tui-support/{name}")
                entry.size, entry.mode, entry.mtime = len(content), FILE_MODE, datetime.now(UTC).timestamp()
                archive.addfile(entry, io.BytesIO(content))
    except OSError as error:
        raise StateError(
            f"{target} cannot be written ({error.strerror}); name another folder with --output."
        ) from error
    return target


def _texts(paths: SessionPaths) -> Iterator[tuple[str, str]]:
    """The files of the session that tell what happened, by their names in the bundle."""
    here = paths.directory
    files = [
        here / "session.json",
        paths.plan,
        paths.journal,
        here / "worker.stderr",
        *sorted(here.glob("worker.log*")),
    ]
    crashes = sorted((here.parent.parent / "crashes").glob("asr-tui-crash-*.txt"))[-CRASHES:]
    for file in (*files, *crashes):
        try:
            with file.open("rb") as stream:
                stream.seek(max(0, file.stat().st_size - LONGEST_FILE_BYTES))
                yield file.name, stream.read().decode("utf-8", "replace")
        except OSError as error:
            if file.exists():
                yield f"{file.name}.missing", f"It cannot be read: {error.strerror}\n"


def _documents(name: str, text: str) -> Iterator[Any]:
    """What a file holds; a torn line of a journal is left out here, its ids are learned from the text."""
    for piece in text.splitlines() if name.endswith(".jsonl") else [text]:
        try:
            yield yaml.safe_load(piece) if name.endswith(".yaml") else json.loads(piece)
        except (yaml.YAMLError, ValueError):
            continue


def _report(environ: Mapping[str, str]) -> Iterator[str]:
    yield f"asr-tui {__version__}"
    yield f"time {datetime.now(UTC).isoformat(timespec='seconds')}"
    yield f"python {platform.python_version()} on {platform.platform(terse=True)}"
    for package in _PACKAGES:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package} is not installed"
    for name in _TOLD_VARIABLES:
        yield f"{name}={environ.get(name, '(not set)')}"
    for name in sorted(environ):
        if _SET_VARIABLES.match(name):
            yield f"{name} is set"
