"""A vault that is ready to protect, in the starter estate."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.emulator.conftest import build_cloud
from tests.emulator.site_recovery.walk import Walk


@pytest.fixture
def make_walk() -> Callable[..., Walk]:
    """``make_walk(estate, vault_name=...)``: a cloud on which nothing is set up yet."""

    def make(estate: str = "starter", **settings: str) -> Walk:
        return Walk(build_cloud(estate, strict=True), **settings)

    return make


@pytest.fixture
def walk(make_walk: Callable[..., Walk]) -> Walk:
    """The starter estate with a vault, fabrics, containers, mappings and a cache account."""
    return make_walk().set_up()
