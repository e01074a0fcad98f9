"""Request bodies of replicated items. Member names as the API spells them, misspellings included."""

from __future__ import annotations

from asr_tui.emulator.schema import Any_, Bool, Int, ListOf, Obj, Poly, Schema, Str

_DISK_TYPES = (
    "Standard_LRS",
    "Premium_LRS",
    "StandardSSD_LRS",
    "StandardSSD_ZRS",
    "Premium_ZRS",
    "PremiumV2_LRS",
    "UltraSSD_LRS",
)
_KEY_VAULT_SECRET = Obj({"secretIdentifier": Str(), "keyVaultResourceArmId": Str()})
_KEY_VAULT_KEY = Obj({"keyIdentifier": Str(), "keyVaultResourceArmId": Str()})
ENCRYPTION = Obj({"diskEncryptionKeyInfo": _KEY_VAULT_SECRET, "keyEncryptionKeyInfo": _KEY_VAULT_KEY})
_LOCATION = Obj({"type": Str(), "name": Str()})

MANAGED_DISK = Obj(
    {
        "diskId": Str(min_length=1),
        "primaryStagingAzureStorageAccountId": Str(min_length=1),
        "recoveryResourceGroupId": Str(min_length=1),
        "recoveryReplicaDiskAccountType": Str(enum=_DISK_TYPES),
        "recoveryTargetDiskAccountType": Str(enum=_DISK_TYPES),
        "recoveryDiskEncryptionSetId": Str(),
        "diskEncryptionInfo": ENCRYPTION,
        "recoveryDiskAccessId": Str(),
        "recoveryNetworkAccessPolicy": Str(enum=("AllowAll", "AllowPrivate", "DenyAll")),
        "recoveryPublicNetworkAccess": Str(enum=("Enabled", "Disabled")),
    },
    required=["diskId", "primaryStagingAzureStorageAccountId", "recoveryResourceGroupId"],
)
UNMANAGED_DISK = Obj(
    {
        "diskUri": Str(min_length=1),
        "recoveryAzureStorageAccountId": Str(min_length=1),
        "primaryStagingAzureStorageAccountId": Str(min_length=1),
    },
    required=["diskUri", "recoveryAzureStorageAccountId", "primaryStagingAzureStorageAccountId"],
)
_PLACE: dict[str, Schema] = {
    "recoveryAvailabilitySetId": Str(),
    "recoveryAvailabilityZone": Str(),
    "recoveryBootDiagStorageAccountId": Str(),
    "recoveryCapacityReservationGroupId": Str(),
    "recoveryProximityPlacementGroupId": Str(),
    "recoveryVirtualMachineScaleSetId": Str(),
    "platformFaultDomain": Int(),
}
_ENABLE = Obj(
    {
        "instanceType": Str(),
        "fabricObjectId": Str(min_length=1),
        "recoveryContainerId": Str(),
        "recoveryResourceGroupId": Str(),
        "recoveryCloudServiceId": Str(),
        "vmManagedDisks": ListOf(MANAGED_DISK),
        "vmDisks": ListOf(UNMANAGED_DISK),
        "recoveryAzureNetworkId": Str(),
        "recoverySubnetName": Str(),
        "primaryExtendedLocation": _LOCATION,
        "recoveryExtendedLocation": _LOCATION,
        "multiVmGroupId": Str(),
        "multiVmGroupName": Str(),
        "protectionClusterId": Str(),
        "autoProtectionOfDataDisk": Str(enum=("Enabled", "Disabled")),
        "diskEncryptionInfo": ENCRYPTION,
        **_PLACE,
    },
    required=["fabricObjectId"],
)
CREATE = Obj(
    {
        "properties": Obj(
            {
                "policyId": Str(min_length=1),
                "protectableItemId": Str(),
                "providerSpecificDetails": Poly("instanceType", {"A2A": _ENABLE}, other=Any_),
            },
            required=["policyId", "providerSpecificDetails"],
        )
    },
    required=["properties"],
)

