"""Takes TIFFs of every layout; gives faults where a px is not what was stored, or a layout is guessed."""

from __future__ import annotations

import io
import itertools
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps, TiffImagePlugin
from tests.photo.made import apart, crafted_tiff, encoded, noise, smooth, tiff
from tests.said import said

from cracklens.errors import PhotoError
from cracklens.photo import read_photo

HW = (40, 56)


def packed(values: np.ndarray, bits: int) -> bytes:
    """Give rows of values, the highest bit first, each row from a new byte on."""
    flat = values.reshape(len(values), -1)
    each = (flat[..., np.newaxis] >> np.arange(bits - 1, -1, -1)) & 1
    return b"".join(np.packbits(row.reshape(-1).astype(np.uint8)).tobytes() for row in each)


def lzw(body: bytes) -> bytes:
    """Give bytes as libtiff packs them."""
    data = encoded(Image.frombytes("L", (len(body), 1), body), "TIFF", compression="tiff_lzw")
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        (at,), (count,) = image.tag_v2[273], image.tag_v2[279]
    return data[at : at + count]


@pytest.mark.parametrize(
    ("planar", "tile", "compression", "byteorder", "big"),
    [
        *itertools.product(("contig", "separate"), (None, (16, 32)), (None, "zlib"), ("<", ">"), (False,)),
        ("contig", None, None, "<", True),
        ("separate", (16, 16), "zlib", "<", True),
    ],
)
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_layouts_of_rgb(kind, planar, tile, compression, byteorder, big):
    picture = noise(HW)
    values = picture.astype(kind) * (1 if kind == np.uint8 else 257)
    values = np.moveaxis(values, -1, 0) if planar == "separate" else values
    settings = {
        "planarconfig": planar,
        "tile": tile,
        "compression": compression,
        "byteorder": byteorder,
        "bigtiff": big,
    }
    rows = {} if tile else {"rowsperstrip": 7}
    photo = read_photo(tiff(values, "rgb", **settings, **rows, predictor=2 if compression else None))
    np.testing.assert_array_equal(photo.pixels, picture)


def test_a_big_endian_big_tiff_is_refused():
    with pytest.raises(PhotoError, match="big-endian BigTIFF is not read"):
        read_photo(tiff(noise(HW), "rgb", byteorder=">", bigtiff=True))


@pytest.mark.parametrize("bits", [9, 10, 12, 14, 15])
@pytest.mark.parametrize("samples", [1, 3])
def test_packed_bits(bits, samples):
    picture = noise((13, 17))[..., :samples]
    values = picture.astype(np.uint16) << (bits - 8) | 1
    tags = {"t258": (bits,) * samples, "t277": samples, "t262": 1 if samples == 1 else 2}
    photo = read_photo(crafted_tiff(packed(values, bits), (13, 17), **tags))
    assert apart(photo, picture) == 0
    assert f"read as {bits} bit, 0–{2**bits - 1:,}, as the file says" in said(photo.notes)[0]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("samples", [1, 3])
def test_lzw_with_and_without_differences(order, samples):
    picture = smooth()[..., :samples]
    values = picture.astype(order + "u2") * 257
    tags = {"t258": (16,) * samples, "t277": samples, "t262": 1 if samples == 1 else 2, "t259": 5}
    plain = crafted_tiff(lzw(values.tobytes()), picture.shape[:2], order, **tags)
    assert apart(read_photo(plain), picture) == 0
    steps = np.diff(values.astype(np.int64), axis=1, prepend=0).astype(order + "u2")
    by_steps = crafted_tiff(lzw(steps.tobytes()), picture.shape[:2], order, **tags, t317=2)
    assert apart(read_photo(by_steps), picture) == 0


def test_packbits():
    body = b"".join(b"\x01" + pair.tobytes() for pair in (noise(HW)[..., 0].astype("<u2") * 257).reshape(-1, 1))
    data = crafted_tiff(body, HW, t258=16, t259=32773)
    assert apart(read_photo(data), noise(HW)[..., 0]) == 0


