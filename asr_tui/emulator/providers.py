"""Resource providers: what there is, and whether a subscription has registered it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from asr_tui.emulator import guards
from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.regions import regions
from asr_tui.emulator.registry import ANY_VERSION, REGISTRY, operation
from asr_tui.emulator.store import Resource
from asr_tui.emulator.tenancy import REGISTRATION, stable_guid

_REGISTRATION_SECONDS = 45
_BASE = "/subscriptions/{sub}/providers"


@operation(
    "GET",
    _BASE,
    versions=ANY_VERSION,
    action="Microsoft.Resources/subscriptions/providers/read",
    evidence="documentation",
)
def list_providers(call: Call) -> Reply:
    """Every emulated provider with its registration state."""
    return call.page([_provider(call, namespace) for namespace in _namespaces()])


@operation(
    "GET",
    _BASE + "/{namespace}",
    versions=ANY_VERSION,
    action="Microsoft.Resources/subscriptions/providers/read",
    evidence="documentation",
)
def get_provider(call: Call) -> Reply:
    """One provider."""
    return Reply(200, _provider(call, _known(call)))


@operation(
    "POST",
    _BASE + "/{namespace}/register",
    versions=ANY_VERSION,
    action="Microsoft.Resources/subscriptions/providers/register/action",
    evidence="documentation",
    exempt=True,
    note="Registering takes 45 seconds of Azure (an assumption).",
)
def register(call: Call) -> Reply:
    """Start a registration: answers at once with state Registering."""
    namespace = _known(call)
    if guards.registration_state(call.store, call.subscription, namespace, call.now) != "Registered":
        done = call.now + timedelta(seconds=_REGISTRATION_SECONDS)
        _keep(call, namespace, "Registering", {"_registered_at": done.isoformat()})
    return Reply(200, _provider(call, namespace))


@operation(
    "POST",
    _BASE + "/{namespace}/unregister",
    versions=ANY_VERSION,
    action="Microsoft.Resources/subscriptions/providers/unregister/action",
    evidence="documentation",
    exempt=True,
)
def unregister(call: Call) -> Reply:
    """End a registration; refused while the subscription holds resources of the provider."""
    namespace = _known(call)
    prefix = namespace.lower() + "/"
    held = [
        resource
        for type_ in call.store.types()
        if type_.startswith(prefix)
        for resource in call.store.by_type(type_, call.now, call.subscription)
    ]
    if held:
        raise ArmError(
            409,
            "CannotUnregisterProviderWithResources",
            f"Cannot unregister resource provider '{namespace}' because it has resources in the subscription.",
        )
    _keep(call, namespace, "Unregistered", {})
    return Reply(200, _provider(call, namespace))


def _keep(call: Call, namespace: str, state: str, more: dict[str, Any]) -> None:
    id_ = f"/subscriptions/{call.subscription}/providers/{namespace}"
    doc = {"namespace": namespace, "registrationState": state, **more}
    call.store.put(Resource(id_, REGISTRATION, doc, call.now))


def _namespaces() -> list[str]:
    return sorted({op.namespace for op in REGISTRY if op.namespace is not None})


def _known(call: Call) -> str:
    wanted = call.params["namespace"].lower()
    for namespace in _namespaces():
        if namespace.lower() == wanted:
            return namespace
    raise ArmError(
        404,
        "InvalidResourceNamespace",
        f"The resource namespace '{call.params['namespace']}' is invalid.",
        headers={"x-ms-failure-cause": "gateway"},
    )


def _provider(call: Call, namespace: str) -> dict[str, Any]:
    policy = "RegistrationFree" if namespace.lower() in guards.ALWAYS_REGISTERED else "RegistrationRequired"
    return {
        "id": f"/subscriptions/{call.subscription}/providers/{namespace}",
        "namespace": namespace,
        "authorizations": [{"applicationId": stable_guid("application", namespace)}],
        "resourceTypes": _resource_types(namespace),
        "registrationState": guards.registration_state(call.store, call.subscription, namespace, call.now),
        "registrationPolicy": policy,
    }


def _resource_types(namespace: str) -> list[dict[str, Any]]:
    versions: dict[str, tuple[str, ...]] = {}
    for op in REGISTRY:
        if op.namespace == namespace and op.versions is not None and "{*" not in op.template:
            kind = op.resource_type.removeprefix(namespace + "/")
            if not kind.startswith(("Microsoft.", "{")):
                versions.setdefault(kind, op.versions.listed())
    places = [region.display for region in regions().values()]
    zones = [{"location": r.display, "zones": ["1", "2", "3"]} for r in regions().values() if r.zones]
    return [
        {
            "resourceType": kind,
            "locations": [] if "/" in kind else places,
            "apiVersions": list(versions[kind]),
            "zoneMappings": zones if kind in ("virtualMachines", "disks", "publicIPAddresses") else [],
            "capabilities": "None",
        }
        for kind in sorted(versions)
    ]
