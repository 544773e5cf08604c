"""Takes archives made to do harm; gives faults where one gets through. Downloads nothing."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tests.published.made import FOLDERS, set_zip, zip_bytes

from cracklens.errors import DataError
from cracklens.published.sources import ClassFolder
from cracklens.published.unpack import Limits, lay_out_folder, unpack_zip


def archive_of(folder: Path, content: bytes) -> Path:
    path = folder / "set.zip"
    path.write_bytes(content)
    return path


def out_of(tmp_path: Path) -> Path:
    into = tmp_path / "a" / "b" / "into"
    into.mkdir(parents=True)
    return into


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_pictures_go_where_their_class_goes_and_nothing_else_does(tmp_path: Path) -> None:
    into = out_of(tmp_path)
    seen: list[tuple[int, int]] = []
    unpack_zip(archive_of(tmp_path, set_zip()), into, FOLDERS, on_progress=lambda *at: seen.append(at))
    assert files(into) == ["Decks/Cracked/1-1.jpg", "Decks/Cracked/1-2.jpg", "Decks/Non-cracked/1-3.jpg"]
    assert (into / "Decks/Cracked/1-2.jpg").read_bytes() == b"two"
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    "name",
    ["../D/CD/x.jpg", "D/CD/../../../x.jpg", "/D/CD/x.jpg", "..\\D\\CD\\x.jpg", "C:/D/CD/x.jpg"],
)
def test_a_name_that_leads_outside_stops_the_whole_archive(tmp_path: Path, name: str) -> None:
    into = out_of(tmp_path)
    archive = archive_of(tmp_path, zip_bytes({"D/CD/good.jpg": b"1", name: b"2"}))
    with pytest.raises(DataError, match=r"leads out of the folder\. Nothing was unpacked"):
        unpack_zip(archive, into, FOLDERS)
    assert files(tmp_path) == ["set.zip"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFBLK])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    member = zipfile.ZipInfo("D/CD/link.jpg")
    member.create_system = 3
    member.external_attr = (kind | 0o777) << 16
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "../../../etc/passwd")
    with pytest.raises(DataError, match="is a link or a device"):
        unpack_zip(path, out_of(tmp_path), FOLDERS)


def test_a_bomb_is_refused_by_what_it_states(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, zip_bytes({"D/CD/1.jpg": bytes(5_000_000)}))
    assert archive.stat().st_size < 10_000
    with pytest.raises(DataError, match=r"at most .* 1,000,000 bytes; got 1 and 5,000,000. Nothing was unpacked"):
        unpack_zip(archive, out_of(tmp_path), FOLDERS, limits=Limits(total_bytes=1_000_000))


def test_a_bomb_in_an_archive_is_counted_with_it(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).bytes(300_000)
    inner = zip_bytes({"D/CD/1.jpg": bytes(600_000), "noise.txt": noise})
    archive = archive_of(tmp_path, zip_bytes({"inner.zip": inner}))
    with pytest.raises(DataError, match="got 2 and 900,000"):
        unpack_zip(archive, out_of(tmp_path), FOLDERS, limits=Limits(total_bytes=1_000_000))


def test_a_size_that_lies_is_found_out(tmp_path: Path) -> None:
    content = zip_bytes({"D/CD/1.jpg": bytes(5_000_000)})
    true, false = (5_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little")
    with pytest.raises(DataError, match="expected a whole zip"):
        unpack_zip(archive_of(tmp_path, content.replace(true, false)), out_of(tmp_path), FOLDERS)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, zip_bytes({f"D/CD/{i}.jpg": b"" for i in range(20)}))
    with pytest.raises(DataError, match="at most 10 members"):
        unpack_zip(archive, out_of(tmp_path), FOLDERS, limits=Limits(members=10))


def test_an_archive_with_a_password_is_refused(tmp_path: Path) -> None:
    content = bytearray(zip_bytes({"D/CD/1.jpg": b"x"}))
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1
    content[6] |= 1
    with pytest.raises(DataError, match="is encrypted"):
        unpack_zip(archive_of(tmp_path, bytes(content)), out_of(tmp_path), FOLDERS)


@pytest.mark.parametrize("cut", [10, 30_000])
def test_half_an_archive_is_a_sentence(tmp_path: Path, cut: int) -> None:
    with pytest.raises(DataError, match="expected a whole zip"):
        unpack_zip(archive_of(tmp_path, set_zip()[:cut]), out_of(tmp_path), FOLDERS)


def test_a_damaged_picture_is_a_sentence(tmp_path: Path) -> None:
    content = bytearray(zip_bytes({"D/CD/1.jpg": b"some content"}, compression=zipfile.ZIP_STORED))
    content[content.index(b"some content")] ^= 1
    with pytest.raises(DataError, match="Bad CRC-32"):
        unpack_zip(archive_of(tmp_path, bytes(content)), out_of(tmp_path), FOLDERS)


def test_one_name_twice_is_refused(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, zip_bytes({"x/D/CD/1.jpg": b"1", "y/D/CD/1.jpg": b"2"}))
    with pytest.raises(DataError, match=r"1\.jpg: the archive names it twice"):
        unpack_zip(archive, out_of(tmp_path), FOLDERS)


def test_leavings_of_other_systems_are_no_pictures(tmp_path: Path) -> None:
    members = {"D/CD/1.jpg": b"1", "__MACOSX/D/CD/._1.jpg": b"2", "D/CD/.hidden.jpg": b"3"}
    into = out_of(tmp_path)
    unpack_zip(archive_of(tmp_path, zip_bytes(members)), into, FOLDERS)
    assert files(into) == ["Decks/Cracked/1.jpg"]


def test_a_folder_is_copied_without_its_links(tmp_path: Path) -> None:
    for name in ("Positive/1.jpg", "Negative/2.jpg", "notes/3.jpg"):
        (tmp_path / "from" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "from" / name).write_bytes(name.encode())
    (tmp_path / "from" / "Positive" / "link.jpg").symlink_to("/etc/passwd")
    into = out_of(tmp_path)
    folders = (ClassFolder("Positive", "Positive", 1), ClassFolder("Negative", "Negative", 1))
    lay_out_folder(tmp_path / "from", into, folders)
    assert files(into) == ["Negative/2.jpg", "Positive/1.jpg"]
