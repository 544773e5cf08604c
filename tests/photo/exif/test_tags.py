"""Takes files whose EXIF or XMP is damaged or hostile; gives faults where good pixels are refused or turned wrongly."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo
from tests.photo.tagged import CASES, jpeg, photo, xmp

from cracklens.photo import read_photo
from cracklens.photo.exif.facts import orientation_of
from cracklens.photo.exif.tags import EXIF_BROKEN, XMP_BROKEN, Tags

SYDNEY = {1: "S", 2: (33.0, 51.0, 35.12), 3: "E", 4: (151.0, 12.0, 40.3)}


def as_stored(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("name", ["11_exif_stub/stub.webp", "11b_exif_zeros/zeros.jpg", "11b_exif_zeros/zeros.png"])
def test_cases_of_broken_exif_have_good_pixels(name):
    found = read_photo(CASES / name)
    assert found.notes == (EXIF_BROKEN,)
    assert found.pixels.std() > 5


@pytest.mark.parametrize("path", sorted((CASES / "14_orientation").iterdir()), ids=lambda path: path.name)
def test_cases_of_orientation_stand_as_browsers_show_them(path):
    stored = as_stored(path)
    number = {"exif_6_as_text": 6, "xmp_only_6": 1}.get(path.stem) or int(path.stem[-1])
    exif = Image.Exif()
    exif[0x0112] = number
    file = io.BytesIO()
    Image.fromarray(stored).save(file, "PNG", exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(file)))
    found = read_photo(path)
    np.testing.assert_array_equal(found.pixels, upright)
    assert found.notes == ()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_orientation_by_xmp_alone_is_passed_over(form):
    file = io.BytesIO()
    how: dict[str, Any] = {}
    packet = xmp(tiff_Orientation="6").encode()
    image = Image.new("RGB", (12, 8))
    if form == "PNG":
        how["pnginfo"] = PngInfo()
        how["pnginfo"].add_itxt("XML:com.adobe.xmp", packet.decode())
    elif form == "TIFF":
        how["tiffinfo"] = {700: packet}
    else:
        how["xmp"] = packet
    image.save(file, form, **how)
    assert read_photo(file.getvalue()).hw == (8, 12)


@pytest.mark.parametrize(
    ("written", "turned", "noted"),
    [
        (6, True, 0),
        ("6", True, 0),
        ("6\0", True, 0),
        ((6, 6), True, 0),
        (0, False, 0),
        (9, False, 1),
        ("x y", False, 1),
    ],
)
def test_orientation_in_other_types(written, turned, noted):
    number, notes = orientation_of(Image.new("RGB", (12, 8)), Tags(picture={0x0112: written}))
    assert number == (6 if turned else 1)
    assert len(notes) == noted


def test_one_broken_tag_leaves_the_others():
    """The list of the camera's tags points behind the end of the file; the place stands in another list."""
    data = jpeg(camera={0x9003: "2024:05:01 10:00:00"}, gps=SYDNEY)
    at = data.index(struct.pack(">HHI", 0x9003, 2, 20)) if data[0x1E:0x20] == b"MM" else -1
    at = data.index(struct.pack("<HHI", 0x9003, 2, 20)) if at < 0 else at
    broken = data[: at + 8] + b"\x00\xff\xff\x00" + data[at + 12 :]
    found = read_photo(broken)
    assert found.gps == pytest.approx((-33.8597556, 151.2111944), abs=1e-6)
    assert found.taken_at is None
    assert EXIF_BROKEN in found.notes


# Pillow warns of a damaged list of tags when it opens the file; the warning is not the fault looked for.
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=60)
@given(data=st.data())
def test_no_exif_whatever_refuses_good_pixels(data):
    whole = jpeg(picture={0x0112: 3, 0x010F: "X"}, camera={0x9003: "2024:05:01 10:00:00", 37386: 5.0}, gps=SYDNEY)
    length = struct.unpack(">H", whole[22:24])[0]  # of the EXIF segment, which follows that of JFIF
    assert whole[20:22] == b"\xff\xe1"
    exif = bytearray(whole[24 : 22 + length])
    for _ in range(data.draw(st.integers(1, 6))):
        exif[data.draw(st.integers(6, len(exif) - 1))] = data.draw(st.integers(0, 255))
    found = read_photo(whole[:24] + bytes(exif) + whole[22 + length :])
    assert found.hw == (8, 8)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "packet", ["<x", "no xml", f"{BOMB}<x>&b;</x>", "<x:y/>", "<?xml version='1.0' encoding='z'?><x/>"]
)
def test_xmp_that_is_none_or_hostile_is_left_out(packet):
    found = photo(xmp=packet, gps=SYDNEY)
    assert found.notes == (XMP_BROKEN,)
    assert found.gps is not None


def test_xmp_in_another_encoding():
    packet = xmp(drone_GpsLatitude="48.5", drone_GpsLongitude="11.5")
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", xmp=packet.encode("utf-16"))
    assert read_photo(file.getvalue()).gps == (48.5, 11.5)
