"""Cache accounts are shared by as many disks as they carry, and no more: further ones follow, and are found again."""

from __future__ import annotations

from dataclasses import replace

from asr_tui.model import arm_id
from asr_tui.model.change import ChangeSet, Kind
from asr_tui.model.compute import AttachedDisk
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan, TargetDefaults, VmOverride
from asr_tui.model.recovery import StorageAccount
from asr_tui.rules.changes import changes
from tests.rules import makers
from tests.rules.application import applied, without
from tests.rules.change_sets import sent

DISKS_A_VM = 60
VMS = 26
"""26 times 60 disks: two accounts hold 12 VMs each (750 disks at most), the third takes the rest."""


def large_estate() -> Estate:
    vms, disks, nics = [], [], []
    for number in range(VMS):
        name = f"db{number:02}"
        attached = [AttachedDisk(f"{name}-d{lun}", makers.disk_id(f"{name}-d{lun}"), lun=lun) for lun in range(59)]
        attached.insert(0, AttachedDisk(f"{name}-os", makers.disk_id(f"{name}-os"), is_os=True))
        vms.append(makers.vm(name, disks=tuple(attached)))
        disks += [makers.disk(disk.name) for disk in attached]
        nics.append(makers.nic(f"{name}-nic"))
    return makers.estate(vms=tuple(vms), disks=tuple(disks), nics=tuple(nics))


def plan(**changed: object) -> Plan:
    return makers.plan(*(f"db{number:02}" for number in range(VMS)), **changed)


def loads(found: ChangeSet) -> dict[str, int]:
    """How many disks each account gets."""
    counted: dict[str, int] = {}
    for change in found:
        for disk in change.body.get("properties", {}).get("providerSpecificDetails", {}).get("vmManagedDisks", ()):
            name = arm_id.name(disk["primaryStagingAzureStorageAccountId"])
            counted[name] = counted.get(name, 0) + 1
    return counted


def test_where_one_account_is_not_enough_several_are_made_and_found_again() -> None:
    estate = large_estate()
    first = changes(estate, plan())
    accounts = [change.name for change in first if change.kind is Kind.CACHE_ACCOUNT]
    assert len(set(accounts)) == 3
    assert all(name.endswith("asrcache") and len(name) <= 24 for name in accounts)
    assert loads(first) == dict(zip(accounts, (720, 720, 120), strict=True))
    after = applied(estate, first)
    assert changes(after, plan()).writes == ()
    second = next(change for change in first if change.name == accounts[1])
    assert [change.key for change in changes(without(after, second.resource_id), plan()).writes] == [second.key]


def test_a_cache_that_is_there_is_filled_first_and_then_others_are_made() -> None:
    there = StorageAccount(makers.account_id("weuasrcache"), "weuasrcache", makers.SOURCE, "StorageV2", "Standard_LRS")
    estate = replace(large_estate(), storage_accounts=(there,))
    found = changes(estate, plan())
    made = [change.name for change in found.writes if change.kind is Kind.CACHE_ACCOUNT]
    assert len(made) == 2
    assert loads(found) == dict(zip(("weuasrcache", *made), (720, 720, 120), strict=True))


def test_a_night_that_was_cut_off_fills_the_same_accounts() -> None:
    estate = large_estate()
    first = changes(estate, plan())
    halfway = applied(estate, ChangeSet(first.writes[:-9]))
    rest = changes(halfway, plan())
    assert [sent(change) for change in rest.writes] == [sent(change) for change in first.writes[-9:]]


def test_a_vm_that_joins_a_full_account_gets_another_one() -> None:
    estate = large_estate()
    twelve = makers.plan(*(f"db{number:02}" for number in range(12)))
    after = applied(estate, changes(estate, twelve))
    more = twelve.model_copy(update={"vms": (*twelve.vms, makers.vm_id("db12"))})
    found = changes(after, more)
    assert [change.kind for change in found.writes] == [Kind.CACHE_ACCOUNT, Kind.ITEM]
    assert loads(found) == {found.writes[0].name: 60}


def test_the_plan_names_the_accounts_and_their_order() -> None:
    chosen = plan(defaults=TargetDefaults(cache_account="firstcache", cache_accounts=("secondcache",)))
    found = changes(large_estate(), chosen)
    assert [change.name for change in found if change.kind is Kind.CACHE_ACCOUNT] == ["firstcache", "secondcache"]
    # The plan names no third: that the second is too full is for a finding to say.
    assert loads(found) == {"firstcache": 720, "secondcache": 840}


def test_a_vm_of_its_own_account_takes_no_place_in_the_others() -> None:
    own = {arm_id.key(makers.vm_id("db00")): VmOverride(cache_account="owncache")}
    counted = loads(changes(large_estate(), plan(overrides=own)))
    assert counted.pop("owncache") == 60
    assert sorted(counted.values()) == [60, 720, 720]


def test_an_account_of_the_first_generation_carries_fewer() -> None:
    account = replace(applied(large_estate(), changes(large_estate(), plan())).storage_accounts[0], kind="Storage")
    found = changes(replace(large_estate(), storage_accounts=(account,)), plan())
    assert loads(found)[account.name] == 300
