"""Takes a small published set on a local server; gives faults of the folder it becomes. Reaches this machine only."""

from __future__ import annotations

import errno
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from tests.published.made import publication, published, set_zip
from tests.published.server import Behaviour, serving

import cracklens.published.unpack
from cracklens.errors import DataError, MissingExtraError, OutputError, SettingError
from cracklens.published.get import GetSettings, get_data
from cracklens.published.sources import METU, PUBLISHED, SDNET2018, publication_of, published_set

WHOLE = ["Decks/Cracked/1-1.jpg", "Decks/Cracked/1-2.jpg", "Decks/Non-cracked/1-3.jpg"]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".tiny.lock"}


def test_a_set_is_downloaded_checked_and_laid_out(tmp_path: Path) -> None:
    stages: list[str] = []
    with serving(Behaviour(set_zip())) as address:
        of = published(publication(set_zip(), address=address))
        folder = get_data(of, out=tmp_path, on_progress=lambda stage, *_: stages.append(stage))
    assert folder == tmp_path / "tiny"
    assert files(folder) == WHOLE
    assert list(dict.fromkeys(stages)) == ["downloading", "unpacking"]
    assert names(tmp_path) == {"tiny", "downloads"}
    assert files(tmp_path / "downloads") == []


def test_a_whole_set_is_given_as_it_is(tmp_path: Path) -> None:
    of = published(publication(set_zip(), address="http://127.0.0.1:9/never"))
    archive = tmp_path / "mine.zip"
    archive.write_bytes(set_zip())
    first = get_data(of, out=tmp_path, settings=GetSettings(archive=archive))
    assert get_data(of, out=tmp_path) == first
    assert archive.exists()


def test_a_download_can_be_kept(tmp_path: Path) -> None:
    with serving(Behaviour(set_zip())) as address:
        of = published(publication(set_zip(), address=address, sha256=None))
        get_data(of, out=tmp_path, settings=GetSettings(keep_archive=True))
    assert files(tmp_path / "downloads") == ["set.zip", "set.zip.first-seen.json"]


def test_half_a_set_that_is_there_is_left_alone_and_said(tmp_path: Path) -> None:
    (tmp_path / "tiny" / "Decks" / "Cracked").mkdir(parents=True)
    (tmp_path / "tiny" / "Decks" / "Cracked" / "1.jpg").touch()
    with pytest.raises(DataError, match=r"got 1 of 2 in Decks/Cracked, 0 of 1 in Decks/Non-cracked. Move this folder"):
        get_data(published(publication(b"")), out=tmp_path)


def test_a_full_disk_while_unpacking_leaves_no_half_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "mine.zip"
    archive.write_bytes(set_zip())
    written: list[str] = []

    def full(source: Any, file: Any, left_bytes: int, name: str) -> int:
        written.append(name)
        if len(written) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return copy(source, file, left_bytes, name)

    copy = cracklens.published.unpack.copy_stream
    monkeypatch.setattr(cracklens.published.unpack, "copy_stream", full)
    with pytest.raises(
        OutputError, match=r"No space left on device\). Make room and run it again; nothing half is left"
    ):
        get_data(published(publication(b"")), out=tmp_path, settings=GetSettings(archive=archive))
    assert names(tmp_path) == {"mine.zip"}


def test_an_archive_that_lacks_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some" / "D" / "CD").mkdir(parents=True)
    (tmp_path / "some" / "D" / "CD" / "1.jpg").touch()
    settings = GetSettings(archive=tmp_path / "some")
    with pytest.raises(DataError, match="some: expected the whole of Tiny; got 1 of 2 in Decks/Cracked, 0 of 1"):
        get_data(published(publication(b"")), out=tmp_path, settings=settings)
    assert names(tmp_path) == {"some"}


@pytest.mark.parametrize("name", ["absent.zip", "set.rar"])
def test_what_is_no_archive_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "set.rar").touch()
    with pytest.raises(DataError, match=r"expected a \.zip or a folder; it is neither"):
        get_data(published(publication(b"")), out=tmp_path, settings=GetSettings(archive=tmp_path / name))


KILLED = """
import sys
from pathlib import Path
import cracklens.published.unpack as unpack
from cracklens.published.get import GetSettings, get_data
from tests.published.made import publication, published
def slow(source, file, left_bytes, name):
    file.write(source.read(10)); file.flush()
    print("writing", flush=True)
    sys.stdin.read()  # until the test ends it
unpack.copy_stream = slow
get_data(published(publication(b"")), out=sys.argv[1], settings=GetSettings(archive=Path(sys.argv[2])))
"""


def test_killed_while_unpacking_leaves_no_half_folder_and_the_next_run_mends_it(tmp_path: Path) -> None:
    archive, out = tmp_path / "mine.zip", tmp_path / "out"
    archive.write_bytes(set_zip())
    words, pipe = [sys.executable, "-c", KILLED, str(out), str(archive)], subprocess.PIPE
    run = subprocess.Popen(words, stdin=pipe, stdout=pipe, cwd=Path(__file__).parents[2])
    with run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"writing\n"
        run.kill()
    assert not (out / "tiny").exists()
    get_data(published(publication(b"")), out=out, settings=GetSettings(archive=archive))
    assert files(out / "tiny") == WHOLE
    assert names(out) == {"tiny"}


