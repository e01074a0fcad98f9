"""The life of a replicated item: enable, replicate, protect, test, clean up, disable."""

from __future__ import annotations

from tests.emulator.site_recovery.walk import Walk


def test_a_vm_is_protected_tested_and_cleaned_up(walk: Walk) -> None:
    name = walk.vm()["name"]
    item = walk.protect(name)
    assert item["properties"]["allowedOperations"] == ["UnplannedFailover", "DisableProtection", "TestFailover"]
    job = walk.test_failover(name)
    assert job["properties"]["state"] == "Succeeded", job["properties"]["errors"]
    assert walk.vm(f"{name}-test")["properties"]["provisioningState"] == "Succeeded"
    done = walk.cleanup(name)
    assert done["properties"]["state"] == "Succeeded"
    assert f"{name}-test" not in {vm["name"] for vm in walk.vms()}
