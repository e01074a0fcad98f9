"""The HTML report in a real browser: nothing fetched, nothing run, table and chart there."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from asr_tui.model.drill_record import DrillRecord
from asr_tui.reports import files
from tests.reports.page import Page

KEPT = Path(__file__).resolve().parent.parent.parent / "build" / "drill-report.png"
"""Where the picture is kept to be looked at; the one in the README is made by ``make pictures``."""
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt install chromium)")


def browse(page: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Open ``page`` without a screen. No name resolves, so that the browser's own errands end there, too."""
    folder.mkdir()
    command = [
        str(CHROMIUM),
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
        *("--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"),
        f"--user-data-dir={folder / 'profile'}",
        f"--log-net-log={folder / 'net.json'}",
        *arguments,
        page.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)


def asked_for(folder: Path) -> list[str]:
    """The addresses that the page asked for; what the browser asks for by itself has no origin."""
    log = json.loads((folder / "net.json").read_text())
    started = log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    requests = [event["params"] for event in log["events"] if event["type"] == started and "url" in event["params"]]
    return [
        one["url"]
        for one in requests
        if one["initiator"] != "not an origin" and not one["url"].startswith(("file:", "data:"))
    ]


def test_the_report_asks_for_nothing_and_shows_table_and_chart(record: DrillRecord, tmp_path: Path) -> None:
    page = files.write(record, tmp_path / "report")[1]
    done = browse(page, tmp_path / "one", "--dump-dom")
    assert asked_for(tmp_path / "one") == []
    assert "CONSOLE" not in done.stderr
    dom = Page(done.stdout)
    assert dom.tags.count("rect") == sum(len(vm.tasks) for vm in record.vms)
    assert dom.tags.count("table") >= 5
    assert "3 min 27 s" in dom.text


def test_a_request_of_a_page_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<img src="http://pictures.invalid/x.png"><script>console.log("noticed")</script>')
    done = browse(page, tmp_path / "one", "--dump-dom")
    assert asked_for(tmp_path / "one") == ["http://pictures.invalid/x.png"]
    assert "CONSOLE" in done.stderr


def test_it_can_be_pictured_and_printed(record: DrillRecord, tmp_path: Path) -> None:
    page = files.write(record, tmp_path / "report")[1]
    browse(page, tmp_path / "one", f"--screenshot={tmp_path / 'page.png'}", "--window-size=1000,1400")
    picture = (tmp_path / "page.png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(picture) > 20_000  # an empty page of that size is a tenth of it
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_bytes(picture)
    browse(page, tmp_path / "two", f"--print-to-pdf={tmp_path / 'page.pdf'}")
    assert (tmp_path / "page.pdf").read_bytes()[:5] == b"%PDF-"