def test_two_runs_at_once_make_one_folder(tmp_path: Path) -> None:
    archive = tmp_path / "mine.zip"
    archive.write_bytes(set_zip())
    code = (
        "import sys; from pathlib import Path; from cracklens.published.get import *; "
        "from tests.published.made import *; "
        "get_data(published(publication(b'')), out=sys.argv[1], settings=GetSettings(archive=Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "out"), str(archive)]
    runs = [subprocess.Popen(command, cwd=Path(__file__).parents[2]) for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    assert files(tmp_path / "out" / "tiny") == WHOLE


def test_a_rar_is_downloaded_and_says_what_to_do(tmp_path: Path) -> None:
    content = b"Rar!\x1a\x07\x01\x00"
    with serving(Behaviour(content)) as address:
        of = publication(content, address=address)
        rar = type(of)("mendeley", of.address, "set.rar", of.size_bytes, of.sha256, None, "")
        with pytest.raises(
            DataError, match=r"its checksum is right, but RAR is not unpacked here. Unpack it .* --archive"
        ):
            get_data(published(rar), out=tmp_path)
    assert files(tmp_path / "downloads") == ["set.rar"]


# Kaggle's own library


def kaggle(monkeypatch: pytest.MonkeyPatch, folder: Path | Exception) -> list[str]:
    asked: list[str] = []

    def dataset_download(handle: str) -> str:
        asked.append(handle)
        if isinstance(folder, Exception):
            raise folder
        return str(folder)

    module = types.ModuleType("kagglehub")
    module.dataset_download = dataset_download  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kagglehub", module)
    return asked


def from_kaggle() -> Any:
    of = publication(b"", sha256=None)
    return published(type(of)("kaggle", "somebody/tiny/versions/1", "tiny.zip", None, None, None, "none published"))


def kaggle_folder(folder: Path) -> Path:
    for name in ("D/CD/1-1.jpg", "D/CD/1-2.jpg", "D/UD/1-3.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def test_kaggle_is_asked_through_its_own_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = kaggle(monkeypatch, kaggle_folder(tmp_path / "cache"))
    folder = get_data(from_kaggle(), out=tmp_path / "out")
    assert files(folder) == WHOLE
    assert asked == ["somebody/tiny/versions/1"]
    assert files(tmp_path / "out" / "downloads") == ["tiny.zip.first-seen.json"]
    assert files(tmp_path / "cache") == ["D/CD/1-1.jpg", "D/CD/1-2.jpg", "D/UD/1-3.jpg"]


def test_what_kaggle_gives_must_stay_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kaggle(monkeypatch, kaggle_folder(tmp_path / "cache"))
    folder = get_data(from_kaggle(), out=tmp_path / "out")
    folder.rename(tmp_path / "elsewhere")
    (tmp_path / "cache" / "D" / "CD" / "1-1.jpg").write_bytes(b"other")
    with pytest.raises(DataError, match="is not the one first seen here"):
        get_data(from_kaggle(), out=tmp_path / "out")


def test_a_refusal_of_kaggle_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kaggle(monkeypatch, RuntimeError("403 Client Error"))
    with pytest.raises(DataError, match=r"Kaggle does not give it \(403 Client Error\). Run it again, or download"):
        get_data(from_kaggle(), out=tmp_path)


def test_without_kaggles_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(MissingExtraError, match=r"kagglehub.*cracklens\[get\]"):
        get_data("metu", out=tmp_path)


# The table


def test_the_table_holds_the_sets_as_docs_say() -> None:
    assert set(PUBLISHED) == {"metu", "sdnet2018"}
    assert METU.pictures == 40_000
    assert SDNET2018.pictures == 56_092
    cracked = sum(of.pictures for of in SDNET2018.folders if of.folder.endswith("/Cracked"))
    assert cracked == 8_484


@pytest.mark.parametrize("of", PUBLISHED.values(), ids=lambda of: of.name)
def test_every_address_is_secure_and_every_checksum_whole(of: Any) -> None:
    for at in of.publications:
        assert at.host == "kaggle" or at.address.startswith("https://")
        assert at.sha256 is None or len(at.sha256) == 64
        assert at.md5 is None or len(at.md5) == 32
        assert at.checksums


def test_unknown_sets_and_hosts_get_the_nearest_name() -> None:
    with pytest.raises(SettingError, match="Did you mean 'sdnet2018'"):
        published_set("sdnet")
    with pytest.raises(SettingError, match="metu is published at kaggle, mendeley; got 'usu'"):
        publication_of(METU, "usu")
    assert publication_of(METU, "mendeley").size_bytes == 241_363_336


def test_out_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "set").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        get_data(published(publication(b"")), out=tmp_path / "file", settings=GetSettings(archive=tmp_path / "set"))
