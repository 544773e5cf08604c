"""Takes pictures of every mode and format; gives faults where px are not what was stored, or no note says so."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.photo.made import apart, encoded, noise, smooth
from tests.said import said

from cracklens.errors import PhotoError
from cracklens.photo import read_photo

CASES = Path(__file__).parents[2] / "data" / "cases"


def test_grey_and_one_bit():
    grey = Image.fromarray(noise()[..., 0])
    photo = read_photo(encoded(grey, "PNG"))
    assert apart(photo, noise()[..., 0]) == 0
    assert said(photo.notes) == ("converted from grey to 8-bit RGB",)
    assert set(np.unique(read_photo(encoded(grey.convert("1"), "PNG")).pixels)) == {0, 255}


def test_palette_with_and_without_transparency():
    image = Image.new("P", (4, 2))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putdata([0, 1] * 4)
    plain = read_photo(encoded(image, "PNG"))
    assert plain.pixels[0, :2].tolist() == [[255, 0, 0], [0, 255, 0]]
    assert "palette" in said(plain.notes)[0]
    clear = read_photo(encoded(image, "PNG", transparency=0))
    assert clear.empty is not None
    assert clear.empty[0].tolist() == [True, False, True, False]
    assert clear.pixels[0, :2].tolist() == [[0, 255, 0], [0, 255, 0]]


def test_palette_tiff_with_alpha():
    indices = np.arange(24, dtype=np.uint8).reshape(4, 6)
    image = Image.fromarray(indices, "P")
    image.putpalette([value for i in range(256) for value in (i, 2 * i % 256, 7)])
    with_alpha = Image.merge(
        "LA", (Image.fromarray(indices), Image.fromarray(np.where(indices < 6, 0, 255).astype(np.uint8)))
    )
    pa = Image.frombytes("PA", with_alpha.size, with_alpha.tobytes())
    pa.putpalette(image.getpalette("RGB"))  # type: ignore[arg-type]
    photo = read_photo(encoded(pa, "TIFF"))
    assert photo.empty is not None
    assert photo.empty.tolist() == (indices < 6).tolist()
    assert photo.pixels[2, 3].tolist() == [15, 30, 7]


def test_what_is_transparent_is_empty_and_has_no_edge():
    rgba = np.full((96, 128, 4), 255, np.uint8)
    rgba[..., :3] = 60
    rgba[:, 64:] = 0
    photo = read_photo(encoded(Image.fromarray(rgba), "PNG"))
    assert photo.empty is not None
    assert photo.empty[0].tolist() == [False] * 64 + [True] * 64
    assert (photo.pixels == 60).all()
    assert "50.0 % of the photo is empty, transparent or without data, and was not inspected" in said(photo.notes)


def test_a_px_that_is_mostly_covered_has_the_colour_that_is_stored():
    rgba = np.array([[[10, 20, 30, 255], [10, 20, 30, 128], [10, 20, 30, 127]]], np.uint8)
    photo = read_photo(encoded(Image.fromarray(rgba), "PNG"))
    assert photo.pixels[0, :2].tolist() == [[10, 20, 30]] * 2
    assert photo.empty is not None
    assert photo.empty.tolist() == [[False, False, True]]


def test_a_picture_without_a_picture_is_refused():
    with pytest.raises(PhotoError, match="all of it is transparent or without data"):
        read_photo(encoded(Image.new("RGBA", (40, 40)), "PNG"))


def test_orientation_turns_what_is_empty_too():
    rgba = np.full((3, 5, 4), 255, np.uint8)
    rgba[0, 0, 3] = 0
    tags = Image.Exif()
    tags[0x0112] = 6
    photo = read_photo(encoded(Image.fromarray(rgba), "PNG", exif=tags))
    assert photo.empty is not None
    assert photo.empty.shape == (5, 3)
    assert np.argwhere(photo.empty).tolist() == [[0, 2]]


def test_cmyk_jpeg_of_adobe_which_is_stored_inverted():
    data = encoded(Image.fromarray(smooth()).convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data
    photo = read_photo(data)
    assert np.abs(photo.pixels.astype(int) - smooth()).mean() < 6
    assert "CMYK" in said(photo.notes)[0]


def test_mpo_of_a_phone_is_read_without_a_note():
    data = encoded(Image.fromarray(smooth()), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    photo = read_photo(data)
    assert photo.hw == smooth().shape[:2]
    assert photo.notes == ()


@pytest.mark.parametrize(
    ("form", "settings", "most"),
    [("GIF", {}, 90), ("JPEG2000", {"irreversible": False}, 0), ("AVIF", {"quality": 100, "subsampling": "4:4:4"}, 4)],
)
def test_other_formats_that_pillow_reads(form, settings, most):
    photo = read_photo(encoded(Image.fromarray(smooth()), form, **settings))
    assert photo.hw == (48, 64)
    assert apart(photo, smooth()) <= most


def test_first_picture_of_a_moving_gif():
    frames = [Image.new("RGB", (8, 8), (10 * i, 0, 0)) for i in range(3)]
    photo = read_photo(encoded(frames[1], "GIF", save_all=True, append_images=frames[2:]))
    assert said(photo.notes)[0] == "first of 2 pages read"
    assert (photo.pixels[..., 0] == 10).all()


@pytest.mark.parametrize(
    "name", ["08_folder_kinds/IMG_0005.HEIC", "08_folder_kinds/burst.heics", "09_names_that_lie/IMG_1.JPG"]
)
def test_heic_is_read_by_its_content(name):
    assert read_photo(CASES / name).hw == (480, 640)
    assert read_photo((CASES / name).read_bytes()).hw == (480, 640)


# 16-bit PNG


def deep_png(values: np.ndarray, *, chunks: bytes = b"", interlaced: bool = False) -> bytes:
    """Give a PNG (H, W, C) of 16 bit; every second row by differences, as filters are used."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, channels = values.shape
    rows = []
    for y, row in enumerate(values.astype(">u2")):
        raw = np.frombuffer(row.tobytes(), np.uint8)
        left = np.concatenate([np.zeros(2 * channels, np.uint8), raw[: -2 * channels]])
        rows.append(bytes([y % 2]) + (raw - left if y % 2 else raw).tobytes())
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, int(interlaced)))
    body = chunk(b"IDAT", zlib.compress(b"".join(rows)))
    return b"\x89PNG\r\n\x1a\n" + head + chunks + body + chunk(b"IEND", b"")


