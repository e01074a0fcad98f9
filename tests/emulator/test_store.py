"""The store: durable transactions, casing, births and deaths, one emulator at a time."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr_tui.emulator.state_file import StateError, discard
from asr_tui.emulator.store import Resource, Store

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
GROUP = "/subscriptions/5b1c/resourceGroups/Rg-Web"
VM = "Microsoft.Compute/virtualMachines"


def vm(name: str, **doc: object) -> Resource:
    id_ = f"{GROUP}/providers/{VM}/{name}"
    return Resource(id_, VM, {"id": id_, **doc}, NOW)


def test_an_id_is_found_in_any_casing_and_keeps_the_casing_it_was_stored_with() -> None:
    store = Store()
    with store.transaction():
        store.put(vm("Web01"))
    found = store.get(f"{GROUP}/providers/{VM}/web01".upper(), NOW)
    assert found is not None
    assert found.id.endswith("/Web01")
    assert store.get(f"{GROUP}/providers/{VM}/web02", NOW) is None


def test_private_members_are_kept_but_are_no_part_of_the_body() -> None:
    store = Store()
    with store.transaction():
        store.put(vm("web01", _guest={"kernel": "5.15"}, location="westeurope"))
    (found,) = store.children(GROUP, "virtualMachines", NOW)
    assert found.private == {"_guest": {"kernel": "5.15"}}
    assert "_guest" not in found.body
    assert b"_guest" not in found.raw
    assert found.doc == found.body | found.private


def test_changing_a_document_that_was_read_changes_nothing_that_is_stored() -> None:
    store = Store()
    with store.transaction():
        store.put(vm("web01", tags={"a": "1"}))
    found = store.get(f"{GROUP}/providers/{VM}/web01", NOW)
    assert found is not None
    found.doc["tags"]["a"] = "2"
    assert found.doc["tags"] == {"a": "1"}


def test_a_resource_exists_from_its_birth_until_just_before_its_death() -> None:
    store = Store()
    later = NOW + timedelta(minutes=5)
    with store.transaction():
        store.put(Resource(f"{GROUP}/providers/{VM}/test", VM, {}, NOW, later))
    id_ = f"{GROUP}/providers/{VM}/test"
    assert store.get(id_, NOW - timedelta(microseconds=1)) is None
    assert store.get(id_, NOW) is not None
    assert store.get(id_, later - timedelta(microseconds=1)) is not None
    assert store.get(id_, later) is None
    assert store.by_type(VM, later) == []


def test_lists_are_limited_to_subscription_group_and_parent() -> None:
    store = Store()
    other = "/subscriptions/5b1c/resourceGroups/Rg-Web2"
    with store.transaction():
        store.put(vm("a"))
        store.put(Resource(f"{other}/providers/{VM}/b", VM, {}, NOW))
        store.put(Resource(f"/subscriptions/5b1cf/resourceGroups/x/providers/{VM}/c", VM, {}, NOW))
        store.put(Resource(f"{GROUP}/providers/{VM}/a/extensions/ext", f"{VM}/extensions", {}, NOW))
    assert [r.name for r in store.by_type(VM, NOW, "5B1C")] == ["a", "b"]
    assert [r.name for r in store.by_type(VM, NOW, "5b1c", "RG-WEB")] == ["a"]
    assert [r.name for r in store.children(f"{GROUP}/providers/{VM}/A", "extensions", NOW)] == ["ext"]
    assert store.children(GROUP, "Machines", NOW) == []


def test_a_failed_transaction_leaves_no_trace_in_index_or_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    with store.transaction():
        store.put(vm("a", size=1))
        store.put(vm("b"))
        store.put_fact("quota", {"cores": 10})
    with pytest.raises(RuntimeError, match="boom"), store.transaction():
        store.put(vm("a", size=2))
        store.forget(vm("b").id)
        store.put(vm("c"))
        store.put_fact("quota", {"cores": 0})
        store.put_operation("op", {})
        raise RuntimeError("boom")
    assert [(r.name, r.body.get("size")) for r in store.by_type(VM, NOW)] == [("a", 1), ("b", None)]
    assert store.fact("quota") == {"cores": 10}
    assert store.operation("op") is None
    store.close()
    again = Store(tmp_path / "state.db")
    assert sorted((r.name, r.body.get("size")) for r in again.by_type(VM, NOW)) == [("a", 1), ("b", None)]


def test_writing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        Store().put(vm("a"))


def test_a_second_emulator_on_the_same_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    first = Store(tmp_path / "state.db")
    with pytest.raises(StateError, match=r"Another emulator is using .*state\.db"):
        Store(tmp_path / "state.db")
    first.close()
    Store(tmp_path / "state.db").close()


def test_a_file_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"not a database, but long enough to be looked at" * 50)
    with pytest.raises(StateError, match="cannot be used"):
        Store(tmp_path / "state.db")


def test_a_state_of_another_version_is_refused_and_can_be_discarded(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = Store(path)
    store._db.execute("PRAGMA user_version=99")
    store.close()
    with pytest.raises(StateError, match="--reset"):
        Store(path)
    discard(path)
    assert Store(path).types() == []


def test_the_state_file_is_private(tmp_path: Path) -> None:
    Store(tmp_path / "state.db").close()
    assert (tmp_path / "state.db").stat().st_mode & 0o777 == 0o600


def test_kill_9_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    script = (
        "import sys, os, signal\n"
        "from pathlib import Path\nfrom datetime import datetime, UTC\n"
        "from asr_tui.emulator.store import Resource, Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "for n in range(50):\n"
        "    with store.transaction():\n"
        "        store.put(Resource(f'/subscriptions/s/resourceGroups/{n}', 'g', {'n': n}, datetime(2026,1,1,tzinfo=UTC)))\n"
        "store._db.execute('BEGIN')\n"
        "store._db.execute('DELETE FROM resources')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "state.db")], timeout=60)
    assert done.returncode == -signal.SIGKILL
    store = Store(tmp_path / "state.db")
    assert [r.body["n"] for r in store.by_type("g", NOW)] == list(range(50))


def test_the_log_is_numbered_and_read_from_a_number_on() -> None:
    store = Store()
    with store.transaction():
        for path in ("/a", "/b", "/c"):
            store.log({"path": path})
    assert [(e["n"], e["path"]) for e in store.logged(since=1)] == [(2, "/b"), (3, "/c")]


def test_the_log_forgets_its_oldest_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asr_tui.emulator.store.LOG_KEPT", 50)
    monkeypatch.setattr("asr_tui.emulator.store._LOG_PRUNED_EVERY", 10)
    store = Store()
    with store.transaction():
        for _ in range(95):
            store.log({})
    assert [e["n"] for e in store.logged()] == list(range(41, 96))


_NAMES = st.sampled_from(["alpha", "Beta", "gamma", "DELTA"])
_STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "delete", "forget", "fail"]), _NAMES, st.integers(0, 99)), max_size=40
)


@given(_STEPS)
def test_index_and_file_agree_with_a_plain_dictionary(steps: list[tuple[str, str, int]]) -> None:
    store = Store()
    expected: dict[str, int] = {}
    for kind, name, size in steps:
        try:
            with store.transaction():
                if kind in ("put", "fail"):
                    store.put(vm(name, size=size))
                elif kind == "delete":
                    store.delete(vm(name).id, NOW)
                else:
                    store.forget(vm(name).id)
                if kind == "fail":
                    raise RuntimeError
        except RuntimeError:
            continue
        if kind == "put":
            expected[name] = size
        else:
            expected.pop(name, None)
    assert {r.name: r.body["size"] for r in store.by_type(VM, NOW)} == expected
    rows = store._db.execute("SELECT key FROM resources").fetchall()
    assert {key for (key,) in rows} == set(store._by_key)
