"""Takes an opened image; gives what its EXIF and XMP hold, tag by tag, as far as they can be read. Knows no meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from PIL import ExifTags, Image, TiffImagePlugin

from cracklens.photo.pixels.heard import heard
from cracklens.values import Note

EXIF_BROKEN = Note("exif_broken")
XMP_BROKEN = Note("xmp_broken")
MOST_XMP = 4_000_000
"""Bytes of XMP that are looked at; what cameras and drones write are some kB."""

UTF16 = (b"\xff\xfe", b"\xfe\xff")
Directory = Mapping[int, Any]


@dataclass(frozen=True)
class Tags:
    """What a file says of its photo.

    Attributes:
        picture, camera, gps: EXIF by number: of the picture (IFD0), of the camera (Exif IFD), of the place (GPS IFD).
        xmp: of XMP by name without prefix, as text.
        notes: what is damaged.
    """

    picture: Directory = field(default_factory=dict)
    camera: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)
    xmp: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def read_tags(image: Image.Image) -> Tags:
    """Give the tags of an opened image; damaged ones are left out with a note, for pixels may be good without them.

    A TIFF must be read before its pixels are decoded, which closes it.
    """
    faults: list[object] = []
    with heard() as warned:
        if image.format == "PNG":
            _load(image, faults)
        xmp, xmp_notes = _xmp(image.info.get("xmp") or image.info.get("XML:com.adobe.xmp"))
        exif = _exif(image, faults)
        picture = _readable(exif, exif, faults)
        camera = _directory(exif, picture, ExifTags.IFD.Exif, faults)
        gps = _directory(exif, picture, ExifTags.IFD.GPSInfo, faults)
    return Tags(picture, camera, gps, xmp, ((EXIF_BROKEN,) if faults or warned else ()) + xmp_notes)


def _load(image: Image.Image, faults: list[object]) -> None:
    """Read a PNG to its end: tags may follow the pixels."""
    try:
        image.load()
    except Exception as error:  # noqa: BLE001 whoever decodes the pixels says what is wrong with them
        faults.append(error)


def _exif(image: Image.Image, faults: list[object]) -> Image.Exif:
    """Give a file's EXIF as it stands; `getexif` adds an orientation by XMP, which no browser follows."""
    exif = Image.Exif()
    try:
        if isinstance(image, TiffImagePlugin.TiffImageFile):
            exif = image.getexif()
            if ExifTags.Base.Orientation in exif and ExifTags.Base.Orientation not in image.tag_v2:
                del exif[ExifTags.Base.Orientation]  # by XMP; Pillow would turn the pixels by it
            return exif
        data, text = image.info.get("exif"), image.info.get("Raw profile type exif")
        if data is None and text:
            data = bytes.fromhex("".join(str(text).split("\n")[3:]))
        exif.load(data or b"")
    except Exception as error:  # noqa: BLE001 whatever Pillow raises on damaged EXIF, the pixels may be good
        faults.append(error)
        return Image.Exif()
    return exif


def _directory(exif: Image.Exif, picture: Directory, which: int, faults: list[object]) -> dict[int, Any]:
    """Give a directory that IFD0 points to; {} where it points nowhere."""
    if which not in picture:
        return {}
    try:
        found = TiffImagePlugin.ImageFileDirectory_v2(exif.head, group=which)
        exif.fp.seek(picture[which])
        found.load(exif.fp)
    except Exception as error:  # noqa: BLE001 as above
        faults.append(error)
        return {}
    return _readable(found, found, faults)


def _readable(numbers: Iterable[int], of: Any, faults: list[object]) -> dict[int, Any]:
    """Give the tags that can be decoded."""
    found = {}
    for tag in list(numbers):
        try:
            value = of[tag]
        except Exception as error:  # noqa: BLE001 as above
            faults.append(error)
        else:
            found[tag] = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    return found


def _xmp(packet: bytes | str | None) -> tuple[dict[str, str], tuple[Note, ...]]:
    """Give the attributes and texts of an XMP packet by their names, the first of each; no entity is expanded."""
    if not packet or len(packet) > MOST_XMP:
        return {}, ((XMP_BROKEN,) if packet else ())
    data = packet.encode() if isinstance(packet, str) else packet
    try:
        root = fromstring(data if data[:2] in UTF16 else data.strip(b"\0 \r\n\t"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return {}, (XMP_BROKEN,)
    found: dict[str, str] = {}
    for element in root.iter():
        for name, text in [*element.attrib.items(), (element.tag, element.text or "")]:
            if text.strip():
                found.setdefault(str(name).rpartition("}")[2], text.strip())
    return found, ()


def text_of(value: object) -> str:
    """Give a tag as text up to its first NUL, without blanks around it: EXIF writes texts as bytes and padded."""
    if isinstance(value, int) and 0 < value < 128 and not isinstance(value, bool):
        value = bytes([value])
    if isinstance(value, str):  # Pillow reads bytes as Latin-1, programs write UTF-8
        value = value.encode("latin-1", "ignore") if value.isascii() or _is_utf_8(value) else value
    text = value.decode(errors="replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""
    return text.strip("\0 \t\r\n").split("\0")[0].strip()


def _is_utf_8(text: str) -> bool:
    try:
        text.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True
