"""Takes files of every kind, good and bad; gives faults where reading them guesses, hides or dies."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps, TiffImagePlugin
from tests.photo.made import encoded, noise, smooth

from cracklens.errors import PhotoError
from cracklens.photo import MAX_PIXELS, photo_pixels, read_photo

GPS_IFD, EXIF_IFD = 0x8825, 0x8769


def png_header(width: int, height: int, body: bytes = b"") -> bytes:
    """Give a PNG that says it has these pixels and holds none of them."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def exif(*, orientation: int | None = None, date: str | None = None, gps: dict[int, Any] | None = None) -> Image.Exif:
    tags = Image.Exif()
    if orientation is not None:
        tags[0x0112] = orientation
    if date is not None:
        tags.get_ifd(EXIF_IFD)[0x9003] = date
    if gps is not None:
        tags.get_ifd(GPS_IFD).update(gps)
    return tags


def refusal(source: bytes | str | Path, **settings: Any) -> str:
    """Give the sentence of the error, which must say what to do."""
    with pytest.raises(PhotoError) as caught:
        read_photo(source, **settings)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert sentence.count(". ") >= 1, f"says what came, not what to do: {sentence}"
    return sentence


# What is read


@pytest.mark.parametrize(("form", "settings"), [("PNG", {}), ("TIFF", {}), ("BMP", {}), ("WEBP", {"lossless": True})])
def test_lossless_forms_give_their_pixels(form, settings):
    photo = read_photo(encoded(Image.fromarray(noise()), form, **settings))
    np.testing.assert_array_equal(photo.pixels, noise())
    assert photo.notes == ()
    assert photo.name == "<bytes>"
    assert len(photo.sha256) == 64


def test_jpeg_is_close():
    photo = read_photo(encoded(Image.fromarray(smooth()), "JPEG", quality=95))
    assert np.abs(photo.pixels.astype(int) - smooth()).max() < 12


@pytest.mark.parametrize("name", ["mit Leerzeichen.png", "Brücke_Süd-Ω.png", "写真.png", "no suffix", "text.jpg"])
def test_names_are_kept(tmp_path, name):
    (tmp_path / name).write_bytes(encoded(Image.fromarray(noise()), "PNG"))
    photo = read_photo(tmp_path / name)
    assert photo.name == str(tmp_path / name)
    assert read_photo(str(tmp_path / name), name="n").name == "n"
    assert read_photo(tmp_path / name).sha256 == read_photo((tmp_path / name).read_bytes()).sha256


def test_one_px():
    photo = read_photo(encoded(Image.new("RGB", (1, 1), (1, 2, 3)), "PNG"))
    assert photo.hw == (1, 1)
    assert photo.pixels.tolist() == [[[1, 2, 3]]]


def test_photo_higher_than_a_strip_is_read_whole():
    tall = np.random.default_rng(0).integers(0, 256, (1300, 3), np.uint8)
    np.testing.assert_array_equal(read_photo(encoded(Image.fromarray(tall), "PNG")).pixels[..., 0], tall)


# Orientation, date, place


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations_are_as_pillow_turns_them(form, orientation):
    data = encoded(Image.fromarray(smooth()), form, exif=exif(orientation=orientation))
    with Image.open(io.BytesIO(data)) as image:
        turned = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    np.testing.assert_array_equal(read_photo(data).pixels, turned)
    assert turned.shape[:2] == ((64, 48) if orientation > 4 else (48, 64))


@pytest.mark.parametrize("pages", [1, 2])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_a_tiff_with_pages_is_applied_once(tmp_path, orientation, pages):
    image, tags = Image.fromarray(noise()), exif(orientation=orientation)
    image.save(tmp_path / "a.tif", save_all=True, append_images=[image] * (pages - 1), exif=tags)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(encoded(image, "PNG", exif=tags))))
    np.testing.assert_array_equal(read_photo(tmp_path / "a.tif").pixels, np.asarray(expected))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_there_is_not_is_passed_over(orientation):
    data = encoded(Image.fromarray(noise()), "PNG", exif=exif(orientation=orientation))
    np.testing.assert_array_equal(read_photo(data).pixels, noise())


@pytest.mark.parametrize("pages", [1, 2])
def test_date_and_place_of_a_tiff_file(tmp_path, pages):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[GPS_IFD] = {1: "N", 2: (48.0, 0.0, 0.0), 3: "E", 4: (11.0, 0.0, 0.0)}
    tags[EXIF_IFD] = {0x9003: "2023:01:02 03:04:05"}
    image = Image.fromarray(noise())
    image.save(tmp_path / "a.tif", tiffinfo=tags, save_all=True, append_images=[image] * (pages - 1))
    photo = read_photo(tmp_path / "a.tif")
    assert (photo.taken_at, photo.gps) == ("2023-01-02T03:04:05", (48, 11))


