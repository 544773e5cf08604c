"""Takes an image's colour profile; gives what turns its strips into sRGB. Knows no files."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Strip = Callable[[Image.Image], Image.Image]
"""Gives a strip as RGB in sRGB."""

SPACES = {"GRAY": "L", "RGB ": "RGB", "CMYK": "CMYK", "Lab ": "LAB"}
SAME_LEVELS = 2
"""A profile that moves no colour by more is sRGB under another name: pixels are left as they are."""

USUAL_GAMMA, GAMMA_APART = 1 / 2.2, 0.02


def to_srgb(image: Image.Image, mode: str) -> tuple[Strip | None, tuple[str, ...]]:
    """Give what turns strips of a mode into sRGB, None where they are it or grey of it, and what there is to say.

    Args:
        image: its profile, or a PNG's gamma, is read from `info`.
        mode: of the strips: L, RGB, CMYK or LAB.
    """
    profile = image.info.get("icc_profile")
    if profile:
        return _by_profile(profile, mode)
    gamma = image.info.get("gamma")
    if gamma and "srgb" not in image.info and abs(gamma - USUAL_GAMMA) > GAMMA_APART:
        return _by_gamma(float(gamma)), (f"turned into sRGB from a gamma of {gamma:.3g}",)
    return _plain(mode), ("no colour profile: CMYK turned into RGB by rule of thumb",) if mode == "CMYK" else ()


def _plain(mode: str) -> Strip | None:
    if mode == "LAB":
        return _transform(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB")
    return (lambda strip: strip.convert("RGB")) if mode == "CMYK" else None


def _by_profile(raw: bytes, mode: str) -> tuple[Strip | None, tuple[str, ...]]:
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(raw))
        reads = SPACES[profile.profile.xcolor_space]
        if reads != mode and (reads, mode) != ("RGB", "L"):
            return _plain(mode), (f"colour profile left out: it is for {reads}, the photo is {mode}",)
        turn, name = _transform(profile, reads), _name(profile)
        if mode != "CMYK" and _is_srgb(turn, reads):
            return None, ()
    except (ImageCms.PyCMSError, OSError, KeyError, ValueError, TypeError):
        return _plain(mode), ("colour profile left out: it cannot be read",)
    return (lambda strip: turn(strip if strip.mode == reads else strip.convert(reads))), (
        f"turned into sRGB from the colour profile {name}",
    )


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


def _name(profile: ImageCms.ImageCmsProfile) -> str:
    name = (profile.profile.profile_description or "").strip()
    return f'"{name[:60]}"' if name.isprintable() and name else "of the file"


def _by_gamma(gamma: float) -> Strip:
    """Give strips whose values were written as light to the power of gamma. Source: PNG specification, gAMA; sRGB."""
    light = (np.arange(256) / 255) ** (1 / gamma)
    curve: NDArray[np.float64] = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return _by_table(np.rint(curve * 255).astype(int).tolist() * 3)
