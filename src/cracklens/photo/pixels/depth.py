"""Takes samples of more than eight bits; gives how they become bytes, or why they cannot. Knows no files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cracklens.values import Note

Samples = NDArray[np.generic]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

DEPTHS = (8, 10, 12, 14, 16)
"""Bits that cameras, scanners and microscopes write."""

OFFSET = 5 / 6
"""Grey values that all lie above this share of their highest have no black of their own: Kelvin from 273 to 327 are so
flat, as thermal cameras store them, and of 600 tiles of METU at 8 bit fewer than 1 in 100."""

LEAST_LEVELS = 24
"""Nearly all of a photo whose bytes span fewer is one tone: a crack could not be seen in it."""

OUTLIERS = 1e-4
"""Share of px at each end that is left out where the tone is judged: hot and dead ones."""


@dataclass(frozen=True)
class Band:
    """Rows of a photo as they were stored: samples (h, W, C) and which px (h, W) have no picture, None for none."""

    samples: Samples
    empty: Bools | None = None


@dataclass(frozen=True)
class Deep:
    """A photo whose samples are read by `cracklens` itself.

    Attributes:
        hw: height and width in px.
        bands: gives its rows from the top; may be asked more than once.
        colours: 1 grey, 3 RGB, 4 CMYK.
        bits: that the file says its values use; None where it says nothing.
        white_is_zero: whether 0 is white.
        name: how notes call it, e.g. "16-bit grey".
        notes: what there is to say of its bands.
        empty_by_value: whether px are empty by their value alone, which single px of a picture may have, too.
    """

    hw: tuple[int, int]
    bands: Callable[[], Iterator[Band]]
    colours: int
    bits: int | None
    white_is_zero: bool
    name: str
    notes: tuple[Note, ...] = ()
    empty_by_value: bool = False


@dataclass(frozen=True)
class Used:
    """The values that a photo uses: the lowest and highest, and whether all are bytes times 256 or times 257."""

    low: float
    high: float
    from_bytes: bool


@dataclass(frozen=True)
class Reading:
    """How samples are read.

    Attributes:
        turn: makes samples bytes, the same for all bands and channels.
        notes: which values, read as what.
        known: whether black and white are known, and not only likely.
    """

    turn: Callable[[Samples], Bytes]
    notes: tuple[Note, ...] = ()
    known: bool = True


def read_as(deep: Deep) -> Reading:
    """Give how the samples of a photo are read.

    Raises:
        ValueError: no black and white can be told from the values.
    """
    first = next(deep.bands()).samples
    if first.dtype == np.uint8:
        return Reading(lambda samples: _turned(samples.astype(np.uint8, copy=False), deep))
    used = _used(deep)
    return _read_float(used, deep) if first.dtype.kind == "f" else _read_integers(used, deep)


def _turned(found: Bytes, deep: Deep) -> Bytes:
    return 255 - found if deep.white_is_zero else found


def _used(deep: Deep) -> Used:
    low, high, by_256, by_257 = np.inf, -np.inf, True, True
    for band in deep.bands():
        seen = band.samples if band.empty is None else band.samples[~band.empty]
        if not seen.size:
            continue
        low, high = float(np.minimum(low, seen.min())), float(np.maximum(high, seen.max()))  # NaN stays NaN
        if seen.dtype.kind != "f":
            by_256 = by_256 and not (seen % np.array(256, seen.dtype)).any()
            by_257 = by_257 and not (seen % np.array(257, seen.dtype)).any()
    if low > high:
        raise ValueError("none of its px has a picture. Export it without transparency")
    return Used(low, high, by_256 or by_257)


def _read_integers(used: Used, deep: Deep) -> Reading:
    if used.low < 0 or used.high > 65_535:
        came = f"values {used.low:,.0f} to {used.high:,.0f} of {deep.name}; expected 0-65,535"
        raise ValueError(f"{came}. Save it with 8 bit")
    black, white, how, known = _range(used, deep)
    table = np.clip((np.arange(65_536) - black) * 256 // (white + 1 - black), 0, 255).astype(np.uint8)
    note = Note("values", {"mode": deep.name, "low": used.low, "high": used.high, "how": how})
    return Reading(lambda samples: _turned(table[samples.astype(np.uint16, copy=False)], deep), (note,), known)


def _range(used: Used, deep: Deep) -> tuple[int, int, Note, bool]:
    """Give the values of black and white, how they were found, and whether they are known."""
    if deep.bits is not None and used.high < 2**deep.bits:
        return 0, 2**deep.bits - 1, Note("as_said", {"bits": deep.bits, "white": 2**deep.bits - 1}), True
    if used.from_bytes:
        return 0, 65_535, Note("as_bytes"), True
    if deep.colours == 1 and used.low > OFFSET * used.high:
        return int(used.low), int(used.high), Note("stretched"), False
    bits = next(bits for bits in DEPTHS if used.high < 2**bits)
    return 0, 2**bits - 1, Note("as_bits", {"bits": bits, "white": 2**bits - 1}), False


def _read_float(used: Used, deep: Deep) -> Reading:
    if not (used.low >= 0 and used.high <= 1):  # also where a value is no number
        came = f"values {used.low:,.6g} to {used.high:,.6g} of {deep.name} have no known white; expected 0-1"
        raise ValueError(f"{came}. Save it with 8 or 16 bit")
    note = Note("as_unit", {"mode": deep.name, "low": used.low, "high": used.high})
    turn = lambda samples: _turned((samples.astype(np.float32) * 255 + 0.5).astype(np.uint8), deep)  # noqa: E731
    return Reading(turn, (note,), known=False)


def check_tone(pixels: Bytes, name: str) -> None:
    """Refuse pixels (H, W, 3) that came out as one tone: a crack would not be seen in them.

    Raises:
        ValueError: nearly all lie within a few levels.
    """
    green = pixels.reshape(-1, 3)[:: max(1, pixels.size // 3_000_000), 1]
    counts = np.bincount(green, minlength=256).cumsum()
    low, high = np.searchsorted(counts, [OUTLIERS * counts[-1], (1 - OUTLIERS) * counts[-1]])
    if high - low < LEAST_LEVELS:
        came = f"nearly all values of this {name} photo lie within {high - low + 1} of 256 levels"
        raise ValueError(f"{came}: what is black and white in it is not known. Save it with 8 bit as it is to be seen")
