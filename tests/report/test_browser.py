"""Takes a saved report.html into headless Chromium; gives faults in what a person would see there.

Skipped aloud where `chromium` is not installed; with CRACKLENS_REQUIRE_BROWSER=1 that is a fault.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.report import made

from cracklens.values import Inspection

QUIET = ("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")
SANDBOXED = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-sync", "--hide-scrollbars", *QUIET)


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium")
    if found:
        return found
    reason = "chromium is needed to look at the page: apt-get install chromium"
    if os.environ.get("CRACKLENS_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason}; CRACKLENS_REQUIRE_BROWSER is 1", pytrace=False)
    pytest.skip(reason)


def browse(chromium: str, page: Path, *flags: str) -> tuple[str, str]:
    """Give what Chromium prints and logs for a page."""
    profile = page.parent / "profile"
    log = ("--enable-logging=stderr", "--log-level=0", "--virtual-time-budget=2000", f"--user-data-dir={profile}")
    command = [chromium, *SANDBOXED, *log, *flags, page.as_uri()]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return run.stdout, run.stderr


def test_page_opens_without_a_word_in_the_console(chromium: str, saved: Path) -> None:
    dom, log = browse(chromium, saved / "report.html", "--dump-dom")
    assert "CONSOLE" not in log, log
    assert dom.count("<article") == 2
    assert "<script" not in dom
    assert "Brücke/" in dom
    assert not re.search(r'(src|href)="(?!data:|#|https://doi\.org/10\.)', dom)


def test_console_would_tell(chromium: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\"><img src=other.png>", encoding="utf-8"
    )
    _, log = browse(chromium, tmp_path / "page.html", "--dump-dom")
    assert "CONSOLE" in log


def within(rgb: np.ndarray, photo_xyxy: tuple[int, int, int, int], x: int, y: int) -> list[int]:
    """Give the colour on the screen at a px of the photo, which is 320 x 240 px."""
    x0, y0, x1, y1 = photo_xyxy
    colour: list[int] = rgb[y0 + round(y * (y1 - y0) / 240), x0 + round(x * (x1 - x0) / 320)].tolist()
    return colour


def green_photo(*scores: float) -> Inspection:
    return made.inspection(scores=scores, preview_jpeg=made.jpeg((240, 320), rgb=(0, 255, 0)))


def is_green(rgb: np.ndarray) -> np.ndarray:
    bare: np.ndarray = (rgb[..., 1] > 220) & (rgb[..., 0] < 40) & (rgb[..., 2] < 40)
    return bare


def screenshot(chromium: str, page: Path, width_px: int) -> np.ndarray:
    """Give what the screen shows of a page, (1600, W, 3) int."""
    picture = page.with_suffix(".png")
    browse(chromium, page, f"--window-size={width_px},1600", f"--screenshot={picture}")
    return np.asarray(Image.open(picture).convert("RGB")).astype(int)


@pytest.mark.parametrize("width_px", [1280, 500])
def test_heatmap_lies_on_its_cell_on_every_screen(chromium: str, tmp_path: Path, width_px: int) -> None:
    page = made.report(green_photo(0, 0, 0, 0, 0, 1)).save(tmp_path) / "report.html"
    rgb = screenshot(chromium, page, width_px)
    rows, cols = np.nonzero(is_green(rgb))
    on_screen = (int(cols.min()), int(rows.min()), int(cols.max()), int(rows.max()))
    assert within(rgb, on_screen, 176, 16) == pytest.approx([68, 112, 63], abs=12)  # score 1: 56 % (122, 0, 112)
    for x, y in ((112, 16), (240, 16), (176, 80)):
        assert within(rgb, on_screen, x, y) == pytest.approx([4, 254, 2], abs=12)


@pytest.mark.slow
def test_switch_hides_heatmaps(chromium: str, tmp_path: Path) -> None:
    page = made.report(green_photo(*[1] * 10)).save(tmp_path) / "report.html"
    shown = is_green(screenshot(chromium, page, 1280)).sum()
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace('autocomplete="off" checked', 'autocomplete="off"', 1), encoding="utf-8")
    hidden = is_green(screenshot(chromium, page, 1280)).sum()
    assert hidden > 1.1 * shown > 0


def is_cyan(rgb: np.ndarray) -> np.ndarray:
    line: np.ndarray = (rgb[..., 0] < 90) & (rgb[..., 1] > 150) & (rgb[..., 2] > 220)
    return line


@pytest.mark.slow
@pytest.mark.parametrize("width_px", [1280, 500])
def test_trace_lies_on_its_crack_and_its_switch_hides_it(chromium: str, tmp_path: Path, width_px: int) -> None:
    photo = made.inspection(
        scores=(0.6,),
        preview_jpeg=made.jpeg((240, 320), rgb=(250, 250, 250)),
        traces=(made.trace((100, 60), (300, 160)),),
    )
    page = made.report(photo).save(tmp_path) / "report.html"
    rows, cols = np.nonzero(is_cyan(screenshot(chromium, page, width_px)))
    assert np.ptp(cols) / np.ptp(rows) == pytest.approx(2, rel=0.05)
    text = page.read_text(encoding="utf-8")
    shown = 'id="show-traces" class="switch" aria-label="Traces" autocomplete="off" checked'
    assert shown in text
    page.write_text(text.replace(shown, shown.removesuffix(" checked")), encoding="utf-8")
    assert not is_cyan(screenshot(chromium, page, width_px)).any()