def chunk_of(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_16_bit_png_is_read_to_the_bits_it_uses(channels, bits):
    values = noise()[..., :channels].astype(np.uint16) << (bits - 8) | (bits > 8)
    photo = read_photo(deep_png(values))
    assert apart(photo, noise()[..., :channels]) == 0
    assert f"read as {bits} bit, 0–{2**bits - 1:,}" in said(photo.notes)[0]
    assert said(photo.notes)[0].startswith(
        f"converted from 16-bit {'grey' if channels == 1 else 'RGB'} to 8-bit RGB: values "
    )


def test_16_bit_png_from_a_path_and_with_alpha(tmp_path):
    values = np.dstack([noise().astype(np.uint16) * 16, np.full((24, 40), 65_535, np.uint16)])
    values[:3, :, 3] = 0
    (tmp_path / "a.png").write_bytes(deep_png(values))
    photo = read_photo(tmp_path / "a.png")
    assert photo.empty is not None
    assert photo.empty.sum() == 3 * 40
    np.testing.assert_array_equal(photo.pixels[3:], noise()[3:])


def test_16_bit_grey_png_with_alpha_is_refused():
    with pytest.raises(PhotoError, match="grey with transparency is not read"):
        read_photo(deep_png(np.dstack([noise()[..., 0], noise()[..., 1]]).astype(np.uint16)))


def test_colour_key_of_a_16_bit_png():
    values = noise((64, 80))[..., :1].astype(np.uint16) * 257
    values[:, :40] = 4_000
    photo = read_photo(deep_png(values, chunks=chunk_of(b"tRNS", struct.pack(">H", 4_000))))
    assert photo.empty is not None
    assert photo.empty[:, :40].all()
    assert not photo.empty[:, 40:].any()


@pytest.mark.parametrize(("said", "top"), [(12, 4095), (12, 65_535), (10, 4095)])
def test_significant_bits_of_a_png(said, top):
    """By the specification samples are scaled to 16 bit; programs that leave them are known by their values."""
    values = (noise()[..., :1].astype(np.uint32) * top // 255 // 3).astype(np.uint16)
    photo = read_photo(deep_png(values, chunks=chunk_of(b"sBIT", bytes([said]))))
    full = 2**said if values.max() < 2**said else 65_536
    np.testing.assert_array_equal(photo.pixels[..., :1], values.astype(int) * 256 // full)


# Cases


@pytest.mark.parametrize("name", ["mono12.png", "mono12.tif"])
def test_16_bit_files_that_use_12_bit_are_the_picture(name):
    photo, same = (read_photo(CASES / "01_16bit_range" / file) for file in (name, "same_8bit.png"))
    np.testing.assert_array_equal(photo.pixels, same.pixels)
    assert said(photo.notes) == ("converted from 16-bit grey to 8-bit RGB: values 272–3,216 read as 12 bit, 0–4,095",)


def test_16_bit_rgb_gets_its_note_and_keeps_its_colours():
    photo, same = (read_photo(CASES / "01_16bit_range" / file) for file in ("rgb12.tif", "same_8bit.png"))
    assert "values 224–3,216 read as 12 bit" in said(photo.notes)[0]
    assert apart(photo, same.pixels) <= 7  # it is a little coloured, the grey one is not
    assert np.ptp(photo.pixels.astype(int), axis=2).max() <= 13  # as in the file: 208 of 4,095


def test_a_thermal_range_is_stretched_and_said():
    photo, same = (read_photo(CASES / "01_16bit_range" / file) for file in ("thermal.tif", "same_8bit.png"))
    assert "values 6,833–7,569 stretched to this range" in said(photo.notes)[0]
    low, high = float(same.pixels.min()), float(same.pixels.max())
    assert apart(photo, ((same.pixels - low) * 256 / (high - low + 1)).astype(np.uint8)) <= 1


def test_planes_apart_are_the_same_picture():
    together, planes = (read_photo(CASES / "02_planar16" / name) for name in ("interleaved16.tif", "planar16.tif"))
    assert together.hw == (160, 208)
    np.testing.assert_array_equal(planes.pixels, together.pixels)
    assert together.pixels.std() > 10
    assert planes.notes == together.notes


def test_a_broken_second_page_does_no_harm():
    photo = read_photo(CASES / "10_tiff_second_page" / "scan.tif")
    assert photo.hw == (240, 320)
    assert said(photo.notes) == ("first of 2 pages read",)
    assert apart(photo, read_photo(CASES / "01_16bit_range" / "rgb12.tif").pixels) == 0


def test_orthomosaics_are_the_same_wall():
    by_alpha, by_value = (read_photo(CASES / "12_orthomosaic" / f"ortho_{name}.tif") for name in ("rgba", "nodata0"))
    wall = read_photo(CASES / "12_orthomosaic" / "same_wall_plain.png").pixels
    turned = Image.fromarray(np.dstack([wall, np.full(wall.shape[:2], 255, np.uint8)])).rotate(12, expand=True)
    for photo in (by_alpha, by_value):
        assert photo.empty is not None
        assert photo.hw == turned.size[::-1]
        expected = np.asarray(turned)
        assert (photo.empty == (expected[..., 3] < 128)).mean() > 0.99
        both = ~photo.empty & (expected[..., 3] == 255)
        assert np.abs(photo.pixels[both].astype(int) - expected[both][:, :3]).mean() < 6


def test_five_bands_give_the_first_three():
    photo = read_photo(CASES / "12_orthomosaic" / "ortho_5_bands.tif")
    assert said(photo.notes) == ("first three bands read as red, green and blue; 2 more left out",)
    import tifffile

    stored = tifffile.imread(CASES / "12_orthomosaic" / "ortho_5_bands.tif")
    np.testing.assert_array_equal(photo.pixels, stored[..., :3])
