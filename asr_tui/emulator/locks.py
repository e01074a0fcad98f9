"""Locks: read, set and remove them at any scope."""

from __future__ import annotations

from asr_tui.emulator import guards
from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError, resource_group_not_found, resource_not_found
from asr_tui.emulator.registry import ANY_VERSION, operation
from asr_tui.emulator.schema import Any_, ListOf, Obj, Str
from asr_tui.emulator.store import Resource
from asr_tui.emulator.tenancy import LOCK, lock

_LOCKS = "/{*scope}/providers/Microsoft.Authorization/locks"
_LOCK = _LOCKS + "/{lock}"
_BODY = Obj(
    {
        "properties": Obj(
            {
                "level": Str(enum=("CanNotDelete", "ReadOnly", "NotSpecified")),
                "notes": Str(max_length=512),
                "owners": ListOf(Any_),
            },
            required=("level",),
        ),
        "id": Str(),
        "name": Str(),
        "type": Str(),
    },
    required=("properties",),
)


def scope_in_service_casing(call: Call) -> str:
    """The scope of an extension resource's path, as the service writes it.

    Raises:
        ArmError: 404, there is nothing at that scope.
    """
    sent = "/" + call.params["scope"].strip("/")
    found = call.store.get(sent, call.now)
    if found is not None:
        return found.id
    parts = sent.strip("/").split("/")
    if len(parts) == 4 and parts[2].lower() == "resourcegroups":
        raise resource_group_not_found(parts[3])
    kind = "/".join([parts[5], *parts[6::2]]) if len(parts) > 6 else "scope"
    raise resource_not_found(kind, parts[-1], parts[3] if len(parts) > 3 else "")


@operation("GET", _LOCKS, versions=ANY_VERSION, action="Microsoft.Authorization/locks/read", evidence="documentation")
def list_locks(call: Call) -> Reply:
    """Locks that hold at a scope, and those below it unless ``$filter=atScope()``."""
    scope = scope_in_service_casing(call)
    below = "atscope" not in call.query.get("$filter", "").lower()
    return call.page(guards.locks_on(call.store, scope, call.now, below=below))


@operation("GET", _LOCK, versions=ANY_VERSION, action="Microsoft.Authorization/locks/read", evidence="documentation")
def get_lock(call: Call) -> Reply:
    """One lock."""
    return Reply(200, _found(call).raw)


@operation(
    "PUT", _LOCK, versions=ANY_VERSION, action="Microsoft.Authorization/locks/write", evidence="documentation",
    body=_BODY, exempt=True,
)  # fmt: skip
def put_lock(call: Call) -> Reply:
    """Set a lock: 201 when new, 200 when changed."""
    scope = scope_in_service_casing(call)
    properties = call.body["properties"]
    if properties["level"] == "NotSpecified":
        raise ArmError(
            400, "InvalidLockLevel", "The lock level is CanNotDelete or ReadOnly.", target="properties.level"
        )
    fresh = lock(scope, call.params["lock"], properties["level"], call.now, properties.get("notes") or "")
    existed = call.store.get(fresh.id, call.now) is not None
    call.store.put(fresh)
    return Reply(200 if existed else 201, fresh.raw)


@operation(
    "DELETE", _LOCK, versions=ANY_VERSION, action="Microsoft.Authorization/locks/delete", evidence="documentation",
    exempt=True,
)  # fmt: skip
def delete_lock(call: Call) -> Reply:
    """Remove a lock: 200, or 204 when there is none."""
    found = call.store.get(call.path, call.now)
    if found is None:
        return Reply(204)
    call.store.forget(found.id)
    return Reply(200)


def _found(call: Call) -> Resource:
    found = call.store.get(call.path, call.now)
    if found is None or found.type != LOCK:
        raise ArmError(404, "LockNotFound", f"The lock '{call.params['lock']}' could not be found.")
    return found
