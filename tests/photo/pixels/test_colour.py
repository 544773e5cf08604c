"""Takes pictures with colour profiles made here; gives faults where they do not become the sRGB of the same light."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.photo.made import apart, encoded, noise, smooth, tiff
from tests.said import said

from cracklens.photo import read_photo
from cracklens.values import Photo

D50 = (0.9642, 1.0, 0.8249)
TO_D50 = {
    "sRGB": ((0.4361, 0.3851, 0.1431), (0.2225, 0.7169, 0.0606), (0.0139, 0.0971, 0.7141)),
    "Adobe RGB (1998)": ((0.6097, 0.2053, 0.1492), (0.3111, 0.6257, 0.0632), (0.0195, 0.0609, 0.7446)),
    "Display P3": ((0.5151, 0.2919, 0.1572), (0.2411, 0.6922, 0.0666), (-0.0010, 0.0419, 0.7841)),
}
"""Columns are the colorants XYZ as in the profiles that Adobe and Apple ship, adapted to D50."""


def s15(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65_536) for value in values))


def icc(space: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr", pcs: bytes = b"XYZ ") -> bytes:
    """Give a profile of ICC version 2."""
    at, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, raw in tags.items():
        content = raw.ljust(-(-len(raw) // 4) * 4, b"\0")
        table += name + struct.pack(">II", at + len(body), len(content))
        body += content
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"\0" * 4, 0x02400000, kind, space, pcs) + bytes(12) + b"acsp"
    return head.ljust(68, b"\0") + s15(*D50) + bytes(48) + struct.pack(">I", len(tags)) + table + body


def named(name: str) -> bytes:
    return b"desc" + struct.pack(">II", 0, len(name) + 1) + name.encode() + bytes(1 + 4 + 4 + 2 + 1 + 67)


def gamma(value: float) -> bytes:
    return b"curv" + struct.pack(">IIH", 0, 1, round(value * 256))


def rgb_profile(name: str, matrix: str, power: float) -> bytes:
    columns = np.array(TO_D50[matrix]).T
    tags = {b"desc": named(name), b"wtpt": b"XYZ " + bytes(4) + s15(*D50)}
    tags |= {
        key: b"XYZ " + bytes(4) + s15(*column) for key, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
    }
    return icc(b"RGB ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma(power)))


def grey_profile(power: float) -> bytes:
    tags = {b"desc": named("grey"), b"wtpt": b"XYZ " + bytes(4) + s15(*D50), b"kTRC": gamma(power)}
    return icc(b"GRAY", tags)


def inks_profile() -> bytes:
    """Give a CMYK profile by a table of 2 x 2 x 2 x 2: every ink takes half of the light, black all of it."""
    table = b""
    for place in np.ndindex(2, 2, 2, 2):
        lightness = 0 if place[3] else 255 / 2 ** sum(place[:3])
        table += bytes([round(lightness), 128, 128])
    line = bytes(range(256))
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + s15(1, 0, 0, 0, 1, 0, 0, 0, 1) + line * 4 + table + line * 3
    return icc(
        b"CMYK", {b"desc": named("inks"), b"wtpt": b"XYZ " + bytes(4) + s15(*D50), b"A2B0": lut}, b"prtr", b"Lab "
    )


def in_srgb(picture: np.ndarray, matrix: str, power: float) -> np.ndarray:
    """Give the sRGB levels of the same light. Source: IEC 61966-2-1."""
    xyz = (picture / 255.0) ** power @ np.array(TO_D50[matrix]).T
    light = np.clip(xyz @ np.linalg.inv(np.array(TO_D50["sRGB"])).T, 0, 1)
    levels: np.ndarray = np.rint(255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055))
    return levels


def read(picture: np.ndarray, form: str, profile: bytes) -> Photo:
    by_form: dict[str, dict[str, int]] = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}
    settings = by_form.get(form, {})
    return read_photo(encoded(Image.fromarray(picture), form, icc_profile=profile, **settings))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize(
    ("name", "matrix", "power"),
    [("Adobe RGB (1998)", "Adobe RGB (1998)", 2.2), ("Display P3", "Display P3", 2.2), ("Linear sRGB", "sRGB", 1.0)],
)
def test_profiles_are_turned_into_srgb(name, matrix, power, form):
    photo = read(smooth(), form, rgb_profile(name, matrix, power))
    expected = in_srgb(smooth(), matrix, power)
    assert np.abs(photo.pixels - expected).mean() < (2.5 if form == "JPEG" else 0.6)
    assert form == "JPEG" or np.abs(photo.pixels - expected).max() <= 3
    assert np.abs(expected - smooth()).max() > 10, "the profile changes nothing: this test cannot fail"
    assert f'turned into sRGB from the colour profile "{name}"' in said(photo.notes)


def test_srgb_is_left_to_the_bit_and_without_a_note():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = read(noise(), "PNG", profile)
    np.testing.assert_array_equal(photo.pixels, noise())
    assert photo.notes == ()


def test_linear_light_under_the_name_of_srgb_is_not_srgb():
    photo = read(smooth(), "PNG", rgb_profile("sRGB IEC61966-2.1", "sRGB", 1.0))
    assert np.abs(photo.pixels - in_srgb(smooth(), "sRGB", 1.0)).mean() < 0.6


def test_grey_profile():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (8, 1))
    photo = read(ramp, "PNG", grey_profile(1.0))
    light = np.arange(256) / 255
    expected = 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(photo.pixels[0] - expected[:, np.newaxis]).max() < 2.5
    assert any("colour profile" in note for note in said(photo.notes))


def test_profile_of_a_16_bit_tiff():
    profile = rgb_profile("Linear", "sRGB", 1.0)
    photo = read_photo(tiff(smooth().astype(np.uint16) * 257, "rgb", iccprofile=profile))
    assert np.abs(photo.pixels - in_srgb(smooth(), "sRGB", 1.0)).mean() < 0.6


def test_cmyk_profile():
    inks = np.zeros((4, 5, 4), np.uint8)
    inks[1:, 1, 0] = inks[2:, 2, 1] = inks[3:, 4, 3] = 255
    photo = read_photo(encoded(Image.fromarray(inks, "CMYK"), "TIFF", icc_profile=inks_profile()))
    assert photo.pixels[0, 0].tolist() == [255, 255, 255]
    assert photo.pixels[3, 4].tolist() == [0, 0, 0]
    middle = photo.pixels[1, 1].astype(int)  # L* of 50 is sRGB of 119
    assert np.abs(middle - 119).max() <= 2
    assert 'turned into sRGB from the colour profile "inks"' in said(photo.notes)


@pytest.mark.parametrize("profile", [b"no profile", b"\0" * 200, rgb_profile("cut", "sRGB", 1.0)[:150]])
def test_a_profile_that_cannot_be_read_is_left_out_and_noted(profile):
    photo = read(noise(), "PNG", profile)
    np.testing.assert_array_equal(photo.pixels, noise())
    assert "colour profile left out: it cannot be read" in said(photo.notes)


@pytest.mark.parametrize("profile", [grey_profile(2.2), inks_profile()])
def test_a_profile_for_other_colours_is_left_out_and_noted(profile):
    photo = read(noise(), "PNG", profile)
    np.testing.assert_array_equal(photo.pixels, noise())
    assert "colour profile left out: it is for" in said(photo.notes)[0]


def test_grey_with_a_profile_of_colours_is_grey():
    photo = read(noise()[..., 0], "JPEG", rgb_profile("Display P3", "Display P3", 2.2))
    assert np.ptp(photo.pixels.astype(int), axis=2).max() <= 1
    assert any("Display P3" in note for note in said(photo.notes))


def test_gamma_of_a_png():
    def with_gamma(value: float) -> bytes:
        content = encoded(Image.fromarray(smooth()), "PNG")
        chunk = b"gAMA" + struct.pack(">I", round(value * 100_000))
        return content[:33] + struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:]

    photo = read_photo(with_gamma(1.0))
    assert apart(photo, in_srgb(smooth(), "sRGB", 1.0)) <= 1
    assert said(photo.notes) == ("turned into sRGB from a gamma of 1",)
    assert apart(read_photo(with_gamma(0.45455)), smooth()) == 0


def test_transparency_and_profile_together():
    rgba = np.dstack([smooth(), np.full((48, 64), 255, np.uint8)])
    rgba[:10, :, 3] = 0
    photo = read(rgba, "PNG", rgb_profile("Linear", "sRGB", 1.0))
    assert photo.empty is not None
    assert photo.empty.sum() == 640
    assert np.abs(photo.pixels[10:] - in_srgb(smooth(), "sRGB", 1.0)[10:]).mean() < 0.6


@pytest.mark.parametrize("order", ["<", ">"])
def test_adobe_rgb_that_only_exif_names(order):
    """Cameras write InteroperabilityIndex R03 and no profile; the EXIF is written here by its specification."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    first = struct.pack(order + "HHHIII", 1, 0x8769, 4, 1, 26, 0)
    details = struct.pack(order + "HHHIII", 1, 0xA005, 4, 1, 44, 0)
    interop = struct.pack(order + "HHHI", 1, 1, 2, 4) + b"R03\0" + bytes(4)
    raw = b"Exif\0\0" + head + first + details + interop
    photo = read_photo(encoded(Image.fromarray(smooth()), "JPEG", quality=100, subsampling=0, exif=raw))
    assert "turned into sRGB from Adobe RGB, which EXIF names; no colour profile is in the file" in said(photo.notes)
    assert np.abs(photo.pixels - in_srgb(smooth(), "Adobe RGB (1998)", 2.2)).mean() < 2.5
