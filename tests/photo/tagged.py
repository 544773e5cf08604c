"""Takes tags; gives a small JPEG that holds them, as bytes. Knows not what they mean."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from cracklens.photo import read_photo
from cracklens.values import Photo

GPS_IFD, EXIF_IFD = 0x8825, 0x8769
CASES = Path(__file__).parents[1] / "data" / "cases"

Tags = Mapping[int, Any] | None


def jpeg(
    *, picture: Tags = None, camera: Tags = None, gps: Tags = None, xmp: str = "", size: tuple[int, int] = (8, 8)
) -> bytes:
    """Give a JPEG with these EXIF tags by number and this XMP packet."""
    exif = Image.Exif()
    exif.update(picture or {})
    for ifd, tags in ((EXIF_IFD, camera), (GPS_IFD, gps)):
        if tags:
            exif.get_ifd(ifd).update(tags)
    file = io.BytesIO()
    settings = {"xmp": xmp.encode()} if xmp else {}
    Image.new("RGB", size).save(file, "JPEG", exif=exif, **settings)
    return file.getvalue()


def photo(**tags: Any) -> Photo:
    return read_photo(jpeg(**tags))


def xmp(*, inside: str = "", **attributes: str) -> str:
    """Give an XMP packet with attributes "prefix_name" and elements inside."""
    names = " ".join(f'{name.replace("_", ":", 1)}="{text}"' for name, text in attributes.items())
    spaces = {
        "exif": "http://ns.adobe.com/exif/1.0/",
        "tiff": "http://ns.adobe.com/tiff/1.0/",
        "photoshop": "http://ns.adobe.com/photoshop/1.0/",
        "drone": "http://www.dji.com/drone-dji/1.0/",
        "GPano": "http://ns.google.com/photos/1.0/panorama/",
        "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    }
    said = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in spaces.items())
    rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    description = f"<rdf:Description {said} {names}>{inside}</rdf:Description>"
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {rdf}>{description}</rdf:RDF></x:xmpmeta>'
