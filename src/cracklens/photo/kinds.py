"""Takes a file's first bytes and name; gives what it is and whether it is read. Decodes nothing, trusts no suffix.

Of the kept libraries for this, neither filetype 1.2 nor puremagic 1.30 tells a raw photo from a TIFF or knows a bare
JPEG XL, and puremagic takes HEIC for a film; they were tried on `tests/data/cases/08_folder_kinds`.
"""

from __future__ import annotations

import codecs
import io
import stat
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

from cracklens.values import Note, Source

Group = Literal["photo", "raw", "film", "other"]
HEAD_BYTES = 4_096
"""All that is read of a file to tell what it is, and as much again of a TIFF whose first directory lies further on."""


@dataclass(frozen=True)
class Kind:
    """What a file is.

    Attributes:
        name: as in "this is …".
        group: a photo, a camera's raw data, a film, or anything else.
        read: whether this version reads it.
        suffixes: that its files have, lower case.
    """

    name: str
    group: Group
    read: bool = False
    suffixes: tuple[str, ...] = ()


# fmt: off
JPEG = Kind("JPEG", "photo", True, (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi", ".pjpeg", ".pjp", ".mpo", ".jps", ".insp",
))
PNG = Kind("PNG", "photo", True, (".png", ".apng"))
TIFF = Kind("TIFF", "photo", True, (".tif", ".tiff", ".gtiff"))
WEBP = Kind("WebP", "photo", True, (".webp",))
BMP = Kind("BMP", "photo", True, (".bmp", ".dib"))
GIF = Kind("GIF", "photo", True, (".gif",))
HEIC = Kind("HEIC", "photo", True, (".heic", ".heif", ".hif", ".heics", ".heifs"))
AVIF = Kind("AVIF", "photo", True, (".avif", ".avifs"))
JXL = Kind("JPEG XL", "photo", False, (".jxl",))
JPEG2000 = Kind("JPEG 2000", "photo", True, (".jp2", ".j2k", ".jpf", ".jpx", ".jpm", ".j2c", ".jpc"))
JPEGXR = Kind("JPEG XR", "photo", False, (".jxr", ".hdp", ".wdp"))
PSD = Kind("a Photoshop file", "photo", False, (".psd", ".psb"))
EXR = Kind("OpenEXR", "photo", False, (".exr",))
RAW = Kind("a raw photo", "raw", False, (
    ".dng", ".gpr", ".nef", ".nrw", ".cr2", ".cr3", ".crw", ".arw", ".srf", ".sr2", ".raf", ".orf", ".rw2", ".rwl",
    ".raw", ".pef", ".ptx", ".srw", ".3fr", ".fff", ".iiq", ".erf", ".kdc", ".dcr", ".mef", ".mos", ".mrw", ".x3f",
))
FILM = Kind("a film", "film", False, (
    ".mp4", ".m4v", ".mov", ".qt", ".insv", ".360", ".lrv", ".lrf", ".avi", ".mkv", ".webm", ".mts", ".m2ts", ".mpg",
    ".mpeg", ".wmv", ".flv", ".3gp", ".3g2",
))
# fmt: on
KINDS = (JPEG, PNG, TIFF, WEBP, BMP, GIF, HEIC, AVIF, JXL, JPEG2000, JPEGXR, PSD, EXR, RAW, FILM)
"""Every kind that is a row of a report. `read` says which are read; the rest is named with the reason."""

PIPE = Kind("a pipe, socket or device", "other")
EMPTY, ZEROS = Kind("an empty file", "other"), Kind("nothing but zeros", "other")
TEXT, WEB_PAGE, PDF = Kind("text", "other"), Kind("a web page", "other"), Kind("a PDF", "other")
ARCHIVE, SOUND, UNKNOWN = Kind("an archive", "other"), Kind("sound", "other"), Kind("nothing that is known", "other")

