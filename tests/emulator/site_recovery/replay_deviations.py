"""Where the emulator's answers differ from the recordings on purpose, each with the reason.

Patterns are regular expressions: of the recording's name (whole), and of the difference (from its start).
"""

from __future__ import annotations

NOT_EMULATED: dict[str, str] = {
    "cluster.testFailover.accepted.2025headers": "Shared-disk clusters are not emulated: their paths answer 501.",
    "job.get.clusterTestFailoverCleanup.succeeded": "Shared-disk clusters are not emulated.",
}
"""Recordings that nothing of the emulator belongs to."""

ELSEWHERE: dict[str, str] = {
    "cluster.testFailover.accepted.2025headers": NOT_EMULATED["cluster.testFailover.accepted.2025headers"],
    "error.badRequest.fullEnvelope": "The report that it is from leaves its path out.",
    "error.missingSubscriptionRegistration.409": "Of another service, which is not emulated.",
    "error.throttled.resource.429": "Of another service, which is not emulated.",
}
"""Recordings whose own request is none of the emulator's; the answer of a request of the same kind is compared."""

HEADERS: dict[str, str] = {
    "content-length": "Added by the HTTP server, which this test leaves out.",
    "transfer-encoding": "The HTTP server's choice; the recordings have both.",
    "date": "Added by the HTTP server, which this test leaves out.",
    "server": "Absent in the newest traffic (2025).",
    "vary": "Absent in the newest traffic (2025).",
    "x-powered-by": "Of the front end of 2019.",
    "x-aspnet-version": "Of the front end of 2019.",
    "x-ms-ratelimit-remaining-subscription-resource-requests": "Counted by the old throttling of vault writes.",
}
"""Headers of recordings that the emulator does not send."""

_HYPER_V = "The example is of Hyper-V and idealised; the members follow the Azure-to-Azure recordings."
_OTHER_PROVIDER = "Recorded for VMware or Hyper-V; Azure-to-Azure details have the members of the schema."
_OLD = "Added to the service after this recording (2019 to 2023); every api-version answers the newest shape."
_NOW_EMPTY = "Null in 2023, an empty text or list in 2025: every api-version answers the newest shape."
_TAGS = "Tags are those of the estate's VM."
_DETAILS = r"\.properties\.providerSpecificDetails\."
_SINCE_2023 = (
    r"(agentReinstallAttemptToVersion|osFamilyName|distroName|distroNameForWhichAgentIsInstalled|isAgentUpgradeable"
    r"|isAgentReinstallRequired|reasonsBlockingReInstall|reasonsBlockingReinstallDetails|isAgentUpgradeInProgress"
    r"|autoAgentUpgradeRetryCount|isAgentUpgradeRetryThresholdExhausted|rtoInSeconds|churnOptionSelected"
    r"|mobilityAgent\w+Id\w*|platformFaultDomain): only ours"
)
_EVENT = (
    r"(\.value\[\])?\.properties\.providerSpecificDetails\."
    r"(protectedItemName|fabricObjectId|fabricName|fabricLocation|remoteFabricName|remoteFabricLocation): only ours"
)

MEMBERS: list[tuple[str, str, str]] = [
    (r"protectedItem\..*\.spec", _DETAILS + r"\w+: only ours", _HYPER_V),
    (
        r"protectedItem\..*\.spec",
        r"\.properties\.(primaryFabricProvider|switchProviderState\w*|failoverHealth|healthErrors|eventCorrelationId)"
        r": only ours",
        _HYPER_V,
    ),
    (r"protectedItem\..*\.spec", r"\.properties\.protectableItemId: recorded text", "Null for ever in Azure to Azure."),
    (
        r"protectedItem\.testFailoverCleanup\.done\.spec",
        r"\.properties\.lastSuccessfulFailoverTime: only recorded",
        "The example's VM had failed over before; a VM that has not leaves the member out (recorded).",
    ),
    (r"protectedItem\.get\.(initialR|protected|reprotected).*", _DETAILS + _SINCE_2023, _OLD),
    (r"protectedItem\.get\..*", _DETAILS + r"vmSyncedConfigDetails\.tags\.", _TAGS),
    (
        r"protectedItem\.get\.(protected|reprotected\..*)",
        _DETAILS + r"(recoveryAvailabilitySet|recoveryProximityPlacementGroupId): recorded null, ours text",
        _NOW_EMPTY,
    ),
    (
        r"protectedItem\.get\.(protected|reprotected\..*)",
        _DETAILS + r"vmNics\[\]\.(ipConfigs\[\]\.)?\w+: recorded null, ours (text|list)",
        _NOW_EMPTY,
    ),
    (
        r"job\.get\.(createSite|enableDr|secondaryIr).*",
        r"\.properties\.customDetails\.affectedObjectDetails\.\w+: only (recorded|ours)",
        "PascalCase in 2019, camelCase from 2021 on (recorded); the members are the same.",
    ),
    (r"event\..*", _EVENT, _OTHER_PROVIDER),
    (
        r"event\.item\..*",
        r"\.properties\.providerSpecificDetails\."
        r"(eventType|category|component|correctiveAction|details|summary|siteName): only recorded",
        _OTHER_PROVIDER,
    ),
    (
        r"event\.list\.spec",
        r"\.value\[\]\.properties\.(affectedObjectCorrelationId|healthErrors\[\]\.\w+): only ours",
        "Recorded in event.item.replicationNotProgressing, left out by the example.",
    ),
    (
        r"event\.list\.spec",
        r"\.nextLink: only ours",
        "Lists have it on the wire (recorded), the examples leave it out.",
    ),
    (
        r"storageAccount\.create\.done",
        r"\.properties\.\w[\w.]*: only ours",
        "Recorded with 2017-10-01.",
    ),
    (r"vault\.get\.succeeded", r"\.properties\.redundancySettings: only ours", _OLD),
]
"""Differences of bodies: name of the recording, difference, reason."""
