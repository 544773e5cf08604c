"""Takes a folder; gives small drawn sets, archives and publications of them. Knows nothing of what is tested."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cracklens.published.sources import ClassFolder, Publication, PublishedSet

FOLDERS = (ClassFolder("D/CD", "Decks/Cracked", 2), ClassFolder("D/UD", "Decks/Non-cracked", 1))


def texture(seed: int, *, side_px: int = 96, crack: bool = False) -> NDArray[np.uint8]:
    """Give a blotchy grey picture that is like no other, with a dark diagonal or without."""
    draw = np.random.default_rng(seed)
    coarse = Image.fromarray(draw.integers(60, 200, (12, 12), dtype=np.uint8))
    pixels = np.array(coarse.resize((side_px, side_px), Image.Resampling.BICUBIC), dtype=np.uint8)
    if crack:
        rows = np.arange(side_px)
        for width in range(5):
            pixels[rows, (rows + width + 3 * seed) % side_px] = 20
    return np.repeat(pixels[..., np.newaxis], 3, axis=2)


def save(path: Path, pixels: NDArray[np.uint8]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def make_set(folder: Path, *, per_class: int = 30, first_seed: int = 0) -> Path:
    """Write a folder with two classes of pictures that are all different."""
    for i in range(per_class):
        save(folder / "Cracked" / f"{i:03}.png", texture(first_seed + i, crack=True))
        save(folder / "Non-cracked" / f"{i:03}.png", texture(first_seed + 1000 + i))
    return folder


def zip_bytes(members: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)  # without the hour: two zips of the same are the same
            archive.writestr(member, content, compression)
    return stream.getvalue()


def set_zip() -> bytes:
    """Give a zip in a zip, as SDNET2018 is published, of what FOLDERS names."""
    noise = np.random.default_rng(0).bytes(60_000)
    pictures = {"D/CD/1-1.jpg": noise, "D/CD/1-2.jpg": b"two", "D/UD/1-3.jpg": b"three", "D/UD/Thumbs.db": b"no"}
    return zip_bytes({"ALL/ReadMe.txt": b"read me", "ALL/SET.zip": zip_bytes(pictures)})


def publication(content: bytes, *, address: str = "", sha256: str | None = "", md5: str | None = None) -> Publication:
    """Give where the content is published; its SHA-256 unless another one or None is given."""
    known = hashlib.sha256(content).hexdigest() if sha256 == "" else sha256
    return Publication("usu", address, "set.zip", len(content), known, md5, "made for a test")


def published(of: Publication) -> PublishedSet:
    return PublishedSet("tiny", "Tiny", "https://example.org/tiny", "10.0/tiny", "CC0", (of,), FOLDERS)
