"""Takes files and folders; gives the photos in them as upright sRGB pixels with their facts. Knows no cracks."""

from __future__ import annotations

from cracklens.photo.find import find_photos
from cracklens.photo.preview import preview_jpeg
from cracklens.photo.read import (
    FOREIGN_SUFFIXES,
    MAX_PIXELS,
    SUFFIXES,
    file_sha256,
    photo_pixels,
    read_photo,
)

__all__ = [
    "FOREIGN_SUFFIXES",
    "MAX_PIXELS",
    "SUFFIXES",
    "file_sha256",
    "find_photos",
    "photo_pixels",
    "preview_jpeg",
    "read_photo",
]
