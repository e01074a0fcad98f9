"""The six steps in questions and answers, as somebody with a screen reader or a serial console goes through them."""

from __future__ import annotations

import pytest

from tests.journeys.installed import Installed

pytestmark = pytest.mark.timeout(600)

ENTER = ""
TO_THE_END = [
    *(ENTER, ENTER, ENTER),  # choose regions: the source with most VMs, its pair
    *("2", ENTER),  # read what stands where; go on
    *("3", "1", "info", ENTER),  # who can be protected; findings of one severity; go on
    *("1", ENTER, "1", "vnet-dr", ENTER),  # map the network to a new one of another name; go on
    *(ENTER, "yes", ENTER),  # list the vault's changes; carry them out; go on
    *(ENTER, "all"),  # select VMs
    *(ENTER, "yes"),  # list the changes; carry them out
    *("5", ENTER),  # where each VM stands; go on
    *(ENTER, "all", ENTER, ENTER),  # test failover: all, latest processed, a new network
    *("yes", "60", "1440", "no"),  # targets, no waves
    *("copied DC in the test network", "not needed", ENTER, ENTER, ENTER),  # dependencies, no scripts
    "yes",
    *("3", "4", *("yes", "works") * 3),  # evidence; a verdict and a note on each VM
    *("5", "all went well", "yes"),  # clean up, with notes
    ENTER,
]


def test_the_interview_leads_from_sign_in_to_a_finished_drill(installed: Installed) -> None:
    done = installed.run(
        *("--practice", "--estate", "starter", "--speed", "600", "--ascii"),
        answers="\n".join(TO_THE_END) + "\n",
        ACCESSIBLE="1",
    )
    assert done.code == 0, done.out[-3000:] + done.err
    assert done.out.isascii()
    assert "\x1b" not in done.out
    headings = [line for line in done.out.splitlines() if line.startswith("Step ")]
    assert list(dict.fromkeys(headings)) == [
        "Step 1 of 6: Architecture",
        "Step 2 of 6: Prerequisites",
        "Step 3 of 6: Networking",
        "Step 4 of 6: Vault",
        "Step 5 of 6: Replication",
        "Step 6 of 6: Test failover",
    ]
    assert "That was the last step" in done.out
    assert "Will make: network security group vnet-starter-drill-nsg" in done.out
    assert "Not answered: Licences bound to a machine or an address." in done.out
    assert "The drill passed." in done.out
    assert "Next drill: by " in done.out
    assert "For real: 1. " in done.out
    assert "Refused" not in done.out

    holdings = installed.cloud("starter").holdings()
    assert holdings.protected == ["db-01", "web-01", "web-02"]
    assert holdings.test_vms == []
    targets = {
        mapping["properties"]["recoveryNetworkFriendlyName"] for mapping in holdings.lists["replicationNetworkMappings"]
    }
    assert "vnet-dr" in targets


def test_nothing_is_written_before_yes_and_back_changes_nothing(installed: Installed) -> None:
    answers = [ENTER, ENTER, ENTER, ENTER, ENTER, ENTER, ENTER, "no", "b", "b", "9", "banana", "q"]
    done = installed.run("--practice", "--estate", "starter", "--plain", answers="\n".join(answers) + "\n")
    assert done.code == 0, done.out[-3000:] + done.err
    assert "Nothing was written." in done.out
    assert "Please answer with a number" in done.out
    assert "Leaving." in done.out
    assert installed.cloud("starter").writes() == []


def test_the_end_of_input_leaves_and_the_next_run_goes_on_from_there(installed: Installed) -> None:
    first = installed.run("--practice", "--estate", "starter", "--plain", answers="\n\n\n")
    assert first.code == 0
    assert "Leaving." in first.out
    second = installed.run("--practice", "--estate", "starter", "--plain", answers="q\n")
    assert "From West Europe to North Europe: 3 VMs" in second.out