_IP_CONFIG = Obj(
    {
        "ipConfigName": Str(),
        "isPrimary": Bool(),
        "isSeletedForFailover": Bool(),
        "recoverySubnetName": Str(),
        "recoveryStaticIPAddress": Str(),
        "recoveryPublicIPAddressId": Str(),
        "recoveryLBBackendAddressPoolIds": ListOf(Str()),
        "tfoSubnetName": Str(),
        "tfoStaticIPAddress": Str(),
        "tfoPublicIPAddressId": Str(),
        "tfoLBBackendAddressPoolIds": ListOf(Str()),
    }
)
_NIC = Obj(
    {
        "nicId": Str(min_length=1),
        "ipConfigs": ListOf(_IP_CONFIG),
        "selectionType": Str(),
        "recoveryNetworkSecurityGroupId": Str(),
        "enableAcceleratedNetworkingOnRecovery": Bool(),
        "tfoNetworkSecurityGroupId": Str(),
        "enableAcceleratedNetworkingOnTfo": Bool(),
        "recoveryNicName": Str(),
        "recoveryNicResourceGroupName": Str(),
        "reuseExistingNic": Bool(),
        "tfoNicName": Str(),
        "tfoNicResourceGroupName": Str(),
        "tfoReuseExistingNic": Bool(),
        "targetNicName": Str(),
    },
    required=["nicId"],
)
_UPDATE_DISK = Obj(
    {
        "diskId": Str(min_length=1),
        "recoveryTargetDiskAccountType": Str(enum=_DISK_TYPES),
        "recoveryReplicaDiskAccountType": Str(enum=_DISK_TYPES),
        "diskEncryptionInfo": ENCRYPTION,
        "failoverDiskName": Str(),
        "tfoDiskName": Str(),
    },
    required=["diskId"],
)
_UPDATE = Obj(
    {
        "instanceType": Str(),
        "recoveryCloudServiceId": Str(),
        "recoveryResourceGroupId": Str(),
        "managedDiskUpdateDetails": ListOf(_UPDATE_DISK),
        "diskEncryptionInfo": ENCRYPTION,
        "tfoAzureVMName": Str(),
        **_PLACE,
    }
)
UPDATE = Obj(
    {
        "properties": Obj(
            {
                "recoveryAzureVMName": Str(),
                "recoveryAzureVMSize": Str(),
                "selectedRecoveryAzureNetworkId": Str(),
                "selectedTfoAzureNetworkId": Str(),
                "selectedSourceNicId": Str(),
                "enableRdpOnTargetOption": Str(),
                "vmNics": ListOf(_NIC),
                "licenseType": Str(enum=("NotSpecified", "NoLicenseType", "WindowsServer")),
                "recoveryAvailabilitySetId": Str(),
                "providerSpecificDetails": Poly("instanceType", {"A2A": _UPDATE}, other=Any_),
            }
        )
    },
    required=["properties"],
)
DISABLE = Obj(
    {
        "properties": Obj(
            {
                "disableProtectionReason": Str(enum=("NotSpecified", "MigrationComplete")),
                "replicationProviderInput": Any_,
            }
        )
    },
    required=["properties"],
)
_DIRECTION = Str(enum=("PrimaryToRecovery", "RecoveryToPrimary"))
_POINT = Poly(
    "instanceType",
    {
        "A2A": Obj(
            {"instanceType": Str(), "recoveryPointId": Str(), "cloudServiceCreationOption": Str()},
        )
    },
    other=Any_,
)
TEST_FAILOVER = Obj(
    {
        "properties": Obj(
            {
                "failoverDirection": _DIRECTION,
                "networkType": Str(),
                "networkId": Str(),
                "providerSpecificDetails": _POINT,
            }
        )
    },
    required=["properties"],
)
CLEANUP = Obj({"properties": Obj({"comments": Str(max_length=1024)})}, required=["properties"])
FAILOVER = Obj(
    {
        "properties": Obj(
            {
                "failoverDirection": _DIRECTION,
                "sourceSiteOperations": Str(enum=("Required", "NotRequired")),
                "providerSpecificDetails": _POINT,
            }
        )
    },
    required=["properties"],
)
CHANGE_POINT = Obj(
    {"properties": Obj({"recoveryPointId": Str(), "providerSpecificDetails": Any_})},
    required=["properties"],
)
SWITCH = Obj(
    {
        "properties": Obj(
            {
                "replicationProtectedItemName": Str(min_length=1),
                "providerSpecificDetails": Poly(
                    "instanceType",
                    {
                        "A2A": Obj(
                            {
                                "instanceType": Str(),
                                "recoveryContainerId": Str(),
                                "vmDisks": ListOf(UNMANAGED_DISK),
                                "vmManagedDisks": ListOf(MANAGED_DISK),
                                "recoveryResourceGroupId": Str(),
                                "recoveryCloudServiceId": Str(),
                                "policyId": Str(),
                                "diskEncryptionInfo": ENCRYPTION,
                                **_PLACE,
                            }
                        )
                    },
                    other=Any_,
                ),
            },
            required=["replicationProtectedItemName"],
        )
    },
    required=["properties"],
)
REPROTECT = Obj(
    {
        "properties": Obj(
            {
                "failoverDirection": _DIRECTION,
                "providerSpecificDetails": Any_,
            }
        )
    },
    required=["properties"],
)
ADD_DISKS = Obj(
    {
        "properties": Obj(
            {
                "providerSpecificDetails": Poly(
                    "instanceType",
                    {
                        "A2A": Obj(
                            {
                                "instanceType": Str(),
                                "vmDisks": ListOf(UNMANAGED_DISK),
                                "vmManagedDisks": ListOf(MANAGED_DISK),
                            }
                        )
                    },
                    other=Any_,
                )
            },
            required=["providerSpecificDetails"],
        )
    },
    required=["properties"],
)
REMOVE_DISKS = Obj(
    {
        "properties": Obj(
            {
                "providerSpecificDetails": Poly(
                    "instanceType",
                    {
                        "A2A": Obj(
                            {
                                "instanceType": Str(),
                                "vmDisksUris": ListOf(Str()),
                                "vmManagedDisksIds": ListOf(Str()),
                            }
                        )
                    },
                    other=Any_,
                )
            }
        )
    },
    required=["properties"],
)
UPDATE_MOBILITY = Obj({"properties": Obj({"runAsAccountId": Str()})}, required=["properties"])