_BOX = b"\0\0\0\x0c"
MARKS: tuple[tuple[Kind, tuple[tuple[int, bytes], ...]], ...] = (
    (JPEG, ((0, b"\xff\xd8\xff"),)),
    (PNG, ((0, b"\x89PNG\r\n\x1a\n"),)),
    (WEBP, ((0, b"RIFF"), (8, b"WEBP"))),
    (BMP, ((0, b"BM"), (15, b"\0\0\0"))),
    (GIF, ((0, b"GIF8"),)),
    (JXL, ((0, b"\xff\x0a"),)),
    (JXL, ((0, _BOX + b"JXL \r\n\x87\n"),)),
    (JPEG2000, ((0, _BOX + b"jP  \r\n\x87\n"),)),
    (JPEG2000, ((0, b"\xff\x4f\xff\x51"),)),
    (JPEGXR, ((0, b"II\xbc"),)),
    (PSD, ((0, b"8BPS\0"),)),
    (EXR, ((0, b"v/1\x01"),)),
    (RAW, ((0, b"FUJIFILMCCD-RAW"),)),
    (RAW, ((0, b"IIRO"),)),
    (RAW, ((0, b"IIRS"),)),
    (RAW, ((0, b"MMOR"),)),
    (RAW, ((0, b"IIU\0"),)),
    (RAW, ((0, b"II*\0\x10\0\0\0CR"),)),
    (RAW, ((0, b"II\x1a\0\0\0HEAPCCDR"),)),
    (RAW, ((0, b"FOVb"),)),
    (RAW, ((0, b"\0MRM"),)),
    (replace(FILM, name="a film (AVI)"), ((0, b"RIFF"), (8, b"AVI "))),
    (replace(FILM, name="a film (Matroska)"), ((0, b"\x1a\x45\xdf\xa3"),)),
    (replace(FILM, name="a film (WMV)"), ((0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),)),
    (replace(FILM, name="a film (Flash)"), ((0, b"FLV\x01"),)),
    (replace(FILM, name="a film (MPEG)"), ((0, b"\0\0\x01\xba"),)),
    (replace(FILM, name="a film (MPEG)"), ((0, b"\0\0\x01\xb3"),)),
    (replace(FILM, name="a film (MPEG-TS)"), ((0, b"G"), (188, b"G"), (376, b"G"))),
    (replace(FILM, name="a film (MPEG-TS)"), ((4, b"G"), (196, b"G"), (388, b"G"))),
    (replace(FILM, name="a film (QuickTime)"), ((4, b"moov"),)),
    (replace(FILM, name="a film (QuickTime)"), ((4, b"mdat"),)),
    (replace(FILM, name="a film (QuickTime)"), ((4, b"wide"),)),
    (SOUND, ((0, b"RIFF"), (8, b"WAVE"))),
    (SOUND, ((0, b"ID3"),)),
    (PDF, ((0, b"%PDF"),)),
    (ARCHIVE, ((0, b"PK\x03\x04"),)),
    (ARCHIVE, ((0, b"7z\xbc\xaf\x27\x1c"),)),
    (ARCHIVE, ((0, b"Rar!"),)),
    (ARCHIVE, ((0, b"\x1f\x8b"),)),
)
"""What stands where in the first bytes. Sources: the formats' specifications; for raw files LibRaw's and dcraw's."""

TIFF_MARKS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "", b"MM\0+": "", b"II\0*": "", b"MM*\0": ""}
"""With the order of bytes of those whose first directory is looked at; the others hold no raw photo."""

SUBFILE, PHOTOMETRIC, SUB_DIRECTORIES, DNG_VERSION = 0x00FE, 0x0106, 0x014A, 0xC612
MOSAICS = (32_803, 34_892)
"""Colour filter array and linear raw. Source: DNG 1.7, PhotometricInterpretation."""

IMAGES = (
    "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "mif2", "msf1", "miaf", "avci", "avcs",
    "MiHB", "MiHE",
)  # fmt: skip
BRANDS = {
    **dict.fromkeys(("avif", "avis"), AVIF),
    **dict.fromkeys(IMAGES, HEIC),
    **dict.fromkeys(("crx ",), RAW),
    **dict.fromkeys(("M4A ", "M4B "), SOUND),
    "qt  ": replace(FILM, name="a film (QuickTime)"),
}
"""By the brand in a file's first box; any other brand is a film's. Source: ISO/IEC 14496-12, 23008-12, AV1 in HEIF."""


def kind_of(source: Source) -> Kind:
    """Give what a file is, from its first bytes; its suffix only tells one raw photo from another, and from a TIFF.

    Args:
        source: path of a file, or its bytes.

    Raises:
        OSError: it cannot be opened.

    Example:
        >>> kind_of(b"GIF89a...").name, kind_of(b"Dear sir,").name
        ('GIF', 'text')
    """
    if isinstance(source, bytes):
        return _kind(io.BytesIO(source), "")
    if not (stat.S_ISREG(Path(source).stat().st_mode) or Path(source).is_dir()):
        return PIPE  # opening it would wait for somebody who writes
    with Path(source).open("rb") as file:
        return _kind(file, Path(source).suffix.lower())