def test_values_that_say_their_maximum():
    values = noise(HW)[..., 0].astype(np.uint16) * 16
    data = crafted_tiff((values // 8).astype("<u2").tobytes(), HW, t258=16, t281=4095)
    photo = read_photo(data)
    np.testing.assert_array_equal(photo.pixels[..., 0], values // 8 // 16)
    assert "read as 12 bit, 0–4,095, as the file says" in said(photo.notes)[0]


@pytest.mark.parametrize(("kind", "bits"), [(np.int16, 14), (np.int32, 16), (np.uint32, 12), (np.int16, 12)])
def test_signed_and_long_values_in_range(kind, bits):
    values = (noise(HW)[..., 0].astype(np.int64) << (bits - 8)) | 3
    photo = read_photo(tiff(values.astype(kind)))
    assert apart(photo, noise(HW)[..., 0]) == 0


@pytest.mark.parametrize("values", [np.full((9, 9), -1, np.int16), np.full((9, 9), 70_000, np.int32)])
def test_values_outside_16_bit_are_refused(values):
    with pytest.raises(PhotoError, match="expected 0-65,535"):
        read_photo(tiff(values))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("colours", [1, 3])
def test_float_from_0_to_1(kind, colours):
    picture = noise(HW)[..., :colours]
    values = (picture / 255).astype(kind)
    data = tiff(values if colours == 3 else values[..., 0], "rgb" if colours == 3 else "minisblack")
    photo = read_photo(data)
    assert apart(photo, picture) <= (1 if kind == np.float16 else 0)
    assert "read as 0–1" in said(photo.notes)[0]


def test_float_by_differences_of_bytes():
    """Adobe TIFF Technical Note 3, written here by its text: the highest bytes of a row first, then differences."""
    values = (noise(HW)[..., 0] / 255).astype(">f4")
    rows = values.view(np.uint8).reshape(HW[0], HW[1], 4).transpose(0, 2, 1).reshape(HW[0], -1)
    steps = np.diff(rows.astype(int), axis=1, prepend=0).astype(np.uint8)
    data = crafted_tiff(steps.tobytes(), HW, t258=32, t339=3, t317=3)
    assert apart(read_photo(data), noise(HW)[..., 0]) == 0


@pytest.mark.parametrize("values", [(12.5, 31.0), (-0.1, 0.5), (0.2, np.nan), (0.0, 255.0)])
def test_float_has_no_known_white(values):
    data = np.full((9, 9), values[0], np.float32)
    data[4, 4] = values[1]
    with pytest.raises(PhotoError, match="have no known white"):
        read_photo(tiff(data))


@pytest.mark.parametrize(("kind", "times"), [(np.uint8, 1), (np.uint16, 257)])
def test_white_is_zero(kind, times):
    values = noise(HW)[..., 0].astype(kind) * times
    assert apart(read_photo(tiff(values, "miniswhite")), 255 - noise(HW)[..., 0]) == 0


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize(("bands", "extra", "note"), [(2, 1, "first band read; 1 more"), (5, 4, "first three bands")])
def test_bands_without_a_name(kind, bands, extra, note):
    values = np.dstack([noise(HW), noise(HW)[..., :2]])[..., :bands].astype(kind) * (1 if kind == np.uint8 else 257)
    photo = read_photo(tiff(values, extrasamples=["unspecified"] * extra, planarconfig="contig"))
    assert apart(photo, noise(HW)[..., : 1 if bands == 2 else 3]) == 0
    assert any(note in one for one in said(photo.notes))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("associated", [False, True])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_alpha_beside_or_within_the_colours(kind, colours, associated, planar):
    times = 1 if kind == np.uint8 else 257
    picture = noise(HW)[..., :colours]
    cover = np.full(HW, 255, np.int64)
    cover[:10], cover[10:20] = 0, 204
    stored = picture * cover[..., np.newaxis] / 255 if associated else picture
    values = np.rint(np.dstack([stored, cover]) * times).astype(kind)
    values = np.moveaxis(values, -1, 0) if planar == "separate" else values
    kinds = ["assocalpha" if associated else "unassalpha"]
    photo = read_photo(tiff(values, "rgb" if colours == 3 else "minisblack", extrasamples=kinds, planarconfig=planar))
    assert photo.empty is not None
    assert photo.empty.tolist() == (cover == 0).tolist()
    seen = ~photo.empty
    expected = np.broadcast_to(picture, (*HW, 3))
    assert np.abs(photo.pixels[seen].astype(int) - expected[seen]).max() <= (1 if associated else 0)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_cmyk(kind, planar):
    inks = np.asarray(Image.fromarray(smooth()).convert("CMYK"))
    values = inks.astype(kind) * (1 if kind == np.uint8 else 257)
    values = np.moveaxis(values, -1, 0) if planar == "separate" else values
    photo = read_photo(tiff(values, "separated", planarconfig=planar))
    assert apart(photo, smooth()) <= 2
    assert any("CMYK" in note for note in said(photo.notes))


@pytest.mark.parametrize("compression", ["raw", "jpeg", "tiff_lzw", "tiff_adobe_deflate"])
def test_ycbcr(compression):
    settings = {"quality": 95} if compression == "jpeg" else {}
    data = encoded(Image.fromarray(smooth()).convert("YCbCr"), "TIFF", compression=compression, **settings)
    assert np.abs(read_photo(data).pixels.astype(int) - smooth()).mean() < 5


def test_lab():
    grey = np.zeros((20, 30, 3), np.uint8)
    grey[..., 0] = np.arange(30) * 8
    data = encoded(Image.fromarray(grey, "LAB"), "TIFF")
    pixels = read_photo(data).pixels
    assert np.ptp(pixels.astype(int), axis=2).max() <= 2
    assert (np.diff(pixels[0, :, 0].astype(int)) > 0).all()
    assert pixels[0, 0, 0] <= 1


def test_first_page_is_read_and_noted():
    pages = [Image.fromarray(noise()), Image.new("RGB", (5, 5)), Image.new("RGB", (6, 6))]
    photo = read_photo(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    np.testing.assert_array_equal(photo.pixels, noise())
    assert said(photo.notes) == ("first of 3 pages read",)


def test_pages_that_go_round_are_counted_once():
    data = bytearray(crafted_tiff(noise(HW).tobytes(), HW, t258=(8, 8, 8), t277=3, t262=2))
    first = int.from_bytes(data[4:8], "little")
    link = first + 2 + 12 * int.from_bytes(data[first : first + 2], "little")
    data[link : link + 4] = first.to_bytes(4, "little")
    assert apart(read_photo(bytes(data)), noise(HW)) == 0


def test_a_tag_names_the_value_of_no_data():
    picture = np.full((80, 100, 3), 120, np.uint8)
    picture[:, :40] = 255
    picture[50, 60:90] = 255  # a bright thread of the photo's own
    data = tiff(picture, "rgb", extratags=[(42113, 2, 4, "255", True)])
    photo = read_photo(data)
    assert photo.empty is not None
    assert photo.empty[:, :40].all()
    assert not photo.empty[:, 40:].any()
    assert (photo.pixels[50, 60:90] == 255).all()
    assert (photo.pixels[:, :32] == 120).all()


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"t258": (16, 16, 8), "t277": 3, "t262": 2}, "bits per sample"),
        ({"t258": 16, "t262": 32844}, "photometric interpretation 32844"),
        ({"t258": 16, "t259": 34712}, "compression 34712"),
        ({"t258": 64, "t339": 5}, "sample format"),
        ({"t258": 24}, "24 bits per sample"),
        ({"t258": 16, "t266": 2}, "fill order 2"),
        ({"t258": 16, "t278": 10}, "lacks 3 of 4"),
        ({"t258": 16, "t257": 60, "t278": 60}, "ends early"),
        ({"t258": 8, "t262": 4}, "mask of another"),
        ({"t258": 16, "t50706": (1, 4, 0, 0)}, "raw photo"),
    ],
)
def test_what_is_not_read_says_why(tags, reason):
    with pytest.raises(PhotoError, match=reason):
        read_photo(crafted_tiff(bytes(2 * HW[0] * HW[1]), HW, **tags))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_orientation_of_what_is_read_here(orientation, kind):
    values = noise(HW).astype(kind) * (1 if kind == np.uint8 else 257)
    data = tiff(np.moveaxis(values, -1, 0), "rgb", planarconfig="separate", extratags=[(274, 3, 1, orientation, True)])
    png = Image.fromarray(noise(HW))
    png.getexif()[0x0112] = orientation
    expected = ImageOps.exif_transpose(png)
    np.testing.assert_array_equal(read_photo(data).pixels, np.asarray(expected))