# What is refused


def test_empty_file(tmp_path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    assert "empty" in refusal(tmp_path / "empty.jpg")
    assert "empty" in refusal(b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_truncated_file(form, share):
    data = encoded(Image.fromarray(noise((200, 200))), form)
    assert "n.jpg: " in refusal(data[: int(len(data) * share)], name="n.jpg")


@pytest.mark.parametrize("content", [b"this is no photo\n" * 50, b"\0" * 4096, b"\xff\xd8\xff", b"GIF89a" + b"\0" * 99])
def test_no_photo(tmp_path, content):
    (tmp_path / "text.jpg").write_bytes(content)
    sentence = refusal(tmp_path / "text.jpg")
    assert "text.jpg" in sentence
    assert "expected a photo (JPEG, " in sentence or "damaged: it begins as " in sentence


def test_folder_and_missing_file(tmp_path):
    assert "is a directory" in refusal(tmp_path)
    assert "no such file" in refusal(tmp_path / "missing.jpg")
    assert "cannot be read" in refusal("a\0b.jpg")


def test_file_that_may_not_be_read(tmp_path, monkeypatch):
    """By monkeypatch, since root may read every file."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.png").write_bytes(encoded(Image.fromarray(noise()), "PNG"))
    monkeypatch.setattr(Path, "open", refuse)
    assert "permission denied" in refusal(tmp_path / "a.png")


def test_decompression_bomb_is_refused_before_it_is_decoded():
    bomb = png_header(60_000, 60_000)
    tracemalloc.start()
    sentence = refusal(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "60000 x 60000" in sentence
    assert "300 megapixels" in sentence
    assert peak < 5_000_000


def test_bomb_in_a_text_chunk():
    plain = encoded(Image.fromarray(noise()), "PNG")
    text = b"zTXt" + b"k\0\0" + zlib.compress(b"\0" * 80_000_000, 9)
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    assert "cannot be read" in refusal(plain[:33] + chunk + plain[33:])


def test_max_pixels_is_the_last_size_that_is_read():
    data = encoded(Image.fromarray(noise((10, 20))), "PNG")
    assert read_photo(data, max_pixels=200).hw == (10, 20)
    assert "20 x 10" in refusal(data, max_pixels=199)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
def test_photo_without_pixels(size):
    refusal(png_header(*size))


def test_pillows_own_limit_is_as_before():
    before = Image.MAX_IMAGE_PIXELS
    read_photo(encoded(Image.fromarray(noise()), "PNG"))
    for source in (b"no photo", png_header(60_000, 60_000), b""):
        refusal(source)
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "JPEG2000", "AVIF"])
def test_pillows_own_limit_does_not_stop_a_large_photo(monkeypatch, form):
    data = encoded(Image.fromarray(noise()), form)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert read_photo(data).hw == (24, 40)
    assert MAX_PIXELS >= 200_000_000


# A TIFF whose list of tags is damaged makes Pillow warn before it fails; the warning is not the fault looked for.
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
@given(data=st.data())
def test_damaged_bytes_give_a_photo_or_a_sentence(form, data):
    settings = (
        {}
        if form == "BMP"
        else {"exif": exif(orientation=6, date="2024:01:02 03:04:05", gps={1: "N", 2: (4.0, 0.0, 0.0)})}
    )
    content = bytearray(encoded(Image.fromarray(noise()), form, **settings))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        photo = read_photo(bytes(content), max_pixels=1_000_000)
    except PhotoError as error:
        assert str(error).endswith(".")  # noqa: PT017 either outcome is right
    else:
        assert min(photo.hw) >= 1
        assert photo.pixels.dtype == np.uint8


def test_a_tiff_without_a_size_is_refused():
    damaged = bytearray(encoded(Image.fromarray(noise()), "TIFF"))
    at = damaged.index(struct.pack("<HHI", 257, 3, 1)) if struct.pack("<HHI", 257, 3, 1) in damaged else None
    at = damaged.index(struct.pack("<HHI", 257, 4, 1)) if at is None else at
    damaged[at : at + 2] = struct.pack("<H", 255)
    refusal(bytes(damaged))


def test_pixels_by_the_header_alone(tmp_path):
    (tmp_path / "bomb.png").write_bytes(png_header(60_000, 60_000))
    (tmp_path / "text.jpg").write_text("no photo")
    assert photo_pixels(tmp_path / "bomb.png") == 3_600_000_000
    assert photo_pixels(tmp_path / "text.jpg") == 0
    assert photo_pixels(tmp_path / "missing.jpg") == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PhotoError, match="expected a file; it is a pipe"):
        read_photo(tmp_path / "pipe.jpg")
