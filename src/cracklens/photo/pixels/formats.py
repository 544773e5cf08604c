"""Takes a file; gives its opened image, header read, of every format that is read. Knows no pixels."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, TiffImagePlugin, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "JPEG2000", "AVIF")
"""By Pillow, beside TIFF; it opens MPO, a JPEG with more pictures, as JPEG."""

HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
TIFF_STARTS, BIG_BIG_START = (b"II*\0", b"MM\0*", b"II+\0"), b"MM\0+"


class AnyTiff(TiffImagePlugin.TiffImageFile):
    """A TIFF of any bands and size.

    Where Pillow has no mode for its bands, size and tags are read, and its pixels are `photo.tiff`'s work. Pillow's own
    limit of size, which it checks once more when it decodes a TIFF, is passed by.
    """

    def load_prepare(self) -> None:
        """Make room for the pixels."""
        if self._im is None:
            self.im = Image.new(self.mode, self._tile_size).im
        super().load_prepare()

    def _setup(self) -> None:
        try:
            super()._setup()
        except (SyntaxError, KeyError):  # bands or a compression that Pillow does not know
            width, height = self.tag_v2[TiffImagePlugin.IMAGEWIDTH], self.tag_v2[TiffImagePlugin.IMAGELENGTH]
            self._mode, self._size, self.tile = "L", (int(width), int(height)), []


def open_image(source: Path | str | io.BytesIO) -> Image.Image:
    """Open an image by its content, whatever its name says; only the header is read.

    Raises:
        UnidentifiedImageError: the content is of no format that is read.
        ValueError: of one that is not read in this form.
        OSError: the file cannot be opened.
    """
    start = _start(source)
    if start.startswith(BIG_BIG_START):
        raise ValueError("a big-endian BigTIFF is not read. Save it as TIFF")
    if start.startswith(TIFF_STARTS):
        return AnyTiff(source)
    try:
        return Image.open(source, formats=FORMATS)
    except UnidentifiedImageError:
        if isinstance(source, io.BytesIO):
            source.seek(0)
        if start[4:8] == b"ftyp" and start[8:12] in HEIF_BRANDS:
            from pi_heif import HeifImageFile

            heif: Image.Image = HeifImageFile(source)
            return heif
        raise


def _start(source: Path | str | io.BytesIO) -> bytes:
    if isinstance(source, io.BytesIO):
        return source.getvalue()[:12]
    with Path(source).open("rb") as file:
        return file.read(12)
