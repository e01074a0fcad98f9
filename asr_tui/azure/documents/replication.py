"""What a vault holds for Site Recovery, and its jobs. Ids keep the service's casing; compare them without case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from asr_tui.azure.documents.fields import (
    Document,
    documents,
    fraction,
    member,
    moment,
    optional,
    optional_word,
    text,
    texts,
    whole,
    word,
    words,
)
from asr_tui.model.replication import (
    ContainerMapping,
    Fabric,
    HealthError,
    Job,
    JobError,
    JobTask,
    NetworkMapping,
    ProtectionContainer,
    RecoveryPoint,
    ReplicatedDisk,
    ReplicatedItem,
    ReplicatedNic,
    ReplicationPolicy,
)


def fabric(document: Document) -> Fabric:
    """A fabric; its friendly name is the region's display name, the region's own name stands in the details."""
    return Fabric(
        id=text(document, "id"),
        name=text(document, "name"),
        location=text(document, "properties", "customDetails", "location"),
    )


def container(document: Document) -> ProtectionContainer:
    """A protection container."""
    return ProtectionContainer(
        id=text(document, "id"),
        name=text(document, "name"),
        fabric_id=_parent(text(document, "id"), "replicationProtectionContainers"),
        pairing=text(document, "properties", "pairingStatus", default="NotPaired"),
    )


def policy(document: Document) -> ReplicationPolicy:
    """A replication policy; one of another scenario (no A2A details) reads as zeros."""
    details = member(document, "properties", "providerSpecificDetails") or {}
    return ReplicationPolicy(
        id=text(document, "id"),
        name=text(document, "name"),
        retention_minutes=whole(details, "recoveryPointHistory") or 0,
        app_consistent_minutes=whole(details, "appConsistentFrequencyInMinutes") or 0,
        crash_consistent_minutes=whole(details, "crashConsistentFrequencyInMinutes") or 0,
        # Asked as Enable, answered as Enabled.
        multi_vm_sync=text(details, "multiVmSyncStatus").startswith("Enable"),
    )


def container_mapping(document: Document) -> ContainerMapping:
    """A container mapping. The list under one container shows both directions; the id tells which one this is."""
    properties = member(document, "properties") or {}
    return ContainerMapping(
        id=text(document, "id"),
        name=text(document, "name"),
        source_container_id=_parent(text(document, "id"), "replicationProtectionContainerMappings"),
        target_container_id=text(properties, "targetProtectionContainerId"),
        policy_id=text(properties, "policyId"),
        state=text(properties, "state"),
        agent_auto_update=text(properties, "providerSpecificDetails", "agentAutoUpdateStatus") == "Enabled",
    )


def network_mapping(document: Document) -> NetworkMapping:
    """A network mapping; the service answers both network ids in lower case."""
    properties = member(document, "properties") or {}
    return NetworkMapping(
        id=text(document, "id"),
        name=text(document, "name"),
        source_network_id=text(properties, "primaryNetworkId"),
        target_network_id=text(properties, "recoveryNetworkId"),
        state=text(properties, "state"),
    )


def item(document: Document) -> ReplicatedItem:
    """A replicated item, from a list entry or a single read (the latter tells more of the disks)."""
    properties = member(document, "properties") or {}
    details = member(properties, "providerSpecificDetails") or {}
    return ReplicatedItem(
        id=text(document, "id"),
        name=text(document, "name"),
        vm_id=text(details, "fabricObjectId"),
        vm_name=text(properties, "friendlyName"),
        container_id=_parent(text(document, "id"), "replicationProtectedItems"),
        protection_state=word(properties, "protectionState"),
        protection_description=word(properties, "protectionStateDescription"),
        replication_health=word(properties, "replicationHealth", default="Normal"),
        failover_health=word(properties, "failoverHealth", default="Normal"),
        active_location=word(properties, "activeLocation", default="Primary"),
        policy_id=optional_word(properties, "policyId"),
        allowed_operations=words(properties, "allowedOperations"),
        test_failover_state=word(properties, "testFailoverState", default="None"),
        progress=whole(details, "monitoringPercentageCompletion"),
        rpo_seconds=whole(details, "rpoInSeconds"),
        rpo_calculated_at=moment(details, "lastRpoCalculatedTime"),
        agent_version=optional_word(details, "agentVersion"),
        agent_certificate_expires=moment(details, "agentCertificateExpiryDate"),
        last_test_failover=moment(properties, "lastSuccessfulTestFailoverTime"),
        target_vm_name=optional(details, "recoveryAzureVMName"),
        target_vm_size=optional_word(details, "recoveryAzureVMSize"),
        test_vm_name=optional(details, "tfoAzureVMName"),
        target_group_id=optional_word(details, "recoveryAzureResourceGroupId"),
        target_network_id=optional_word(details, "selectedRecoveryAzureNetworkId"),
        disks=tuple(_disk(entry) for entry in documents(details, "protectedManagedDisks")),
        health_errors=tuple(_health_error(entry) for entry in documents(properties, "healthErrors")),
        current_job_id=_running_job(properties),
        target_zone=optional(details, "recoveryAvailabilityZone") or None,
        target_availability_set=optional(details, "recoveryAvailabilitySet") or None,
        multi_vm_group=text(details, "multiVmGroupName"),
        proximity_group_id=optional(details, "recoveryProximityPlacementGroupId") or None,
        capacity_reservation_id=optional(details, "recoveryCapacityReservationGroupId") or None,
        nics=tuple(_nic(entry) for entry in documents(details, "vmNics")),
    )


def _nic(entry: Document) -> ReplicatedNic:
    configs = tuple(documents(entry, "ipConfigs"))
    first = next((config for config in configs if member(config, "isPrimary")), configs[0] if configs else {})
    return ReplicatedNic(
        id=text(entry, "nicId"),
        source_id=text(entry, "sourceNicArmId"),
        config=text(first, "name"),
        subnet=text(first, "recoverySubnetName"),
        address=text(first, "recoveryStaticIPAddress"),
    )


def _disk(entry: Document) -> ReplicatedDisk:
    return ReplicatedDisk(
        disk_id=text(entry, "diskId"),
        name=text(entry, "diskName"),
        is_os=text(entry, "diskType") == "OperatingSystem",
        state=word(entry, "diskState"),
        capacity_bytes=whole(entry, "diskCapacityInBytes") or 0,
        progress=whole(entry, "monitoringPercentageCompletion"),
        pending_in_cache_mb=fraction(entry, "dataPendingInStagingStorageAccountInMB"),
        pending_at_source_mb=fraction(entry, "dataPendingAtSourceAgentInMB"),
        cache_account_id=optional_word(entry, "primaryStagingAzureStorageAccountId"),
        target_type=word(entry, "recoveryTargetDiskAccountType"),
        replica_disk_id=optional(entry, "recoveryReplicaDiskId"),
        test_disk_name=text(entry, "tfoDiskName"),
    )


def _health_error(entry: Document) -> HealthError:
    return HealthError(
        code=text(entry, "errorCode"),
        level=word(entry, "errorLevel"),
        message=text(entry, "summaryMessage") or text(entry, "errorMessage"),
        causes=text(entry, "possibleCauses"),
        action=text(entry, "recommendedAction"),
    )


def _running_job(properties: Document) -> str | None:
    """The job of the running scenario. An idle item names a job called None."""
    job_id = optional(properties, "currentScenario", "jobId")
    if job_id is None or job_id.rsplit("/", 1)[-1] == "None":
        return None
    return job_id


def recovery_point(document: Document) -> RecoveryPoint | None:
    """A recovery point, None where the service tells no time for it (then it cannot be chosen)."""
    properties = member(document, "properties") or {}
    told = moment(properties, "recoveryPointTime")
    if told is None:
        return None
    details = member(properties, "providerSpecificDetails") or {}
    return RecoveryPoint(
        id=text(document, "id"),
        time=told,
        kind=text(properties, "recoveryPointType"),
        disk_ids=texts(details, "disks"),
        multi_vm=text(details, "recoveryPointSyncType") == "MultiVmSyncRecoveryPoint",
    )


def job(document: Document) -> Job:
    """A job. A list entry has no tasks and no errors, even when it failed: read the single job for those."""
    properties = member(document, "properties") or {}
    return Job(
        id=text(document, "id"),
        name=text(document, "name"),
        scenario=word(properties, "scenarioName"),
        title=word(properties, "friendlyName"),
        state=word(properties, "state"),
        target_name=text(properties, "targetObjectName"),
        started=moment(properties, "startTime"),
        ended=moment(properties, "endTime"),
        tasks=tuple(_task(entry) for entry in documents(properties, "tasks")),
        errors=tuple(_errors(properties)),
        allowed_actions=words(properties, "allowedActions"),
        target_object_id=optional(properties, "targetObjectId"),
        recovery_point_time=_point_time(properties),
    )


def _point_time(properties: Document) -> datetime | None:
    """The recovery point that a test failover of one VM used; its details are empty until the job is over."""
    for entry in documents(properties, "customDetails", "protectedItemDetails"):
        return moment(entry, "recoveryPointTime")
    return None


def _task(entry: Document) -> JobTask:
    return JobTask(
        task_id=text(entry, "taskId"),
        name=word(entry, "name"),
        title=word(entry, "friendlyName"),
        state=word(entry, "state"),
        started=moment(entry, "startTime"),
        ended=moment(entry, "endTime"),
    )


def _errors(properties: Document) -> Iterator[JobError]:
    """The job's errors, then those of its tasks that are not among them (seen empty so far, but the schema has them)."""
    seen: set[tuple[str, str]] = set()
    lists = [properties, *documents(properties, "tasks")]
    for holder in lists:
        for entry in documents(holder, "errors"):
            error = _error(entry, text(entry, "taskId") or text(holder, "taskId"))
            if (error.code, error.message) not in seen:
                seen.add((error.code, error.message))
                yield error


def _error(entry: Document, task_id: str) -> JobError:
    service = member(entry, "serviceErrorDetails") or {}
    provider = member(entry, "providerErrorDetails") or {}
    number = whole(provider, "errorCode") or 0
    return JobError(
        code=text(service, "code"),
        message=text(service, "message"),
        causes=text(service, "possibleCauses"),
        action=text(service, "recommendedAction"),
        provider_code=str(number) if number else "",
        provider_message=text(provider, "errorMessage"),
        task_id=task_id,
        level=text(entry, "errorLevel", default="Error"),
        activity_id=text(service, "activityId"),
    )


def _parent(resource_id: str, label: str) -> str:
    """The id of what ``/label/name`` at the end of an id belongs to."""
    at = resource_id.lower().rfind(f"/{label.lower()}/")
    return resource_id[:at] if at >= 0 else ""
