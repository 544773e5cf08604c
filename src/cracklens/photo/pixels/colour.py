"""Takes an image's colour profile; gives what turns its strips into sRGB. Knows no files."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from cracklens.values import Note

Strip = Callable[[Image.Image], Image.Image]
"""Gives a strip as RGB in sRGB."""

SPACES = {"GRAY": "L", "RGB ": "RGB", "CMYK": "CMYK", "Lab ": "LAB"}
SAME_LEVELS = 2
"""A profile that moves no colour by more is sRGB under another name: pixels are left as they are."""

ADOBE_BY_EXIF = (b"\x01\0\x02\0\x04\0\0\0R03\0", b"\0\x01\0\x02\0\0\0\x04R03\0")
"""How EXIF of either byte order says Adobe RGB, as cameras do without a profile. Source: DCF 2.0."""

ADOBE_TO_SRGB = np.array([[1.39836, -0.39836, 0], [0, 1, 0], [0, -0.04293, 1.04293]], np.float32)
"""Light to light, both with white D65."""

SRGB_PRIMARIES, HDR_CURVES = (1, 2), (16, 18)
"""BT.709, or not said; PQ and HLG. Source: ITU-T H.273, tables 2 and 3."""

USUAL_GAMMA, GAMMA_APART = 1 / 2.2, 0.02


def to_srgb(image: Image.Image, mode: str) -> tuple[Strip | None, tuple[Note, ...]]:
    """Give what turns strips of a mode into sRGB, None where they are it or grey of it, and what there is to say.

    Args:
        image: its profile, or a PNG's gamma, is read from `info`.
        mode: of the strips: L, RGB, CMYK or LAB.
    """
    profile = image.info.get("icc_profile")
    if profile:
        return _by_profile(profile, mode)
    if mode == "RGB" and any(entry in (image.info.get("exif") or b"") for entry in ADOBE_BY_EXIF):
        return _by_adobe_rgb, (Note("adobe_rgb"),)
    nclx = image.info.get("nclx_profile") or {}
    if nclx.get("color_primaries", 1) not in SRGB_PRIMARIES or nclx.get("transfer_characteristics", 1) in HDR_CURVES:
        return _plain(mode), (Note("wider_colours"),)
    gamma = image.info.get("gamma")
    if gamma and "srgb" not in image.info and abs(gamma - USUAL_GAMMA) > GAMMA_APART:
        return _by_gamma(float(gamma)), (Note("gamma", {"gamma": float(gamma)}),)
    return _plain(mode), (Note("no_profile"),) if mode == "CMYK" else ()


def _plain(mode: str) -> Strip | None:
    if mode == "LAB":
        return _transform(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB")
    return (lambda strip: strip.convert("RGB")) if mode == "CMYK" else None


def _by_profile(raw: bytes, mode: str) -> tuple[Strip | None, tuple[Note, ...]]:
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(raw))
        reads = SPACES[profile.profile.xcolor_space]
        if reads != mode and (reads, mode) != ("RGB", "L"):
            return _plain(mode), (Note("profile_other", {"profile": reads, "mode": mode}),)
        turn, said = _transform(profile, reads), _said(profile)
        if mode != "CMYK" and _is_srgb(turn, reads):
            return None, ()
    except (ImageCms.PyCMSError, OSError, KeyError, ValueError, TypeError):
        return _plain(mode), (Note("profile_broken"),)
    return (lambda strip: turn(strip if strip.mode == reads else strip.convert(reads))), (said,)


def _transform(profile: ImageCms.ImageCmsProfile, mode: str) -> Strip:
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION | (ImageCms.Flags.NOOPTIMIZE if mode == "L" else 0)
    made = ImageCms.buildTransform(profile, _srgb(), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC, flags)
    if mode == "L":  # a table of all 256 greys: exact, where lcms bends the dark ones of linear light by 10 levels
        ramp = np.asarray(made.apply(Image.fromarray(np.arange(256, dtype=np.uint8)[np.newaxis])))[0]  # (256, 3)
        return _by_table(ramp.T.reshape(-1).tolist())

    def turn(strip: Image.Image) -> Image.Image:
        turned = made.apply(strip)
        if turned is None:
            raise ValueError("the colours cannot be turned into sRGB")
        return turned

    return turn


def _by_table(table: list[int]) -> Strip:
    """Give strips whose levels stand in a table, 256 of each channel."""
    return lambda strip: strip.convert("RGB").point(table)


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _is_srgb(turn: Strip, mode: str) -> bool:
    """Give whether a profile leaves colours as they are: a cube of them is turned and compared."""
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    cube = (
        steps[:, np.newaxis] if mode == "L" else np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    )
    turned = np.asarray(turn(Image.fromarray(cube, mode)), np.int16)
    return bool(np.abs(turned - cube.reshape(*turned.shape[:2], -1)).max() <= SAME_LEVELS)


def _said(profile: ImageCms.ImageCmsProfile) -> Note:
    name = (profile.profile.profile_description or "").strip()
    return Note("profile", {"name": name[:60]}) if name.isprintable() and name else Note("profile_unnamed")


def _by_adobe_rgb(strip: Image.Image) -> Image.Image:
    """Give a strip of Adobe RGB in sRGB. Source: Adobe RGB (1998) Color Image Encoding, 4.3; IEC 61966-2-1."""
    light = ((np.arange(256) / 255) ** (563 / 256)).astype(np.float32)[np.asarray(strip)] @ ADOBE_TO_SRGB.T  # (h, w, 3)
    steps = np.rint(255 * _encoded(np.linspace(0, 1, 65_536))).astype(np.uint8)
    return Image.fromarray(steps[(np.clip(light, 0, 1) * 65_535).astype(np.uint16)])


def _encoded(light: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give light 0-1 as sRGB writes it. Source: IEC 61966-2-1."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _by_gamma(gamma: float) -> Strip:
    """Give strips whose values were written as light to the power of gamma. Source: PNG specification, gAMA."""
    light = (np.arange(256) / 255) ** (1 / gamma)
    return _by_table(np.rint(_encoded(light) * 255).astype(int).tolist() * 3)
