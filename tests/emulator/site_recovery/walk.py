"""A vault's set-up and life, driven over ARM against a cloud whose clock stands still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.conftest import Answer, Cloud

VERSION = "2025-08-01"
SOURCE, TARGET = "westeurope", "northeurope"


@dataclass
class Walk:
    """Puts one vault to work. Every step waits for its operation on the virtual clock and returns the last answer."""

    cloud: Cloud
    group: str = "rg-dr"
    vault_name: str = "rsv-dr"
    cache: str = "stasrcache001"
    source: str = SOURCE
    target: str = TARGET
    source_group_name: str | None = None
    policy_settings: Mapping[str, Any] = field(
        default_factory=lambda: {"recoveryPointHistory": 1440, "appConsistentFrequencyInMinutes": 60}
    )

    @property
    def root(self) -> str:
        """The subscription's path."""
        return self.cloud.subscription

    @property
    def group_id(self) -> str:
        """The vault's (and target's) resource group."""
        return f"{self.root}/resourceGroups/{self.group}"

    @property
    def vault(self) -> str:
        """The vault's path."""
        return f"{self.group_id}/providers/Microsoft.RecoveryServices/vaults/{self.vault_name}"

    def fabric(self, location: str) -> str:
        """A fabric's path."""
        return f"{self.vault}/replicationFabrics/fabric-{location}"

    def container(self, location: str) -> str:
        """A container's path."""
        return f"{self.fabric(location)}/replicationProtectionContainers/container-{location}"

    @property
    def policy(self) -> str:
        """The policy's path."""
        return f"{self.vault}/replicationPolicies/policy-24h"

    def item(self, name: str, location: str | None = None) -> str:
        """A replicated item's path."""
        return f"{self.container(location or self.source)}/replicationProtectedItems/{name}"

    @property
    def cache_id(self) -> str:
        """The cache storage account."""
        return f"{self.group_source}/providers/Microsoft.Storage/storageAccounts/{self.cache}"

    @property
    def group_source(self) -> str:
        """The resource group of the source VMs, or of the first one."""
        if self.source_group_name is None:
            self.source_group_name = self.vm()["id"].split("/")[4]
        return f"{self.root}/resourceGroups/{self.source_group_name}"

    @property
    def network(self) -> str:
        """The target network."""
        return f"{self.group_id}/providers/Microsoft.Network/virtualNetworks/vnet-target"

    @property
    def test_network(self) -> str:
        """The network of test failovers."""
        return f"{self.group_id}/providers/Microsoft.Network/virtualNetworks/vnet-test"

    # ------------------------------------------------------------------ calls

    def send(self, method: str, path: str, body: Any = None, version: str = VERSION) -> Answer:
        """One call, not waited for."""
        return self.cloud.send(method, path, body, version=version)

    def get(self, path: str, version: str = VERSION) -> Any:
        """The body of a GET that must succeed."""
        answer = self.send("GET", path, version=version)
        assert answer.status == 200, answer.content
        return answer.body

    def advance(self, **time: float) -> None:
        """Let Azure time pass: seconds, minutes, hours, days."""
        units = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
        self.cloud.clock.advance(sum(units[unit] * amount for unit, amount in time.items()))

    def accept(self, method: str, path: str, body: Any = None) -> str:
        """A write that must be accepted; returns the job's name."""
        answer = self.send(method, path, body)
        assert answer.status == 202, answer.content
        assert answer.content == b""
        return answer.headers["x-ms-request-id"].rpartition("/")[2]

    def run(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A write, waited for; returns its job, which must have ended well."""
        job = self.finish(self.accept(method, path, body))
        assert job["properties"]["state"] in ("Succeeded", "CompletedWithInformation"), job
        return job

    def finish(self, name: str) -> dict[str, Any]:
        """Let the job of that name end; returns it."""
        for _ in range(400):
            job = self.job(name)
            if "endTime" in job["properties"]:
                return job
            self.advance(seconds=10)
        raise AssertionError(f"the job {name} never ended")

    def job(self, name: str) -> dict[str, Any]:
        """A job."""
        found: dict[str, Any] = self.get(f"{self.vault}/replicationJobs/{name}")
        return found

    # ------------------------------------------------------------------ set-up

    def make_group(self) -> None:
        """The resource group of vault and target."""
        assert self.send("PUT", self.group_id, {"location": self.target}, "2022-09-01").status in (200, 201)

    def make_vault(self) -> None:
        """Resource group and vault in the target region."""
        self.make_group()
        answer = self.send("PUT", self.vault, {"location": self.target, "sku": {"name": "Standard"}}, "2023-02-01")
        assert answer.status == 201, answer.content
        self.advance(seconds=60)

    def make_networks(self) -> None:
        """Target and test network, with a subnet for each of the source's."""
        vnet = self.source_network()
        body = {
            "location": self.target,
            "properties": {
                "addressSpace": vnet["properties"]["addressSpace"],
                "subnets": [
                    {"name": subnet["name"], "properties": {"addressPrefix": subnet["properties"]["addressPrefix"]}}
                    for subnet in vnet["properties"]["subnets"]
                ],
            },
        }
        for network in (self.network, self.test_network):
            assert self.send("PUT", network, body, "2024-05-01").status in (200, 201)
        self.advance(seconds=30)

    def make_cache(self) -> None:
        """The cache account in the source region."""
        body = {"location": self.source, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
        answer = self.send("PUT", self.cache_id, body, "2023-05-01")
        assert answer.status in (200, 202), answer.content
        self.advance(seconds=40)

    def make_fabrics(self) -> None:
        """Fabrics and containers of both regions."""
        for location in (self.source, self.target):
            details = {"customDetails": {"instanceType": "Azure", "location": location}}
            self.run("PUT", self.fabric(location), {"properties": details})
            self.run(
                "PUT", self.container(location), {"properties": {"providerSpecificInput": [{"instanceType": "A2A"}]}}
            )

    def make_policy(self) -> None:
        """The replication policy."""
        settings = {"instanceType": "A2A", "multiVmSyncStatus": "Enable", **self.policy_settings}
        self.run("PUT", self.policy, {"properties": {"providerSpecificInput": settings}})

    def make_mappings(self) -> None:
        """Container mappings and network mappings in both directions."""
        for here, there in ((self.source, self.target), (self.target, self.source)):
            body = {
                "policyId": self.policy,
                "targetProtectionContainerId": self.container(there),
                "providerSpecificInput": {"instanceType": "A2A", "agentAutoUpdateStatus": "Disabled"},
            }
            path = f"{self.container(here)}/replicationProtectionContainerMappings/map-{here}"
            self.run("PUT", path, {"properties": body})
        networks = {self.source: self.source_network()["id"], self.target: self.network}
        for here, there in ((self.source, self.target), (self.target, self.source)):
            body = {
                "recoveryFabricName": f"fabric-{there}",
                "recoveryNetworkId": networks[there],
                "fabricSpecificDetails": {"instanceType": "AzureToAzure", "primaryNetworkId": networks[here]},
            }
            path = f"{self.fabric(here)}/replicationNetworks/azureNetwork/replicationNetworkMappings/net-{here}"
            self.run("PUT", path, {"properties": body})

    def set_up(self) -> Walk:
        """Everything up to the first replicated item."""
        self.make_vault()
        self.make_networks()
        self.make_cache()
        self.make_fabrics()
        self.make_policy()
        self.make_mappings()
        return self

    # ------------------------------------------------------------------ VMs

    def vms(self) -> list[dict[str, Any]]:
        """The VMs of the subscription, from all pages."""
        page = self.get(f"{self.root}/providers/Microsoft.Compute/virtualMachines", "2024-07-01")
        found: list[dict[str, Any]] = page["value"]
        while page.get("nextLink"):
            page = self.cloud.get(page["nextLink"], version="").body
            found += page["value"]
        return found

    def vm(self, name: str | None = None) -> dict[str, Any]:
        """A VM by name, or the first one."""
        return next(vm for vm in self.vms() if name is None or vm["name"] == name)

    def source_network(self) -> dict[str, Any]:
        """The network of the first VM."""
        networks = self.get(f"{self.root}/providers/Microsoft.Network/virtualNetworks", "2024-05-01")["value"]
        found: dict[str, Any] = next(entry for entry in networks if entry["location"] == self.source)
        return found

    def enable_body(self, vm: Mapping[str, Any], **details: Any) -> dict[str, Any]:
        """The body of an enable request for a VM with all its managed disks."""
        profile = vm["properties"]["storageProfile"]
        disks = [profile["osDisk"], *profile.get("dataDisks", [])]
        specific = {
            "instanceType": "A2A",
            "fabricObjectId": vm["id"],
            "recoveryContainerId": self.container(self.target),
            "recoveryResourceGroupId": self.group_id,
            "vmManagedDisks": [
                {
                    "diskId": disk["managedDisk"]["id"],
                    "primaryStagingAzureStorageAccountId": self.cache_id,
                    "recoveryResourceGroupId": self.group_id,
                    "recoveryReplicaDiskAccountType": disk["managedDisk"]["storageAccountType"],
                    "recoveryTargetDiskAccountType": disk["managedDisk"]["storageAccountType"],
                }
                for disk in disks
                if "managedDisk" in disk
            ],
            **details,
        }
        return {"properties": {"policyId": self.policy, "providerSpecificDetails": specific}}

    def enable(self, name: str | None = None, **details: Any) -> str:
        """Start to replicate a VM; returns the job's name."""
        vm = self.vm(name)
        return self.accept("PUT", self.item(vm["name"]), self.enable_body(vm, **details))

    def protect(self, name: str | None = None, **details: Any) -> dict[str, Any]:
        """Replicate a VM until it is protected; returns the item."""
        vm = self.vm(name)
        job = self.finish(self.enable(vm["name"], **details))
        assert job["properties"]["state"] == "Succeeded", job["properties"]["errors"]
        for _ in range(300):
            item: dict[str, Any] = self.get(self.item(vm["name"]))
            if item["properties"]["protectionState"] == "Protected":
                return item
            self.advance(minutes=1)
        raise AssertionError(f"{vm['name']} was never protected")

    def test_failover(self, name: str, **details: Any) -> dict[str, Any]:
        """Run a test failover; returns its job."""
        body = {
            "failoverDirection": "PrimaryToRecovery",
            "networkType": "VmNetworkAsInput",
            "networkId": self.test_network,
            "providerSpecificDetails": {"instanceType": "A2A"},
            **details,
        }
        return self.finish(self.accept("POST", f"{self.item(name)}/testFailover", {"properties": body}))

    def cleanup(self, name: str, comments: str = "done") -> dict[str, Any]:
        """Clean the test failover up; returns its job."""
        body = {"properties": {"comments": comments}}
        return self.finish(self.accept("POST", f"{self.item(name)}/testFailoverCleanup", body))
