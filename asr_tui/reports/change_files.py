"""A list of changes for elsewhere: as JSON for a ticket or a pipeline, and as a script that the az CLI carries out.

Both hold the very requests that the worker would send. Texts of Azure stand in them as data only: in the script every id is
quoted, bodies are quoted documents, and comments are one harmless line each.
"""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from asr_tui.wording import clean

VERSION = 1
_END = "END_OF_BODY"


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A change with the request that carries it out; ``method`` "" where none is sent (it exists, or runs already)."""

    key: str
    action: str
    kind: str
    name: str
    resource_id: str
    reason: str
    depends_on: tuple[str, ...] = ()
    method: str = ""
    path: str = ""
    api_version: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeList:
    """What is exported. ``digest`` is the fingerprint that a confirmation names; ``scope`` the step's id."""

    program: str
    scope: str
    digest: str
    cloud: str
    subscription_id: str
    requests: tuple[PlannedRequest, ...]
    blockers: tuple[str, ...] = ()

    @property
    def writes(self) -> Sequence[PlannedRequest]:
        """Those that send a request, in an order in which each comes after all that it depends on."""
        return [request for request in self.requests if request.method]


def as_json(changes: ChangeList) -> str:
    """One JSON object, changes in their order."""
    counts = Counter(f"{request.action} {request.kind}" for request in changes.requests)
    document = {
        "version": VERSION,
        "program": changes.program,
        "scope": changes.scope,
        "digest": changes.digest,
        "cloud": changes.cloud,
        "subscription_id": changes.subscription_id,
        "counts": dict(counts),
        "writes": len(changes.writes),
        "blockers": list(changes.blockers),
        "changes": [_as_data(request) for request in changes.requests],
    }
    return json.dumps(document, indent=2, ensure_ascii=True, default=str) + "\n"


def _as_data(request: PlannedRequest) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": request.key,
        "action": request.action,
        "kind": request.kind,
        "name": request.name,
        "resource_id": request.resource_id,
        "reason": request.reason,
        "depends_on": list(request.depends_on),
    }
    if request.method:
        told["request"] = {
            "method": request.method,
            "path": request.path,
            "api_version": request.api_version,
            "body": request.body,
        }
    return told


def as_script(changes: ChangeList) -> str:
    """A script for bash and the az CLI. What is there already it leaves alone, so it may be run again after it broke off."""
    parts = [_HEAD.format(**_head_words(changes))]
    for number, request in enumerate(changes.writes, 1):
        parts.append(_step(number, len(changes.writes), request))
    if not changes.writes:
        parts.append("echo 'Nothing has to be changed.'\n")
    return "\n".join(parts)


def _head_words(changes: ChangeList) -> dict[str, str]:
    blockers = "".join(f"# This cannot be carried out yet: {_comment(text)}\n" for text in changes.blockers)
    return {
        "program": _comment(changes.program),
        "scope": _comment(changes.scope),
        "digest": _comment(changes.digest),
        "cloud": _comment(changes.cloud),
        "blockers": blockers,
        "subscription": shlex.quote(changes.subscription_id),
    }


def _step(number: int, total: int, request: PlannedRequest) -> str:
    words = " ".join(shlex.quote(text) for text in (request.method.lower(), request.path, request.api_version))
    title = shlex.quote(
        f"{number}/{total} {_comment(request.action)} {_comment(request.kind)} {_comment(request.name)}"
    )
    verb = "create" if request.action == "create" and request.method == "PUT" else "send"
    lines = [f"# {_comment(request.reason)}", f"say {title}"]
    if request.body:
        body = json.dumps(request.body, indent=2, ensure_ascii=True, default=str)
        lines.append(f"{verb} {words} <<'{_END}'\n{body}\n{_END}")
    else:
        lines.append(f"{verb} {words} </dev/null")
    lines.append(f"wait_for {shlex.quote(request.resource_id)} {shlex.quote(request.api_version)}")
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return " ".join(clean(text).split())


_HEAD = """\
#!/usr/bin/env bash
# Made by {program} for the step {scope} on the cloud {cloud}; fingerprint {digest}.
# Needs the az CLI, signed in with an account that may write. Sends what the wizard would send, in its order, and waits for
# each. The last requests start the replication of the VMs; the copying of their disks goes on after the script has ended.
{blockers}set -euo pipefail

arm=$(az cloud show --query endpoints.resourceManager --output tsv)
arm=${{arm%/}}
audience=$(az cloud show --query endpoints.activeDirectoryResourceId --output tsv)
az account set --subscription {subscription}

say() {{ printf '%s\\n' "$1" >&2; }}

# call METHOD PATH API-VERSION ...: one request to Resource Manager.
call() {{
  local method=$1 path=$2 version=$3
  shift 3
  az rest --method "$method" --url "$arm$path?api-version=$version" --resource "$audience" "$@"
}}

# send METHOD PATH API-VERSION: the body, if there is one, comes from stdin.
send() {{
  local body status=0
  body=$(mktemp)
  cat >"$body"
  if [ -s "$body" ]; then
    call "$1" "$2" "$3" --headers Content-Type=application/json --body "@$body" --output none || status=$?
  else
    call "$1" "$2" "$3" --output none || status=$?
  fi
  rm -f "$body"
  return "$status"
}}

# create METHOD PATH API-VERSION: as above, unless it is there.
create() {{
  if call get "$2" "$3" --output none 2>/dev/null; then
    say "  is there already"
  else
    send "$@"
  fi
}}

# wait_for ID API-VERSION: until it is there and no longer being made.
wait_for() {{
  local state
  for _ in $(seq "${{ASR_TUI_LOOKS:-240}}"); do
    state=$(call get "$1" "$2" --output tsv --query "$STATE" 2>/dev/null) || state=absent
    case "$state" in
      Succeeded | Registered | Paired) return 0 ;;
      Failed | Canceled) say "$1: $state"; return 1 ;;
    esac
    sleep "${{ASR_TUI_PAUSE:-10}}"
  done
  say "$1 is not there yet; run the script again later."
  return 1
}}
STATE="properties.provisioningState || registrationState || properties.state || 'Succeeded'"
"""
