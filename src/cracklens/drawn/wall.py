"""Takes a seed and crack widths; gives a drawn wall with its true mask and known widths. Knows nothing of detectors."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from cracklens.drawn.textures import PX_PER_MM, TEXTURES, Canvas, Grey, Texture, paint, stroke, sunk
from cracklens.errors import OutputError, SettingError
from cracklens.values import Note, Photo, Scale

LEAST_SIDE_PX = 64
MOST_SIDE_PX = 30_000
WIDTHS_PX = (0.5, 64.0)
MOST_BLUR_PX = 20.0
MOST_NOISE = 64.0
KINK_PX = 9.0
"""A crack changes its direction about this often: the size of aggregate at 2 px/mm."""


@dataclass(frozen=True)
class DrawnCrack:
    """One crack of which everything is known.

    Attributes:
        points_xy: centre line (n, 2) float64 in px; the top left pixel has its centre at (0.5, 0.5), as in boxes.
        width_px: mean width across the centre line; edges stray by 0.02-1.3 px about it, the more the wider, and both
            ends taper to 2/5 of it over the last 4 widths.
        length_px: length of the centre line.
    """

    points_xy: NDArray[np.float64]
    width_px: float
    length_px: float


@dataclass(frozen=True)
class DrawnWall:
    """A drawn photo of a wall and the truth about it.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        true_mask: (H, W) bool, True where a crack covers half of a pixel, and along its centre line, so that
            hairlines have no gaps.
        cracks: in the order of the widths asked for.
        px_per_mm: scale on the wall, None where it has none.
    """

    pixels: NDArray[np.uint8]
    true_mask: NDArray[np.bool_]
    cracks: tuple[DrawnCrack, ...]
    px_per_mm: float | None

    def as_photo(self) -> Photo:
        """Give the wall as a photo that says it is drawn; its hash is that of the pixels."""
        digest = hashlib.sha256(self.pixels.tobytes()).hexdigest()
        scale = Scale(self.px_per_mm) if self.px_per_mm else None
        return Photo(self.pixels, "drawn wall", digest, scale=scale, notes=(Note("drawn"),))

    def save(self, folder: str | Path) -> Path:
        """Write the wall as `drawn-wall.jpg` into a folder, which is made where missing, and give its path.

        Raises:
            OutputError: it cannot be written.
        """
        path = Path(folder) / "drawn-wall.jpg"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(self.pixels).save(path, quality=95, subsampling=0)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}). Choose another folder.") from error
        return path


def draw_wall(
    hw: tuple[int, int] = (1024, 1536),
    *,
    widths_px: tuple[float, ...] = (1.5, 3.0, 6.0),
    texture: Texture = "concrete",
    blur_px: float = 0.6,
    noise: float = 3.0,
    seed: int = 0,
) -> DrawnWall:
    """Give a drawn wall with cracks of known width that do not meet; same arguments, same wall.

    Args:
        hw: height and width in px, 64-30,000.
        widths_px: one crack for each, 0.5-64 px; () draws a wall without cracks.
        texture: kind of wall.
        blur_px: standard deviation of the lens, 0-20 px.
        noise: standard deviation of the sensor in grey levels, 0-64.
        seed: ≥ 0; chooses wall and cracks.

    Raises:
        SettingError: arguments outside these ranges, or more cracks than fit; all faults in one sentence.

    Example:
        >>> wall = draw_wall((128, 192), widths_px=(3.0,))
        >>> wall.pixels.shape, wall.cracks[0].width_px
        ((128, 192, 3), 3.0)
    """
    _check(hw, widths_px, texture, {"blur_px": (blur_px, MOST_BLUR_PX), "noise": (noise, MOST_NOISE)}, seed)
    wall_rng, crack_rng, sensor_rng = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3))
    cracks = _lay_cracks(hw, widths_px, crack_rng)
    pixels, true_mask = _broken(paint(texture, Canvas(hw, wall_rng)), cracks, Canvas(hw, crack_rng))
    return DrawnWall(_photograph(pixels, blur_px, noise, sensor_rng), true_mask, cracks, PX_PER_MM)


def _check(
    hw: tuple[int, int],
    widths_px: tuple[float, ...],
    texture: str,
    amounts: dict[str, tuple[float, float]],
    seed: int,
) -> None:
    """Raise one error that holds every fault."""
    faults = []
    sides_fit = len(hw) == 2 and all(isinstance(side, int) and LEAST_SIDE_PX <= side <= MOST_SIDE_PX for side in hw)
    if not sides_fit:
        faults.append(f"hw must be two whole numbers of {LEAST_SIDE_PX}-{MOST_SIDE_PX:,} px; got {hw}")
    low, high = WIDTHS_PX
    if not all(low <= width <= high for width in widths_px):
        faults.append(f"widths_px must be {low}-{high} px each; got {widths_px}")
    elif sides_fit and _lane_px(hw, len(widths_px)) < 24 + 3 * max(widths_px, default=0):
        faults.append(f"widths_px must fit side by side; got {len(widths_px)} cracks for {hw[0]} x {hw[1]} px")
    if texture not in TEXTURES:
        faults.append(f"texture must be one of {', '.join(TEXTURES)}; got {texture!r}")
    faults += [
        f"{name} must be 0-{most:g}; got {value}" for name, (value, most) in amounts.items() if not 0 <= value <= most
    ]
    if not isinstance(seed, int) or seed < 0:
        faults.append(f"seed must be a whole number ≥ 0; got {seed!r}")
    if faults:
        raise SettingError(f"{'; '.join(faults)}. Leave an option out for its default.")


# Cracks


def _lane_px(hw: tuple[int, int], count: int) -> float:
    """Give the room across a crack: each keeps to its own lane, so that none meet."""
    return min(hw) / max(count, 1)


def _lay_cracks(hw: tuple[int, int], widths_px: tuple[float, ...], rng: np.random.Generator) -> tuple[DrawnCrack, ...]:
    """Give one wandering crack for each width, all up and down the wall or all across it."""
    upright = bool(rng.random() < 0.5)
    along, across = (hw[0], hw[1]) if upright else (hw[1], hw[0])
    lane = across / max(len(widths_px), 1)
    places = rng.permutation(len(widths_px))
    cracks = []
    for place, width_px in zip(places, widths_px, strict=True):
        line = _wander(along, lane, 2 + width_px, rng) + np.array([0.0, place * lane])
        points = line[:, ::-1] if upright else line
        cracks.append(DrawnCrack(points, float(width_px), float(_from_start(points)[-1])))
    return tuple(cracks)


def _from_start(points_xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the way along a line (n, 2) to each of its points, in px."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points_xy, axis=0).T))])


def _wander(along: int, lane: float, margin: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Give a line (n, 2) along a lane by fractal midpoint displacement, kinks rounded as stone rounds them."""
    ends = np.array([rng.uniform(0.04, 0.14), rng.uniform(0.86, 0.96)]) * along, rng.uniform(0.15, 0.85, 2) * lane
    line = np.stack(ends, axis=1)
    while np.hypot(*(line[1] - line[0])) > KINK_PX:
        chords = np.diff(line, axis=0)
        normals = np.stack([-chords[:, 1], chords[:, 0]], axis=1)
        middles = (line[1:] + line[:-1]) / 2 + normals * rng.normal(0, 0.13, (len(chords), 1))
        line = np.insert(line, np.arange(1, len(line)), middles, axis=0)
    for _ in range(2):
        quarters = [0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]]
        line = np.concatenate([line[:1], np.stack(quarters, axis=1).reshape(-1, 2), line[-1:]])
    return _fitted(line, along, lane, margin)


