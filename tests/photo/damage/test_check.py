"""Takes damaged and undamaged files; gives faults where damage is read in a calm voice, or a good file is refused."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.hostile_made import CROP, DAMAGES, ENCODERS, controls, encoded
from PIL import Image, JpegImagePlugin
from tests.said import said

from cracklens.drawn.wall import draw_wall
from cracklens.errors import PhotoError
from cracklens.photo import read as read_module
from cracklens.photo import read_photo
from cracklens.photo.damage.jpeg_tables import bare_jpeg, coarsest_mean, segments
from cracklens.photo.damage.shifted import jumps_from, shifted_from
from cracklens.photo.damage.unpacked import BrokenStripError, lzw_length, packbits_length
from cracklens.photo.pixels.heard import libtiff_heard

CASES = Path(__file__).parents[2] / "data" / "cases"
LOST = CASES / "07_jpeg_lost_middle"


def wall() -> Image.Image:
    with Image.open(CROP) as crop:
        return crop.convert("RGB")


def written(form: str, image: Image.Image | None = None, **settings: Any) -> bytes:
    file = io.BytesIO()
    (image or wall()).save(file, form, **settings)
    return file.getvalue()


def sentence(source: bytes | Path) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(source, name="photo")
    return str(caught.value)


def assert_damaged(source: bytes | Path) -> None:
    said = sentence(source)
    assert said.startswith("photo: damaged: ")
    assert said.endswith(". Copy it again from the camera.")


# What is damaged


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("foreign_4kB.jpg", "broken inside"),
        ("lost_16kB_of_middle.jpg", "last 33 %"),
        ("lost_tail_with_EOI.jpg", "last 57 %"),
        ("low_crack_lost_tail.jpg", "last 40 %"),
        ("plain_cut.jpg", "last 57 %"),
        ("zero_tail.jpg", "last 33 %"),
    ],
)
def test_a_jpeg_that_lost_a_part_says_what_is_lost(name, lost):
    assert_damaged(LOST / name)
    assert lost in sentence(LOST / name)


def test_the_whole_one_is_read():
    assert read_photo(LOST / "low_crack_whole.jpg").notes == ()


@pytest.mark.parametrize("settings", [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"subsampling": 0}])
def test_a_jpeg_whose_end_mark_hides_what_is_lost(settings):
    data = written("JPEG", quality=90, **settings)
    assert_damaged(data[: len(data) // 2] + b"\xff\xd9")
    assert_damaged(data[: len(data) // 2] + data[len(data) // 2 + 3000 :])


def test_bytes_that_the_picture_did_not_take_are_of_lost_blocks():
    data = written("JPEG", quality=90)
    read_photo(data[:-2] + bytes((1, 2, 3, 4)) + data[-2:])
    read_photo(data[:-2] + bytes(60) + data[-2:])
    assert_damaged(data[:-2] + bytes(600) + data[-2:])
    assert_damaged(data[:-2] + bytes(range(1, 60)) + data[-2:])


def test_a_jpeg_with_a_hit_table():
    data = written("JPEG", quality=85)
    start = next(start for marker, start, _ in segments(data) if marker == 0xDB)
    assert "quantisation table" in sentence(data[: start + 20] + b"\xfa" + data[start + 21 :])
    start = next(start for marker, start, _ in segments(data) if marker == 0xC4)
    assert "Huffman table" in sentence(data[: start + 25] + data[start + 26 : start + 27] + data[start + 26 :])


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg"])
def test_a_hit_strip_of_a_tiff(compression):
    data = bytearray(written("TIFF", compression=compression))
    with Image.open(io.BytesIO(data)) as image:
        place, size = image.tag_v2[273][0], image.tag_v2[279][0]  # type: ignore[attr-defined]
    middle = place + size // 2
    data[middle : middle + 400] = bytes(reversed(data[middle : middle + 400]))
    assert_damaged(bytes(data))


def test_a_png_with_a_wrong_sum_though_its_pixels_unpack():
    data = written("PNG", compress_level=0)
    at = data.index(b"IDAT") + 5000
    assert "checksum" in sentence(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


@pytest.mark.parametrize("settings", [{"quality": 80}, {"lossless": True}])
def test_a_webp_that_decodes_to_something_else(settings):
    rng, data = np.random.default_rng(5), bytearray(written("WEBP", **settings))
    middle = len(data) // 3
    data[middle : middle + 600] = rng.bytes(600)
    assert_damaged(bytes(data))


def test_a_header_that_is_broken_is_damage_and_no_foreign_format():
    data = written("PNG")
    assert "begins as PNG" in sentence(data[:22] + b"\xff\xff" + data[24:])
    assert "this is text" in sentence(b"no photo at all")


# A shift in colour that no decoder speaks of


def shifted(pixels: np.ndarray, row: int, column: int, by: tuple[int, int, int], block: int) -> np.ndarray:
    """Give the pixels as they come when from a block on every difference is added to a wrong sum."""
    found = pixels.astype(int)
    found[row * block : (row + 1) * block, column * block :] += by
    found[(row + 1) * block :] += by
    return found.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("block", [8, 16])
@pytest.mark.parametrize("by", [(25, 25, 25), (-20, -20, -20), (12, 0, -12)])
def test_a_shift_is_seen_where_it_begins(block, by):
    pixels = draw_wall((480, 640), seed=3).pixels
    assert shifted_from(pixels, (block, block)) is None
    row, column = 200 // block, 320 // block
    found = shifted_from(shifted(pixels, row, column, by, block), (block, block))
    assert found is not None
    assert found[0] == row * block
    assert abs(found[1] - column * block) <= block


def test_a_shift_that_begins_with_a_row_is_seen_by_the_texture_that_goes_on():
    pixels = draw_wall((480, 640), seed=3).pixels
    assert shifted_from(shifted(pixels, 12, 0, (30, 30, 30), 16), (16, 16)) == (192, 0)
    other = draw_wall((480, 640), seed=4, texture="asphalt").pixels
    assert shifted_from(np.concatenate([pixels[:192], other[192:]]), (16, 16)) is None  # two walls


def test_straight_edges_of_a_picture_are_no_shift():
    pixels = draw_wall((480, 640), seed=3).pixels.copy()
    pixels[:64] = 0  # a bar as films and screens have it, on the grid of the blocks
    pixels[416:] = 255
    pixels[160:320, 200:400] = 90
    assert shifted_from(pixels, (16, 16)) is None
    assert shifted_from(np.full((480, 640, 3), 200, np.uint8), (16, 16)) is None
    assert shifted_from(pixels[:12, :20], (16, 16)) is None


def test_a_shifted_jpeg_is_a_row():
    whole = np.asarray(wall())
    assert "row 128" in sentence(written("JPEG", Image.fromarray(shifted(whole, 8, 12, (30, 30, 30), 16)), quality=90))


# What is not damaged


@pytest.mark.parametrize("file", list(controls(3 * len(ENCODERS), seed=4)), ids=lambda file: file.name)
def test_undamaged_files_of_every_encoder_are_read(file):
    read_photo(file.data)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("quality", [12, 45, 75, 92, 100])
def test_walls_at_every_quality_are_read(seed, quality):
    texture = ("concrete", "plaster", "brick", "asphalt", "formwork", "stained")[seed]
    image = Image.fromarray(draw_wall((320, 400), texture=texture, seed=seed).pixels)  # type: ignore[arg-type]
    read_photo(written("JPEG", image, quality=quality, subsampling=seed % 3, optimize=seed % 2 == 0))
    read_photo(written("WEBP", image, quality=quality, method=seed))


def test_what_good_programs_write_around_a_picture_is_no_damage():
    data = written("JPEG", quality=85)
    scan = next(end for marker, _, end in segments(data) if marker == 0xDA)
    app = b"\xff\xe2" + struct.pack(">H", 2 + 30) + b"ICC_PROFILE\0\x05\x02" + bytes(16)
    for odd in (
        data + b"\0\0\0\x18ftypmp42" + bytes(5000),  # a motion photo
        data + data,  # two pictures
        data[:2] + app + data[2:],  # half a profile
        data[:2] + b"\xff" * 9 + data[2:],  # filled up before a segment
        data[: scan - 3] + bytes(3) + data[scan:],  # phones that write no range of coefficients
        data.replace(b"JFIF\0\x01\x01", b"JFIF\0\x09\x01"),
    ):
        np.testing.assert_array_equal(read_photo(odd).pixels, read_photo(data).pixels)
    assert bare_jpeg(data[:2] + app + bytes(40) + data[2:]) == bare_jpeg(data)


def test_pixels_are_those_of_pillow():
    for form, settings in (("JPEG", {"quality": 90}), ("WEBP", {"quality": 90}), ("TIFF", {"compression": "tiff_lzw"})):
        data = written(form, **settings)
        np.testing.assert_array_equal(read_photo(data).pixels, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


@pytest.mark.parametrize("length", [1, 2, 255, 5000, 60000])
def test_lengths_of_packed_strips(length):
    rng = np.random.default_rng(length)
    data = np.repeat(rng.integers(0, 256, length), rng.integers(1, 9, length)).astype(np.uint8)[: max(length, 1)]
    for compression, of in (("tiff_lzw", lzw_length), ("packbits", packbits_length)):
        tiff = written("TIFF", Image.fromarray(data[None, :]), compression=compression)
        with Image.open(io.BytesIO(tiff)) as image:
            place, size = image.tag_v2[273][0], image.tag_v2[279][0]  # type: ignore[attr-defined]
        assert of(tiff[place : place + size]) == len(data)


def test_packed_strips_that_are_broken_or_foreign():
    with pytest.raises(BrokenStripError, match="not there yet"):
        lzw_length(b"\x80\x3f\xff\xff")
    with pytest.raises(BrokenStripError, match="cut off"):
        packbits_length(b"\x05ab")
    assert lzw_length(b"\x00\x01\x02") is None  # the order of bits before TIFF 6.0


# Whatever a decoder raises is that photo's


def test_later_pages_that_are_broken_take_nothing_from_the_first():
    photo = read_photo(CASES / "10_tiff_second_page" / "scan.tif")
    assert said(photo.notes) == ("first of 2 pages read",)
    assert photo.pixels.std() > 5


@pytest.mark.parametrize("name", ["11_exif_stub/stub.png", "11_exif_stub/stub.webp", "11b_exif_zeros/zeros.png"])
def test_broken_exif_refuses_no_good_pixels(name):
    photo = read_photo(CASES / name)
    assert said(photo.notes) == ("EXIF left out in part: it is broken",)
    assert photo.pixels.std() > 5
    assert read_photo(CASES / "11b_exif_zeros" / "zeros.jpg").hw == (480, 640)


def test_what_pillow_warns_of_is_a_note_and_not_printed(recwarn):
    exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0" + b"\x0f\x01\x02\0\x04\0\0\0abcd"
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        photo = read_photo(written("JPEG", exif=exif))
    assert not recwarn.list
    assert any(note.startswith("its header is odd: Corrupt EXIF data") for note in said(photo.notes))


@pytest.mark.parametrize("raised", [KeyError(347), struct.error("bad"), RecursionError("deep"), zlib.error("-3")])
def test_an_error_that_nobody_foresaw_is_a_sentence(monkeypatch, raised):
    def broken(*_: object) -> None:
        raise raised

    monkeypatch.setattr(read_module, "decode", broken)
    said = sentence(written("PNG"))
    assert str(raised) in said
    assert said.endswith(". Copy it again from the camera.")


def test_memory_that_runs_out_is_no_damage(monkeypatch):
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(read_module, "decode", full)
    with pytest.raises(MemoryError):
        read_photo(written("PNG"))


def photo_or_sentence(data: bytes) -> str:
    try:
        read_photo(data)
    except PhotoError as error:
        return str(error)
    return "read"


@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda encoder: f"{encoder.name}{encoder.suffix}")
def test_any_damage_gives_a_photo_or_a_sentence(encoder):
    rng = np.random.default_rng(8)
    whole = encoded(wall().crop((0, 0, 160, 120)), encoder, 1)
    for damage in DAMAGES:
        for _ in range(4):
            assert photo_or_sentence(damage(whole, rng)).endswith((".", "read"))


# What libtiff writes to stderr


def test_a_tiff_that_cannot_be_decoded_says_why_and_the_terminal_stays_clean(capfd: pytest.CaptureFixture[str]) -> None:
    whole = written("TIFF", compression="jpeg")
    at = whole.index(b"\xff\xc4") + 5
    said = sentence(whole[:at] + b"\xff" * 16 + whole[at + 16 :])
    assert "damaged: its pixels cannot be decoded (Bogus Huffman table definition" in said
    assert capfd.readouterr().err == ""


def test_what_others_write_while_a_tiff_is_decoded_is_not_lost(capfd: pytest.CaptureFixture[str]) -> None:
    def decode(said: bytes) -> None:
        with libtiff_heard():
            os.write(2, said)
            raise OSError(-2)

    with pytest.raises(OSError, match=r"^Using code not yet in table$"):
        decode(b"photo 3 of 400\r\ntempfile.tif: Using code not yet in table.\n12 % done\n")
    assert capfd.readouterr().err == "photo 3 of 400\r\n12 % done\n"
    with pytest.raises(OSError, match="-2"):
        decode(b"")


# Jumps on the grid of the blocks


def jumped(pixels: np.ndarray, rows: slice, columns: slice, by: int) -> np.ndarray:
    """Give the picture with a part that is too bright."""
    changed = pixels.astype(np.int16)
    changed[rows, columns] += by
    return np.clip(changed, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("texture", ["concrete", "asphalt", "brick"])
def test_parts_of_two_rows_that_jump_are_damage_only_on_the_grid(texture: Any) -> None:
    pixels = draw_wall((480, 640), seed=3, texture=texture).pixels
    hit = jumped(jumped(pixels, slice(160, 480), slice(320, 640), 25), slice(208, 480), slice(0, 320), -25)
    assert jumps_from(pixels, 16) is None
    assert jumps_from(hit, 16) == (160, 320)
    assert jumps_from(hit[4:], 16) is None


def test_what_the_encoder_does_itself_is_no_jump() -> None:
    hit = jumped(draw_wall((480, 640), seed=3).pixels, slice(160, 208), slice(None), 14)
    assert jumps_from(hit, 16) == (160, 0)
    assert jumps_from(hit, 16, levels=40) is None


@pytest.mark.parametrize("quality", [10, 20, 40, 75])
@pytest.mark.parametrize("texture", ["concrete", "asphalt", "brick"])
def test_a_coarse_jpeg_is_whole_also_inside_tiff(texture: Any, quality: int) -> None:
    image = Image.fromarray(draw_wall((240, 320), seed=3, texture=texture).pixels)
    for subsampling in (0, 2):
        read_photo(written("JPEG", image, quality=quality, subsampling=subsampling))
    read_photo(written("JPEG", image.convert("L"), quality=quality))
    read_photo(written("TIFF", image, compression="jpeg", quality=quality))


def test_the_coarsest_step_is_read_where_the_tables_are() -> None:
    with Image.open(io.BytesIO(written("JPEG", quality=20))) as image:
        expected = max(table[0] for table in image.quantization.values())  # type: ignore[attr-defined]
    assert coarsest_mean(written("JPEG", quality=20)) == expected
    assert coarsest_mean(b"") == 0


def test_pictures_mounted_above_each_other_are_whole() -> None:
    walls = draw_wall((192, 640), seed=3).pixels, draw_wall((192, 640), seed=4, texture="asphalt").pixels
    assert jumps_from(np.concatenate(walls), 16) is None
    assert jumps_from(np.concatenate([*walls, walls[0]]), 16) is None
    hit = jumped(jumped(walls[0], slice(32, 192), slice(320, 640), 25), slice(80, 192), slice(0, 320), -25)
    assert jumps_from(np.concatenate([hit, *walls]), 16) == (32, 320)
    framed = jumped(walls[0], slice(0, 32), slice(None), -255)
    assert jumps_from(framed, 16) is None


def test_few_jumps_in_a_wide_photo_are_its_own() -> None:
    pixels = draw_wall((480, 4000), seed=3).pixels
    hit = jumped(jumped(pixels, slice(160, 480), slice(320, 640), 25), slice(208, 480), slice(0, 320), -25)
    assert jumps_from(hit[:, :1024], 16) == (160, 320)
    assert jumps_from(hit, 16) is None


def test_tiles_of_a_lossless_webp_that_do_not_fit_are_damage() -> None:
    whole = draw_wall((480, 640), seed=3).pixels
    hit = jumped(jumped(whole, slice(64, 256), slice(128, 320), 30), slice(320, 384), slice(256, 512), -30)
    read_photo(written("WEBP", Image.fromarray(whole), lossless=True))
    assert "tiles" in sentence(written("WEBP", Image.fromarray(hit), lossless=True))
    read_photo(written("PNG", Image.fromarray(hit)))


# The strict decoder gives the pixels, too


@pytest.mark.parametrize(
    "settings", [{}, {"subsampling": 0}, {"progressive": True}, {"quality": 30}, {"subsampling": 1}]
)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpegs_pixels_are_those_of_pillow_to_the_last_bit(mode: str, settings: dict[str, Any]) -> None:
    data = written("JPEG", wall().convert(mode), **settings)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(read_photo(data).pixels, np.asarray(image.convert("RGB")))


def test_a_jpeg_that_stores_rgb_is_no_ycc() -> None:
    data = written("JPEG", keep_rgb=True, subsampling=0)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(read_photo(data).pixels, np.asarray(image))
    assert np.abs(read_photo(data).pixels.astype(int) - np.asarray(wall())).mean() < 8


def test_a_jpeg_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(image: Image.Image) -> None:
        raise AssertionError(image)

    data = written("JPEG")
    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load", load)
    assert read_photo(data).hw == wall().size[::-1]
