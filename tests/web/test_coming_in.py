"""Takes photos that come in by the page; gives faults where the line breaks half-way, in a real browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Request, Route, expect
from tests.web.conftest import walking

from cracklens.projects import Project

pytestmark = pytest.mark.slow

PIECE_BYTES = 8 << 20
"""The page sends so much at once."""


def test_half_an_upload_goes_on_where_it_stopped_after_the_page_was_closed(chromium: Browser, tmp_path: Path) -> None:
    photo = tmp_path / "noise.png"
    pixels = np.random.default_rng(0).integers(0, 256, (1800, 2000, 3), np.uint8)
    Image.fromarray(pixels).save(photo, compress_level=0)
    assert PIECE_BYTES < photo.stat().st_size < 2 * PIECE_BYTES
    Project.make(tmp_path / "project").close()
    with walking(chromium, tmp_path / "project") as page:
        sent: list[str] = []

        def note(request: Request) -> None:
            if request.method == "PATCH":
                sent.append(request.headers["upload-offset"])

        def hold(route: Route) -> None:
            if route.request.headers.get("upload-offset", "0") == "0":
                route.continue_()

        page.on("request", note)
        page.on("dialog", lambda dialog: dialog.accept())
        page.route("**/api/uploads/*", hold)
        page.set_input_files("#files", [photo])
        with page.expect_request(lambda request: request.headers.get("upload-offset") == str(PIECE_BYTES)):
            pass
        page.reload()
        page.unroute("**/api/uploads/*")
        expect(page.locator("#wall li")).to_have_count(0)
        page.set_input_files("#files", [photo])
        expect(page.locator("#uploads-said")).to_have_text("1 put in", timeout=30_000)
        expect(page.locator("#wall li")).to_have_count(1, timeout=30_000)
    assert sent == ["0", str(PIECE_BYTES), str(PIECE_BYTES)]
