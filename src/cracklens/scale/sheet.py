"""Takes the size of a marker; gives a PDF to print, with a bar to check the printer by. Knows no photo."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from cracklens.errors import OutputError
from cracklens.scale.marker import MODULES, marker_modules

PAGES_MM = {
    20: ("A4", (210.0, 297.0)),
    50: ("A4", (210.0, 297.0)),
    100: ("A4", (210.0, 297.0)),
    200: ("A3", (297.0, 420.0)),
}
"""Paper by size of the marker: each keeps its white margin, without which it is not found."""

POINTS_PER_MM = 72 / 25.4
BAR_MM = 100
TOP_MM = 40.0


def marker_pdf(size_mm: int) -> bytes:
    """Give one page with a marker, cut lines, a bar of 100 mm and what to do; the same bytes every time.

    Raises:
        SettingError: no marker has that side.
        MissingExtraError: the extra `scale` is not installed.
    """
    from reportlab.pdfgen.canvas import Canvas

    modules = marker_modules(size_mm)
    paper, (width, height) = PAGES_MM[size_mm]
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(width * POINTS_PER_MM, height * POINTS_PER_MM), invariant=1)
    canvas.setTitle(f"cracklens marker, {size_mm} mm")
    canvas.scale(POINTS_PER_MM, POINTS_PER_MM)
    left, bottom = (width - size_mm) / 2, height - TOP_MM - size_mm
    _draw_marker(canvas, modules, left, bottom, size_mm)
    _draw_cut_lines(canvas, left, bottom, size_mm)
    _draw_bar(canvas, (width - BAR_MM) / 2, bottom - size_mm / MODULES - 32)
    _draw_words(canvas, _words(size_mm, paper), (width - 160) / 2, bottom - size_mm / MODULES - 50)
    canvas.save()
    return stream.getvalue()


def write_marker(path: str | Path, *, size_mm: int) -> Path:
    """Write the PDF and give its path.

    Raises:
        SettingError: no marker has that side.
        MissingExtraError: the extra `scale` is not installed.
        OutputError: it cannot be written.
    """
    path = Path(path)
    content = marker_pdf(size_mm)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}). Choose another --out.") from error
    return path


def _draw_marker(canvas: Any, modules: Any, left: float, bottom: float, size_mm: float) -> None:
    """Draw a row's black squares as one rectangle each, so that no printer leaves white hairs between them."""
    side = size_mm / MODULES
    path = canvas.beginPath()
    for row in range(MODULES):
        for column in range(MODULES):
            if modules[row, column]:
                ahead = 0.02 if column + 1 < MODULES and modules[row, column + 1] else 0.0
                below = 0.02 if row + 1 < MODULES and modules[row + 1, column] else 0.0
                y = bottom + size_mm - (row + 1) * side - below
                path.rect(left + column * side, y, side + ahead, side + below)
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_cut_lines(canvas: Any, left: float, bottom: float, size_mm: float) -> None:
    margin = size_mm / MODULES
    canvas.setLineWidth(0.15)
    canvas.setStrokeGray(0.55)
    canvas.setDash(2, 2)
    canvas.rect(left - margin, bottom - margin, size_mm + 2 * margin, size_mm + 2 * margin)
    canvas.setDash()
    canvas.setFillGray(0.35)
    canvas.setFont("Helvetica", 2.8)
    canvas.drawCentredString(left + size_mm / 2, bottom - margin - 4.5, f"cut along the dashed line   {size_mm} mm")
    canvas.setFillGray(0)
    canvas.setStrokeGray(0)


def _draw_bar(canvas: Any, left: float, bottom: float) -> None:
    """Draw a ruler of 100 mm with a stroke each mm."""
    canvas.setLineWidth(0.15)
    canvas.line(left, bottom, left + BAR_MM, bottom)
    for at in range(BAR_MM + 1):
        canvas.line(left + at, bottom, left + at, bottom + (6 if at % 10 == 0 else 4 if at % 5 == 0 else 2.5))
    canvas.setFont("Helvetica", 3.2)
    for at in range(0, BAR_MM + 1, 10):
        canvas.drawCentredString(left + at, bottom + 7.5, str(at))
    canvas.drawString(left + BAR_MM + 4.5, bottom + 7.5, "mm")


def _words(size_mm: int, paper: str) -> list[str]:
    return [
        f"Marker of {size_mm} mm for photos of surfaces",
        f"1.  Print this page on {paper} at 100 % (“actual size”), without “fit to page”.",
        "2.  Measure the bar above with a steel ruler: 0 to 100 must be 100 mm.",
        f"3.  If it is not, print again; or measure the black square's side and say that, near {size_mm}, in step 6.",
        "4.  Cut along the dashed line. Keep the white margin: without it the marker is not found.",
        "5.  Fix it flat on the surface beside the crack, and take the photo straight on, marker sharp.",
        f"6.  cracklens inspect PHOTOS --out DIR --marker-mm {size_mm}",
    ]


def _draw_words(canvas: Any, lines: list[str], left: float, top: float) -> None:
    for number, line in enumerate(lines):
        canvas.setFont("Helvetica-Bold" if number == 0 else "Helvetica", 4.6 if number == 0 else 3.4)
        canvas.drawString(left, top - number * 7, line)