def is_row(name: str) -> bool:
    """Tell whether a file is a row of a report by its name alone: a photo, a raw photo or a film."""
    return Path(name).suffix.lower() in _ROW_SUFFIXES


def refusal(kind: Kind) -> str:
    """Give why a file of this kind is not read, and what to do."""
    if kind == EMPTY:
        return "the file is empty (0 bytes). Copy it again from the camera."
    if kind.read:
        return f"damaged: it begins as {kind.name}, and its header is broken. Copy it again from the camera."
    advice = "Save pictures of it as JPEG." if kind.group == "film" else "Export it as JPEG."
    if kind.group == "other":
        advice = "Copy it again from the camera."
    return f"expected a photo (JPEG, HEIC, TIFF …); this is {kind.name}. {advice}"


def note_on_name(name: str, kind: Kind) -> tuple[Note, ...]:
    """Give a note where a name says something else than the content is.

    Example:
        >>> [note.amounts for note in note_on_name("IMG_2.HEIC", JPEG)]
        [{'suffix': '.HEIC', 'content': 'JPEG'}]
    """
    suffix = Path(name).suffix
    lies = kind in KINDS and suffix.lower() in _ROW_SUFFIXES - set(kind.suffixes)
    return (Note("named", {"suffix": suffix, "content": kind.name}),) if lies else ()


_ROW_SUFFIXES = frozenset(suffix for kind in KINDS for suffix in kind.suffixes)
SUFFIXES = tuple(suffix for kind in KINDS if kind.read for suffix in kind.suffixes)
"""Of the kinds that are read."""


def _kind(file: BinaryIO, suffix: str) -> Kind:
    head = file.read(HEAD_BYTES)
    found = next((kind for kind, marks in MARKS if all(head.startswith(mark, at) for at, mark in marks)), None)
    if found is None and head[4:8] == b"ftyp":
        found = _by_brand(head)
    if found is None and head[:4] in TIFF_MARKS:
        found = RAW if suffix in RAW.suffixes or _is_raw(file, head) else TIFF
    if found is None:
        return _no_photo(head)
    return (
        replace(RAW, name=f"a raw photo ({suffix[1:].upper()})") if found == RAW and suffix in RAW.suffixes else found
    )


def _by_brand(head: bytes) -> Kind:
    """Give what the first box says: its brand, or where that is a general one those that it is compatible with."""
    brand, size = head[8:12].decode("latin-1"), int.from_bytes(head[:4], "big")
    others = [head[at : at + 4].decode("latin-1") for at in range(16, min(size, len(head)), 4)]
    if BRANDS.get(brand) == HEIC and {"avif", "avis"} & set(others):
        return AVIF
    return BRANDS.get(brand, replace(FILM, name="a film (MP4)"))


def _is_raw(file: BinaryIO, head: bytes) -> bool:
    """Tell whether a TIFF is a camera's raw data: by DNG's tag, a colour filter, or a thumbnail in the first place."""
    tags = _first_directory(file, head)
    small_first = tags.get(SUBFILE, 0) & 1 and SUB_DIRECTORIES in tags
    return DNG_VERSION in tags or tags.get(PHOTOMETRIC) in MOSAICS or bool(small_first)


def _first_directory(file: BinaryIO, head: bytes) -> dict[int, int]:
    """Give the tags of a TIFF's first directory with their first short value, or the low half of a long one."""
    order = TIFF_MARKS[head[:4]]
    if not order or len(head) < 8:
        return {}
    (at,) = struct.unpack_from(f"{order}I", head, 4)
    file.seek(at)
    raw = file.read(HEAD_BYTES)
    count = min(struct.unpack_from(f"{order}H", raw)[0], (len(raw) - 2) // 12) if len(raw) > 2 else 0
    entries = [struct.unpack_from(f"{order}HHIHH", raw, 2 + 12 * i) for i in range(count)]
    short = 3
    return {tag: low if order == "<" or type_ == short else high for tag, type_, _, low, high in entries}


def _no_photo(head: bytes) -> Kind:
    if not head.strip(b"\0"):
        return ZEROS if head else EMPTY
    if head.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        return WEB_PAGE
    try:
        text = codecs.getincrementaldecoder("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")().decode(
            head
        )
    except UnicodeDecodeError:
        return UNKNOWN
    return TEXT if all(letter.isprintable() or letter.isspace() or letter == "\ufeff" for letter in text) else UNKNOWN
