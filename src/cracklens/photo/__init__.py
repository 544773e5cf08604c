"""Takes files and folders; gives the photos in them as upright sRGB pixels with their facts. Knows no cracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.photo.find import FoundPhotos, OtherFiles, find_photos
    from cracklens.photo.kinds import KINDS, SUFFIXES, Kind, kind_of, refusal
    from cracklens.photo.pixels import let_go, room
    from cracklens.photo.preview import cut_jpeg, preview_jpeg
    from cracklens.photo.pyramid import TILE_PX, levels, read_tile, write_pyramid
    from cracklens.photo.read import MAX_PIXELS, file_sha256, photo_pixels, read_photo
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "find": ("FoundPhotos", "OtherFiles", "find_photos"),
            "kinds": ("KINDS", "SUFFIXES", "Kind", "kind_of", "refusal"),
            "pixels": ("let_go", "room"),
            "preview": ("cut_jpeg", "preview_jpeg"),
            "pyramid": ("TILE_PX", "levels", "read_tile", "write_pyramid"),
            "read": ("MAX_PIXELS", "file_sha256", "photo_pixels", "read_photo"),
        },
    )

__all__ = [
    "KINDS",
    "MAX_PIXELS",
    "SUFFIXES",
    "TILE_PX",
    "FoundPhotos",
    "Kind",
    "OtherFiles",
    "cut_jpeg",
    "file_sha256",
    "find_photos",
    "kind_of",
    "let_go",
    "levels",
    "photo_pixels",
    "preview_jpeg",
    "read_photo",
    "read_tile",
    "refusal",
    "room",
    "write_pyramid",
]
