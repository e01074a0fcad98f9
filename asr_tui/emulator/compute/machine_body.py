"""The shape of a VM's request body: the members that Compute checks, the rest kept as sent."""

from __future__ import annotations

from asr_tui.emulator.compute.writing import resource_body
from asr_tui.emulator.schema import Any_, Bool, Int, ListOf, Obj, Str

_REFERENCE = Obj({"id": Str()}, required=("id",), keep_unknown=True)
_CACHING = Str(enum=("None", "ReadOnly", "ReadWrite"))
_MANAGED = Obj({"id": Str(), "storageAccountType": Str(), "diskEncryptionSet": _REFERENCE}, keep_unknown=True)
_DISK = {
    "name": Str(),
    "createOption": Str(enum=("FromImage", "Empty", "Attach", "Copy", "Restore")),
    "caching": _CACHING,
    "diskSizeGB": Int(1, 65536),
    "managedDisk": _MANAGED,
    "writeAcceleratorEnabled": Bool(),
    "deleteOption": Str(enum=("Delete", "Detach")),
}
STORAGE = Obj(
    {
        "imageReference": Obj(
            {"publisher": Str(), "offer": Str(), "sku": Str(), "version": Str(), "id": Str()}, keep_unknown=True
        ),
        "osDisk": Obj(
            {**_DISK, "osType": Str(enum=("Windows", "Linux"))}, required=("createOption",), keep_unknown=True
        ),
        "dataDisks": ListOf(
            Obj(
                {**_DISK, "lun": Int(0, 63), "toBeDetached": Bool()},
                required=("lun", "createOption"),
                keep_unknown=True,
            )
        ),
        "diskControllerType": Str(enum=("SCSI", "NVMe")),
    },
    keep_unknown=True,
)
PROPERTIES = Obj(
    {
        "hardwareProfile": Obj({"vmSize": Str()}, keep_unknown=True),
        "storageProfile": STORAGE,
        "osProfile": Obj(
            {
                "computerName": Str(),
                "adminUsername": Str(),
                "adminPassword": Str(),
                "linuxConfiguration": Obj(
                    {"disablePasswordAuthentication": Bool(), "provisionVMAgent": Bool(), "ssh": Any_},
                    keep_unknown=True,
                ),
                "windowsConfiguration": Obj({"provisionVMAgent": Bool()}, keep_unknown=True),
                "allowExtensionOperations": Bool(),
            },
            keep_unknown=True,
        ),
        "networkProfile": Obj(
            {
                "networkInterfaces": ListOf(
                    Obj(
                        {"id": Str(), "properties": Obj({"primary": Bool(), "deleteOption": Str()}, keep_unknown=True)},
                        required=("id",),
                        keep_unknown=True,
                    )
                )
            },
            keep_unknown=True,
        ),
        "securityProfile": Obj(
            {"securityType": Str(enum=("TrustedLaunch", "ConfidentialVM", "Standard")), "encryptionAtHost": Bool()},
            keep_unknown=True,
        ),
        "availabilitySet": _REFERENCE,
        "proximityPlacementGroup": _REFERENCE,
        "priority": Str(enum=("Regular", "Low", "Spot")),
        "licenseType": Str(),
    },
    keep_unknown=True,
)
MACHINE_BODY = resource_body(PROPERTIES, plan=Any_, resources=Any_, managedBy=Any_)
