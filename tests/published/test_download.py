"""Takes a server that misbehaves; gives faults of what a download makes of it. Reaches this machine only."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.published.made import publication
from tests.published.server import Behaviour, serving

from cracklens.errors import DataError, MissingExtraError, OutputError
from cracklens.published.download import Patience, download
from cracklens.published.sources import Publication

CONTENT = b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(20_000))
PATIENCE = Patience(attempts=3, backoff_seconds=0.01, longest_seconds=0.05, timeout_seconds=600)


def fetch(folder: Path, behaviour: Behaviour, **of: Any) -> Path:
    with serving(behaviour) as address:
        wanted = publication(of.pop("published", behaviour.content), address=address, **of)
        return download(wanted, folder, page="https://example.org/page", patience=PATIENCE)


def test_a_file_comes_whole_and_tells_how_far_it_is(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    with serving(Behaviour(CONTENT)) as address:
        path = download(
            publication(CONTENT, address=address), tmp_path, page="", on_progress=lambda *at: seen.append(at)
        )
    assert path.read_bytes() == CONTENT
    assert (seen[0], seen[-1]) == ((0, len(CONTENT)), (len(CONTENT), len(CONTENT)))
    assert [file.name for file in tmp_path.iterdir()] == ["set.zip"]


def test_a_connection_that_breaks_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    behaviour = Behaviour(CONTENT, cut_after=[200_000, 100_000])
    assert fetch(tmp_path, behaviour).read_bytes() == CONTENT
    assert behaviour.asked[0] == ("bytes=0-", None)
    starts = [int((wanted or "")[6:-1]) for wanted, _ in behaviour.asked]
    assert starts[0] == 0 < starts[1] < starts[2]
    assert behaviour.asked[1][1] == '"one"'


def test_an_interrupted_run_is_resumed_by_the_next(tmp_path: Path) -> None:
    behaviour = Behaviour(CONTENT, cut_after=[200_000, 0, 0, 0])
    with pytest.raises(
        DataError, match=r"the connection broke off; 3 attempts\). Run it again: what is there is taken"
    ):
        fetch(tmp_path, behaviour)
    left = (tmp_path / "set.zip.part").stat().st_size
    assert 0 < left <= 200_000
    again = Behaviour(CONTENT)
    assert fetch(tmp_path, again).read_bytes() == CONTENT
    assert again.asked == [(f"bytes={left}-", '"one"')]


def test_a_server_that_ignores_ranges_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "set.zip.part").write_bytes(b"x" * (len(CONTENT) + 5))
    behaviour = Behaviour(CONTENT, ranges=False, cut_after=[1000])
    assert fetch(tmp_path, behaviour).read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "set.zip.part").write_bytes(b"of the old file")
    (tmp_path / "set.zip.part.etag").write_text('"old"')
    assert fetch(tmp_path, Behaviour(CONTENT)).read_bytes() == CONTENT


def test_a_part_that_is_whole_is_only_checked(tmp_path: Path) -> None:
    (tmp_path / "set.zip.part").write_bytes(CONTENT)
    behaviour = Behaviour(CONTENT)
    assert fetch(tmp_path, behaviour).read_bytes() == CONTENT
    assert len(behaviour.asked) == 1


def test_a_part_that_is_too_long_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "set.zip.part").write_bytes(CONTENT + b"x")
    assert fetch(tmp_path, Behaviour(CONTENT)).read_bytes() == CONTENT


def test_a_file_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "set.zip").write_bytes(CONTENT)
    behaviour = Behaviour(CONTENT)
    assert fetch(tmp_path, behaviour) == tmp_path / "set.zip"
    assert behaviour.asked == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(tmp_path: Path, status: int) -> None:
    behaviour = Behaviour(CONTENT, statuses=[status, status], retry_after="0")
    assert fetch(tmp_path, behaviour).read_bytes() == CONTENT
    assert len(behaviour.asked) == 3


def test_a_server_may_say_how_long_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("cracklens.published.download.time.sleep", waits.append)
    with serving(Behaviour(CONTENT, statuses=[503, 503], retry_after="7")) as address:
        download(publication(CONTENT, address=address), tmp_path, page="", patience=Patience(longest_seconds=5))
    assert waits == [5, 5]


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_server_that_has_it_not_is_asked_once(tmp_path: Path, status: int) -> None:
    behaviour = Behaviour(CONTENT, statuses=[status] * 9)
    with pytest.raises(
        DataError, match=rf"answers {status}\). Or download it in a browser from .*page.* --archive FILE"
    ):
        fetch(tmp_path, behaviour)
    assert len(behaviour.asked) == 1


def test_a_web_page_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected an archive; the server gives a web page"):
        fetch(tmp_path, Behaviour(b"<html>", content_type="text/html; charset=utf-8"))
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with serving(Behaviour(CONTENT)) as address:
        pass
    with pytest.raises(DataError, match=r"no connection to the server; 3 attempts"):
        download(publication(CONTENT, address=address), tmp_path, page="", patience=PATIENCE)


def test_a_file_of_another_size_is_refused_before_it_comes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected 640,000 bytes as published; the server offers 640,001"):
        fetch(tmp_path, Behaviour(CONTENT + b"x"), published=CONTENT)


def test_a_wrong_checksum_is_refused_and_the_file_goes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"SHA-256 [0-9a-f]{64}, published is 00"):
        fetch(tmp_path, Behaviour(CONTENT), sha256="00")
    assert not {"set.zip", "set.zip.part"} & {path.name for path in tmp_path.iterdir()}


def test_a_wrong_md5_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"MD5 .*published is 11"):
        fetch(tmp_path, Behaviour(CONTENT), sha256=None, md5="11")


def test_without_a_published_checksum_the_first_one_seen_counts(tmp_path: Path) -> None:
    fetch(tmp_path, Behaviour(CONTENT), sha256=None)
    seen = json.loads((tmp_path / "set.zip.first-seen.json").read_text())
    assert seen["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert seen["size_bytes"] == len(CONTENT)
    (tmp_path / "set.zip").unlink()
    other = bytes(len(CONTENT))
    with pytest.raises(DataError, match="is not the one first seen here"):
        fetch(tmp_path, Behaviour(other), sha256=None)
    assert not (tmp_path / "set.zip").exists()


def test_a_damaged_note_of_the_first_one_seen_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "set.zip.first-seen.json").write_text("{")
    with pytest.raises(DataError, match=r"it is damaged. Remove it to begin anew"):
        fetch(tmp_path, Behaviour(CONTENT), sha256=None)


def test_a_full_disk_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class FullFile(io.FileIO):
        def write(self, content: Any, /) -> int:
            super().write(content[:1000])
            raise OSError(errno.ENOSPC, "No space left on device")

    opened = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, mode="r", **more: FullFile(path, mode) if mode in ("wb", "r+b") else opened(path, mode, **more),
    )
    with pytest.raises(
        OutputError, match=r"No space left on device.* Make room and run it again; what is there is kept"
    ):
        fetch(tmp_path, Behaviour(CONTENT))
    assert (tmp_path / "set.zip.part").stat().st_size == 1000


def test_a_missing_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(MissingExtraError, match=r"requests.*cracklens\[get\]"):
        download(Publication("usu", "http://127.0.0.1:9/", "a.zip", None, None, None, ""), tmp_path, page="")
