"""The names that the service's own set-up gives, so that what it made is found again and what we make looks familiar.

Lengths are characters. A name that would be too long is cut and closed with a short digest of the whole, so that it stays
unique and the same over re-planning.
"""

from __future__ import annotations

import hashlib
import re

SUFFIX = "-asr"
GROUP_MAX = 90
NETWORK_MAX = 64
COMPUTE_MAX = 80
STORAGE_MAX = 24
VAULT_MAX = 50
ITEM_MAX = 64

_VAULT_NAME = re.compile(r"[A-Za-z][-A-Za-z0-9]{1,49}")
_GROUP_NAME = re.compile(r"[-\w.()]{0,89}[-\w()]")
_STORAGE_NAME = re.compile(r"[a-z0-9]{3,24}")


def digest(text: str, length: int = 6) -> str:
    """A short, stable fingerprint of ``text`` (hexadecimal digits)."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def fitted(name: str, limit: int) -> str:
    """``name`` if it fits into ``limit`` characters, else a cut of it that stays unique."""
    if len(name) <= limit:
        return name
    return f"{name[: limit - 7]}-{digest(name)}"


def with_suffix(name: str, limit: int) -> str:
    """``name-asr`` within ``limit`` characters."""
    return fitted(name + SUFFIX, limit)


def vault(target: str) -> str:
    """Our default for a vault that protects into ``target``."""
    return fitted(f"vault-asr-{target}", VAULT_MAX)


def vault_group(target: str) -> str:
    """Our default for the group of a new vault."""
    return fitted(f"rg-asr-{target}", GROUP_MAX)


def fabric(region: str) -> str:
    """The service's default for the fabric of a region."""
    return f"asr-a2a-default-{region}"


def container(region: str, *, zonal_target: bool = False) -> str:
    """The service's default for a protection container; the second one of a zonal set-up has a ``t``."""
    return f"asr-a2a-default-{region}-{'t-' if zonal_target else ''}container"


def container_mapping(source: str, target: str, policy: str) -> str:
    """The service's default for the mapping of two containers."""
    return fitted(f"{source}-{target}-{policy}", COMPUTE_MAX)


def network_mapping(source_network: str, target_network: str, source_id: str) -> str:
    """A mapping's name; the digest keeps networks of the same name in two groups apart."""
    return fitted(f"{source_network}-{target_network}-{digest(source_id.lower(), 4)}", COMPUTE_MAX)


def cache_account(
    subscription_id: str, vault_id: str, region: str, *, high_churn: bool = False, number: int = 1
) -> str:
    """A name for a new cache storage account; account names are global, hence the digest. ``number`` counts a vault's
    accounts from 1."""
    stem = re.sub(r"[^a-z0-9]", "", region.lower())[:9]
    kind = "p" if high_churn else ""
    further = f"|{number}" if number > 1 else ""
    return f"{stem}{digest(f'{subscription_id}|{vault_id}|{region}{further}'.lower(), 6)}{kind}asrcache"[:STORAGE_MAX]


def is_vault_name(name: str) -> bool:
    """2 to 50 letters, digits and hyphens, a letter first."""
    return _VAULT_NAME.fullmatch(name) is not None


def is_group_name(name: str) -> bool:
    """1 to 90 letters, digits and ``_-.()``, not ending in a full stop."""
    return _GROUP_NAME.fullmatch(name) is not None


def is_storage_name(name: str) -> bool:
    """3 to 24 lower-case letters and digits."""
    return _STORAGE_NAME.fullmatch(name) is not None