def _fitted(line: NDArray[np.float64], along: int, lane: float, margin: float) -> NDArray[np.float64]:
    """Squeeze what leaves the lane back into it; ends lie inside already."""
    low, high = line.min(axis=0), line.max(axis=0)
    least, most = np.full(2, margin), np.array([along, lane]) - margin
    shrink = np.minimum(1, (most - least) / np.maximum(high - low, 1e-9))
    shift = np.clip(low, least, np.maximum(least, most - (high - low) * shrink))
    return np.asarray((line - low) * shrink + shift, np.float64)


def _broken(pixels: Grey, cracks: tuple[DrawnCrack, ...], canvas: Canvas) -> tuple[Grey, NDArray[np.bool_]]:
    """Give the wall with its cracks and the true mask; edges are ragged about the known width, wide cracks darker."""
    true_mask = np.zeros(canvas.hw, np.bool_)
    ragged, murk = np.clip(canvas.noise(2, 20), -2.5, 2.5), canvas.noise(3, 60)
    for crack in cracks:
        stray_px = 0.16 * crack.width_px**0.5 * min(crack.width_px / 3, 1)
        coverage = _coverage(crack, ragged * np.float32(stray_px))
        depth = np.clip(min(0.66 + 0.03 * crack.width_px, 0.84) + 0.1 * murk, 0.4, 0.92)
        pixels = sunk(pixels, coverage, np.asarray(depth, np.float32))
        true_mask |= coverage >= 0.5
        true_mask[_pixels_of_line(crack)] = True
    return pixels, true_mask


def _coverage(crack: DrawnCrack, rough: Grey) -> Grey:
    """Give the share of each pixel (H, W), 0-1, that a crack covers; `rough` is how far its edges stray in px."""
    points, from_start = crack.points_xy, _from_start(crack.points_xy)
    to_end = np.minimum(from_start, crack.length_px - from_start)
    radii = crack.width_px / 2 * (0.4 + 0.6 * np.clip(to_end / (4 * crack.width_px), 0, 1))
    coverage = np.zeros(rough.shape, np.float32)
    for i in range(len(points) - 1):
        stroke(coverage, points[i : i + 2], radii[i : i + 2], rough)
    return coverage


def _pixels_of_line(crack: DrawnCrack) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give rows and columns of the pixels that a crack's centre line runs through."""
    places = np.arange(0, crack.length_px, 0.25)
    x, y = (np.interp(places, _from_start(crack.points_xy), values).astype(np.intp) for values in crack.points_xy.T)
    return y, x


def _photograph(pixels: Grey, blur_px: float, noise: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Give what a camera makes of a wall: lens blur, then noise of the sensor, then 8 bit."""
    seen = ndimage.gaussian_filter(pixels, (blur_px, blur_px, 0)) if blur_px else pixels
    seen = seen + noise * rng.standard_normal(seen.shape, np.float32)
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)
