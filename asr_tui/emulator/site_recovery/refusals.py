"""What Site Recovery refuses at once, and how it says so (as opposed to jobs that fail later)."""

from __future__ import annotations

from asr_tui.emulator.errors import SiteRecoveryError

_RETRY = "Retry the last action. If the issue persists, contact Support."
_INTERNAL = "The operation failed due to an internal error."


def _missing(code: str, message: str, causes: str, advice: str) -> SiteRecoveryError:
    return SiteRecoveryError(404, code, message, causes, advice)


def fabric_missing(name: str) -> SiteRecoveryError:
    """404 ``FabricArmEntityMissing`` (recorded)."""
    return _missing(
        "FabricArmEntityMissing",
        f"Fabric with name {name} could not be located.",
        "The fabric might have been unregistered from the Microsoft Azure Site Recovery vault.",
        "Retry the operation with a valid site.",
    )


def container_missing(name: str) -> SiteRecoveryError:
    """404 for a protection container."""
    return _missing(
        "ProtectionContainerArmEntityMissing",
        f"Protection container with name {name} could not be located.",
        "The protection container might have been removed.",
        "Retry the operation with a valid protection container.",
    )


def policy_missing(name: str) -> SiteRecoveryError:
    """404 for a replication policy."""
    return _missing(
        "PolicyArmEntityMissing",
        f"Replication policy with name {name} could not be located.",
        "The replication policy might have been deleted.",
        "Retry the operation with a valid policy.",
    )


def mapping_missing(name: str) -> SiteRecoveryError:
    """404 for a container mapping."""
    return _missing(
        "ProtectionContainerMappingArmEntityMissing",
        f"Protection container mapping with name {name} could not be located.",
        "The mapping might have been removed.",
        "Retry the operation with a valid mapping.",
    )


def network_mapping_missing(name: str) -> SiteRecoveryError:
    """404 for a network mapping."""
    return _missing(
        "NetworkMappingArmEntityMissing",
        f"Network mapping with name {name} could not be located.",
        "The network mapping might have been removed.",
        "Retry the operation with a valid network mapping.",
    )


def item_missing(name: str) -> SiteRecoveryError:
    """404 for a replicated item."""
    return _missing(
        "ReplicationProtectedItemArmEntityMissing",
        f"Replication protected item with name {name} could not be located.",
        "The item might have been disabled, purged, or moved to the other container by a reprotect.",
        "Refresh the list of replicated items and retry.",
    )


def entity_missing(kind: str, name: str) -> SiteRecoveryError:
    """404 for any other object under a vault (job, recovery plan, event, recovery point ...)."""
    code = "".join(word.capitalize() for word in kind.split()) + "ArmEntityMissing"
    return _missing(
        code,
        f"{kind.capitalize()} with name {name} could not be located.",
        f"The {kind} does not exist or was removed.",
        f"Retry the operation with a valid {kind}.",
    )


def vault_not_registered(internal: str) -> SiteRecoveryError:
    """400: what a vault that never did Site Recovery work says to the GET of a single object (recorded)."""
    number = int(internal.replace("-", "")[:15], 16)
    return SiteRecoveryError(
        400,
        "SubscriptionIdNotRegisteredWithSrs",
        f"The resource with ID {number} isn't registered with the service.",
        _INTERNAL,
        _RETRY,
    )


def conflict(name: str, job: str) -> SiteRecoveryError:
    """409: another operation runs on the object. The service's own body was never recorded."""
    return SiteRecoveryError(
        409,
        "AnotherOperationInProgress",
        f"Another operation is in progress on '{name}'." + (f" Job: {job}." if job else ""),
        "A previous operation on the object has not finished.",
        "Wait until the running job has finished, then retry the operation.",
    )


def second_fabric(location: str, existing: str) -> SiteRecoveryError:
    """A region has one fabric in a vault."""
    return SiteRecoveryError(
        400,
        "FabricAlreadyExistsForLocation",
        f"A fabric '{existing}' already exists for the location '{location}' in this vault.",
        "Only one Azure fabric can be created for a region in a Recovery Services vault.",
        f"Use the existing fabric '{existing}'.",
    )


def in_use(kind: str, name: str, by: str) -> SiteRecoveryError:
    """An object cannot go while others need it."""
    return SiteRecoveryError(
        400,
        "OperationNotAllowedAsObjectInUse",
        f"The {kind} '{name}' can't be removed because {by}.",
        f"The {kind} is still in use.",
        "Remove what uses it first, then retry the operation.",
    )


def invalid(code: str, message: str, causes: str = "", advice: str = "") -> SiteRecoveryError:
    """400 for a request whose values contradict each other or the vault's state."""
    return SiteRecoveryError(
        400, code, message, causes or "The input is not valid.", advice or "Correct the input and retry."
    )


def not_allowed(operation: str, name: str, state: str) -> SiteRecoveryError:
    """400: the item's state does not offer the operation."""
    return SiteRecoveryError(
        400,
        "OperationNotAllowedInCurrentState",
        f"The operation '{operation}' is not allowed on '{name}' in its current state '{state}'.",
        "The replicated item does not offer this operation in its current state.",
        "Look at the allowed operations of the item and retry when this one is among them.",
    )


def wrong_direction(body: object, allowed: str) -> SiteRecoveryError | None:
    """400 when a request names the other ``failoverDirection``; None when it is right or absent."""
    properties = body.get("properties") if isinstance(body, dict) else None
    given = (properties or {}).get("failoverDirection")
    if given in (None, allowed):
        return None
    return invalid(
        "InvalidFailoverDirection",
        f"The failover direction '{given}' is not valid for the replicated item.",
        f"Its active location allows '{allowed}' only.",
        f"Give '{allowed}'.",
    )
