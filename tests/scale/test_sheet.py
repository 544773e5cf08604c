"""Takes the PDF of a marker; gives faults in its sizes, its words and what a camera finds on it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cracklens.cli.main import app
from cracklens.errors import OutputError, SettingError
from cracklens.scale.marker import SIZES_MM, find_markers
from cracklens.scale.sheet import marker_pdf, write_marker


@pytest.mark.parametrize("size_mm", SIZES_MM)
def test_page_is_a_pdf_and_the_same_every_time(size_mm: int) -> None:
    page = marker_pdf(size_mm)
    assert page == marker_pdf(size_mm)
    assert page.startswith(b"%PDF")
    width = 297 if size_mm == 200 else 210
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+)", page)
    assert box is not None
    assert float(box.group(1)) / 72 * 25.4 == pytest.approx(width, abs=0.1)


@pytest.mark.parametrize("size_mm", SIZES_MM)
def test_printed_marker_is_found_at_its_size(tmp_path: Path, size_mm: int) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    with pdfium.PdfDocument(write_marker(tmp_path / "m.pdf", size_mm=size_mm)) as printed:
        page = printed[0].render(scale=101.6 / 72).to_pil()  # 4 px a mm
    (found,) = find_markers(np.asarray(page.convert("RGB")))
    assert found.size_mm == size_mm
    assert found.side_px == pytest.approx(4 * size_mm, abs=0.8)


def test_command_writes_the_page_and_says_where(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["marker", "--size-mm", "100", "--out", str(tmp_path / "new" / "m.pdf")])
    assert (run.exit_code, run.stdout.strip()) == (0, str(tmp_path / "new" / "m.pdf"))
    assert (tmp_path / "new" / "m.pdf").read_bytes() == marker_pdf(100)


def test_other_sizes_and_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="one of 20, 50, 100, 200; got 60"):
        write_marker(tmp_path / "m.pdf", size_mm=60)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Choose another --out"):
        write_marker(tmp_path / "file" / "m.pdf", size_mm=50)
