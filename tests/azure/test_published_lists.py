"""Lists of supported kernels, out of a folder or from an address that the engineer names, and from nowhere else."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from asr_tui.azure.published_lists import MOST_BYTES, read_lists
from asr_tui.model.problem import ProblemError

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "kernels"
UBUNTU, SLES = "UBUNTU-22.04-64_supported_kernels.txt", "SLES15-64_supported_kernels.txt"


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """Two versions of the agent, and what is no list."""
    for version, name, text in (
        ("9.66.7640.1", UBUNTU, "6.8.0-1041-azure\n"),
        ("9.67.7845.1", SLES, "6.4.0-150600.8.52-azure:6\n"),
    ):
        (tmp_path / version).mkdir()
        (tmp_path / version / name).write_text(text)
    (tmp_path / "9.66.7640.1" / "notes.txt").write_text("no list")
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / UBUNTU).write_text("not of a version")
    return tmp_path


class _Quiet(http.server.SimpleHTTPRequestHandler):
    asked: list[str] = []

    def log_message(self, *arguments: object) -> None:
        self.asked.append(self.path)

    def do_GET(self) -> None:
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "https://elsewhere.example/lists/")
            self.end_headers()
        else:
            super().do_GET()


@pytest.fixture
def address(lists: Path) -> Iterator[str]:
    """The same, served over HTTP on loopback as pages of links."""
    _Quiet.asked.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(lists)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


async def test_a_folder_of_versions(lists: Path) -> None:
    found = {(each.agent, each.name): each.text for each in await read_lists(str(lists))}
    assert found == {
        ("9.66.7640.1", UBUNTU): "6.8.0-1041-azure\n",
        ("9.67.7845.1", SLES): "6.4.0-150600.8.52-azure:6\n",
    }
    single = await read_lists(str(lists / "9.67.7845.1"))
    assert [(each.agent, each.name) for each in single] == [("9.67.7845.1", SLES)]
    assert await read_lists(str(lists / "9.67.7845.1" / SLES)) == single


async def test_an_address_is_read_like_the_folder(lists: Path, address: str) -> None:
    assert set(await read_lists(address)) == set(await read_lists(str(lists)))
    assert not any("notes" in path or "later" in path for path in _Quiet.asked)
    one = await read_lists(f"{address}/9.66.7640.1/{UBUNTU}")
    assert [(each.agent, each.name) for each in one] == [("9.66.7640.1", UBUNTU)]


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("http://lists.example/kernels", "Only https"),
        ("ftp://127.0.0.1/kernels", "Only https"),
        ("/no/such/folder", "No such file"),
        ("", ""),
        ("{address}/moved/", "leads to https://elsewhere.example"),
        ("{address}/nothing/", "answers 404"),
        ("http://127.0.0.1:1/", "ClientConnectorError"),
    ],
)
async def test_what_cannot_be_used_says_why(place: str, why: str, address: str, tmp_path: Path) -> None:
    if not why:
        (tmp_path / "empty").mkdir()
        place, why = str(tmp_path / "empty"), "It holds no file"
    with pytest.raises(ProblemError) as refused:
        await read_lists(place.format(folder=tmp_path, address=address))
    assert why in refused.value.problem.cause
    assert "https" in refused.value.problem.remedy


async def test_a_list_that_is_far_too_large_is_refused(lists: Path, address: str) -> None:
    (lists / "9.66.7640.1" / UBUNTU).write_bytes(b"x" * (MOST_BYTES + 1))
    with pytest.raises(ProblemError) as refused:
        await read_lists(address)
    assert "larger than" in refused.value.problem.cause
    assert [each.name for each in await read_lists(str(lists))] == [SLES]


async def test_the_lists_as_published() -> None:
    if not PUBLISHED.is_dir():
        pytest.skip("the published lists are not beside this repository")
    found = await read_lists(str(PUBLISHED))
    assert len({each.agent for each in found}) > 20
    assert {each.name for each in found} >= {SLES}
