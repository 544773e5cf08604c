"""Takes pixels on disk; gives faults where they are not those in memory, stay in memory, or are lost."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.photo.made import encoded, is_on_disk, noise, resident_bytes

from cracklens.photo import let_go, read_photo
from cracklens.photo.pixels import scratch
from cracklens.photo.pixels.scratch import room

needs_linux = pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="scratch files are made on Linux")


@pytest.fixture
def all_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "LARGE_BYTES", 1)


@needs_linux
@pytest.mark.usefixtures("all_on_disk")
def test_what_is_let_go_takes_no_memory_and_is_still_there() -> None:
    pixels = room((1000, 700, 3))
    pixels[:] = noise((1000, 700))
    assert is_on_disk(pixels)
    assert resident_bytes(pixels) >= pixels.nbytes
    let_go(pixels[::-1, 5:].swapaxes(0, 1))  # a view, as upright photos are
    assert resident_bytes(pixels) == 0
    assert np.array_equal(pixels, noise((1000, 700)))


def test_small_pictures_stand_in_memory() -> None:
    assert not is_on_disk(room((1000, 700, 3)))


@needs_linux
@pytest.mark.usefixtures("all_on_disk")
def test_where_the_disk_is_full_pictures_stand_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    pixels = room((10, 10, 3))
    pixels[:] = 7
    assert not is_on_disk(pixels)


@needs_linux
@pytest.mark.usefixtures("all_on_disk")
def test_its_folder_is_that_of_the_system_and_nothing_stays_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    assert not is_on_disk(room((10, 10, 3)))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert is_on_disk(room((10, 10, 3)))
    assert not list(tmp_path.iterdir())


def test_what_others_map_is_left_alone() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(bytes(4096))
        file.flush()
        theirs = np.memmap(file, np.uint8, "c", shape=(4096,))  # what is written to it stands in memory alone
        theirs[:] = 7
        let_go(theirs)
        assert (theirs == 7).all()
        del theirs


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_photos_on_disk_are_those_in_memory(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = encoded(Image.fromarray(noise((1100, 70))), form, exif=turned())
    in_memory = read_photo(file).pixels
    monkeypatch.setattr(scratch, "LARGE_BYTES", 1)
    on_disk = read_photo(file).pixels
    assert is_on_disk(on_disk) == hasattr(os, "posix_fallocate")
    assert on_disk.shape == (70, 1100, 3)
    assert np.array_equal(on_disk, in_memory)


def turned() -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = 6
    return tags


def test_empty_areas_on_disk_are_filled_as_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.dstack([noise((600, 90)), np.full((600, 90), 255, np.uint8)])
    pixels[500:560, 20:60, 3] = 0
    file = encoded(Image.fromarray(pixels), "PNG")
    in_memory = read_photo(file).pixels
    monkeypatch.setattr(scratch, "LARGE_BYTES", 1)
    assert np.array_equal(read_photo(file).pixels, in_memory)
