"""Takes first bytes of files, real and made; gives faults of what they are taken for. Decodes nothing."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import pytest
from PIL import Image
from tests.said import said

from cracklens.errors import PhotoError
from cracklens.photo import kind_of, read_photo, refusal
from cracklens.photo.kinds import HEIC, JPEG, KINDS, is_row, note_on_name

CASES = Path(__file__).parents[1] / "data" / "cases"
BYTE, SHORT, LONG = 1, 3, 4


def box(brand: bytes, *others: bytes) -> bytes:
    content = b"ftyp" + brand + bytes(4) + b"".join(others)
    return struct.pack(">I", len(content) + 4) + content + bytes(40)


def tiff(*tags: tuple[int, int, int], order: str = "<", at: int = 8) -> bytes:
    """Give a TIFF of one directory, which lies at a place, with tags (number, type, value) and no pixels."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", at)
    entries = [
        struct.pack(f"{order}HHI", tag, type_, 1)
        + (struct.pack(f"{order}I", value) if type_ == LONG else struct.pack(f"{order}HH", value, 0))
        for tag, type_, value in tags
    ]
    return head.ljust(at, b"\0") + struct.pack(f"{order}H", len(tags)) + b"".join(entries) + bytes(4)


MADE = {
    "HEIC": (box(b"heic", b"mif1"), "HEIC"),
    "HEIC of another maker": (box(b"mif1", b"miaf", b"heix"), "HEIC"),
    "a burst": (box(b"msf1", b"hevc"), "HEIC"),
    "AVIF": (box(b"avif"), "AVIF"),
    "AVIF behind a general brand": (box(b"mif1", b"miaf", b"avif"), "AVIF"),
    "Canon's raw": (box(b"crx ", b"isom"), "a raw photo"),
    "a phone's film": (box(b"isom", b"avc1"), "a film (MP4)"),
    "a film of a brand that nobody knows": (box(b"zzzz"), "a film (MP4)"),
    "QuickTime": (box(b"qt  "), "a film (QuickTime)"),
    "QuickTime of old": (b"\0\0\0\x08wide\0\0\0\0mdat", "a film (QuickTime)"),
    "sound": (box(b"M4A "), "sound"),
    "AVI": (b"RIFF\0\0\0\0AVI LIST", "a film (AVI)"),
    "WebP": (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
    "Matroska": (b"\x1a\x45\xdf\xa3" + bytes(30), "a film (Matroska)"),
    "AVCHD": ((b"\0\0\0\0G" + bytes(187)) * 3, "a film (MPEG-TS)"),
    "JPEG XL in a box": (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    "JPEG 2000 without a box": (b"\xff\x4f\xff\x51\0", "JPEG 2000"),
    "Fuji": (b"FUJIFILMCCD-RAW 0201", "a raw photo"),
    "Olympus": (b"IIRO\x08\0\0\0", "a raw photo"),
    "Canon": (b"II*\0\x10\0\0\0CR\x02\0", "a raw photo"),
    "DNG": (tiff((0xFE, LONG, 1), (0xC612, BYTE, 1)), "a raw photo"),
    "DNG whose directory lies far on": (tiff((0xC612, BYTE, 1), at=9_000), "a raw photo"),
    "a colour filter": (tiff((0x106, SHORT, 32_803), order=">"), "a raw photo"),
    "a thumbnail before the rest": (tiff((0xFE, LONG, 1), (0x14A, LONG, 99), order=">"), "a raw photo"),
    "a TIFF of pages": (tiff((0xFE, LONG, 0), (0x106, SHORT, 2), (0x14A, LONG, 99)), "TIFF"),
    "a TIFF that was cut": (tiff((0xC612, BYTE, 1))[:9], "TIFF"),
    "a TIFF whose directory is not there": (b"II*\0\xff\xff\xff\x7f", "TIFF"),
    "BigTIFF": (b"II+\0\x08\0\0\0", "TIFF"),
    "text": ("Brücke".encode() + b"\r\n", "text"),
    "text of Windows": ("file\tlabel".encode("utf-16"), "text"),
    "text that begins as a BMP": (b"BMW 318 of the site manager", "text"),
    "text that is cut within a letter": (b"x" * 4_095 + "ü".encode(), "text"),
    "a page to log in": (b"\n<!DOCTYPE html><title>Log in</title>", "a web page"),
    "a document": (b"%PDF-1.7", "a PDF"),
    "an office document": (b"PK\3\4\x14\0", "an archive"),
    "nothing": (b"", "an empty file"),
    "what a full card leaves": (bytes(9_000), "nothing but zeros"),
    "noise": (b"\x01\x02\x03\xfe", "nothing that is known"),
}


@pytest.mark.parametrize(("content", "name"), MADE.values(), ids=MADE)
def test_what_a_file_is(tmp_path: Path, content: bytes, name: str) -> None:
    assert kind_of(content).name == name
    (tmp_path / "IMG_1.JPG").write_bytes(content)
    assert kind_of(tmp_path / "IMG_1.JPG").name == name


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_what_pillow_writes_is_read(format_: str, mode: str) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (8, 8)).save(buffer, format_)
    found = kind_of(buffer.getvalue())
    assert (found.name.upper(), found.read) == (format_, True)


def test_the_kinds_of_the_cases() -> None:
    found = {path.name: kind_of(path).name for path in (CASES / "08_folder_kinds").iterdir()}
    jpegs = [
        "DSCF0003.MPO",
        "DSC_0013.JPG",
        "IMG_0002.pjpeg",
        "from_browser.jfif",
        "from_editor.jpe",
        "no_suffix",
        "wall_1.jpg",
    ]
    raws = ["DSC_0012.NRW", "DSC_0013.NEF", "GOPR0008.GPR", "IMGP0010.PEF", "P1000009.RWL", "SAM_0011.SRW"]
    assert found == {
        **dict.fromkeys(jpegs, "JPEG"),
        **{name: f"a raw photo ({name[-3:]})" for name in raws},
        **dict.fromkeys(("DSC00004.HIF", "IMG_0005.HEIC", "burst.heics"), "HEIC"),
        **dict.fromkeys(("DJI_0006.MP4", "IMG_0007.MOV", "flight.insv"), "a film (MP4)"),
        "ortho.jp2": "JPEG 2000",
        "shot.jxl": "JPEG XL",
    }


def test_every_kind_of_a_report_has_suffixes_of_its_own() -> None:
    suffixes = [suffix for kind in KINDS for suffix in kind.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(is_row(f"IMG_1{suffix.upper()}") for suffix in suffixes)
    assert not any(map(is_row, ("notes.txt", "jpg", "no_suffix", "a.jpg.xmp")))


def test_the_reason_names_what_the_content_is(tmp_path: Path) -> None:
    for content, word in ((box(b"isom"), "a film"), (b"Dear sir", "text"), (tiff((0xC612, BYTE, 1)), "a raw photo")):
        path = tmp_path / "IMG_1.JPG"
        path.write_bytes(content)
        with pytest.raises(PhotoError, match=rf"expected a photo \(JPEG, .*\); this is {word}"):
            read_photo(path)


def test_a_kind_that_is_read_and_cannot_be_opened_is_named_too() -> None:
    assert "damaged: it begins as HEIC, and its header is broken" in refusal(HEIC)
    with pytest.raises(PhotoError, match="damaged: it begins as JPEG, and its header is broken"):
        read_photo(b"\xff\xd8\xff\xe0")


@pytest.mark.parametrize(
    ("name", "note"),
    [("IMG_2.HEIC", ("named .HEIC, but is JPEG",)), ("a.jfif", ()), ("no_suffix", ()), ("a.bak", ()), ("a.MPO", ())],
)
def test_a_name_that_lies_is_noted(tmp_path: Path, name: str, note: tuple[str, ...]) -> None:
    assert said(note_on_name(name, JPEG)) == note
    Image.new("RGB", (8, 8)).save(tmp_path / name, "JPEG")
    assert said(read_photo(tmp_path / name).notes) == note


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    assert kind_of(tmp_path / "a.jpg").name == "a pipe, socket or device"
