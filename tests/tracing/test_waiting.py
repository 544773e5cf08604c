"""Takes whole real photos; gives the bars of tracing that today's image processing misses. Who meets one is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks import masks_dice, wall_7110
from benchmarks.result import Result, Settings

pytestmark = pytest.mark.slow
WAITS = "image processing is at its ceiling: waits for a learned crack map, see docs/decisions/0007-traces.md"


def holds(row: Result) -> bool:
    return bool(row.holds)


@pytest.mark.xfail(strict=True, reason=WAITS)
def test_the_crack_of_walls_7110_is_followed_to_the_edge_of_the_photo(data_dir: Path) -> None:
    assert (data_dir / "photos").is_dir()
    assert all(map(holds, wall_7110.run(Settings())))


@pytest.mark.xfail(strict=True, reason=WAITS)
def test_traced_masks_lie_on_the_drawn_ones(data_dir: Path) -> None:
    assert (data_dir / "masks").is_dir()
    dice, *_ = masks_dice.run(Settings(split="val"))
    assert holds(dice)