def test_a_large_strip_is_not_stopped_by_pillows_own_limit(monkeypatch):
    values = noise(HW)[..., 0].astype("<u2") * 257
    data = crafted_tiff(lzw(values.tobytes()), HW, t258=16, t259=5)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert apart(read_photo(data), noise(HW)[..., 0]) == 0


@pytest.mark.parametrize("at", [1000, -1])
def test_a_damaged_strip_is_refused(at):
    """Also where only its checksum does not fit."""
    body = bytearray(zlib.compress((noise(HW)[..., 0].astype("<u2") * 257).tobytes()))
    body[at] ^= 0x55
    with pytest.raises(PhotoError, match="damaged: in part 1 of 1, the data is broken"):
        read_photo(crafted_tiff(bytes(body), HW, t258=16, t259=8))


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_page_that_is_the_mask_of_the_first(kind, compression):
    picture, mask = np.full((*HW, 3), 90, np.uint8), np.ones(HW, bool)
    mask[:, :20], picture[:, :20] = False, 0
    picture[30, 30:50] = 0  # a black thread of the photo's own
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        tag = [(42113, 2, 2, "0", True)]
        writer.write(
            picture.astype(kind) * (1 if kind == np.uint8 else 257), photometric="rgb", extratags=tag, metadata=None
        )
        writer.write(mask, photometric="mask", subfiletype=4, compression=compression, metadata=None)
    photo = read_photo(file.getvalue())
    assert photo.empty is not None
    assert photo.empty.tolist() == (~mask).tolist()
    assert (photo.pixels[30, 30:50] == 0).all()
    assert said(photo.notes)[0] == "first of 2 pages read"
