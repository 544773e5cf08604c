"""Takes 400 stored inspections; gives the peak memory of the process that writes their PDF, and whether it opens."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

from benchmarks.big_photo import peak_bytes
from benchmarks.clock import seconds
from benchmarks.result import Bar, Benchmark, Result, Settings
from cracklens import draw_wall, show_detector
from cracklens.artefacts import Artefacts
from cracklens.report import ReportOptions
from cracklens.report.report import Report
from cracklens.report.store import Entry, StoredOutcomes
from cracklens.values import Branch, CloseUp, End, Finding, Inspection, Scale, ScoreMap, Trace

MEMORY = Bar("peak resident memory", "≤", 500, "MB")
OPENS = Bar("pages that render over pages tried", "≥", 1)
PHOTOS = 400
PHOTO_HW = (3000, 4000)
PREVIEW_HW = (960, 1280)
TRACES = 4
WRITE = "import sys; from benchmarks.pdf_400 import write_report; write_report(sys.argv[1], int(sys.argv[2]))"


def run(settings: Settings) -> Sequence[Result]:
    """Store inspections, write their PDF in a process of its own, and draw some of its pages."""
    n = min(settings.limit or PHOTOS, PHOTOS)
    found: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store_inspections(folder, n)
        took = seconds(lambda: found.append(peak_bytes([sys.executable, "-c", WRITE, name, str(n)]) / 1e6))
        pdf = folder / "report.pdf"
        pages, tried, rendered = look_at(pdf)
        size = pdf.stat().st_size / 1e6
    note = f"{n} photos, previews of 1,280 px, {TRACES} traces each; report.pdf alone; 1 MB = 10⁶ bytes"
    sides = {"file MB": size, "seconds": took, "pages": pages}
    data = {"data": "none" if n == PHOTOS else "limited"}
    drawn = f"pages 1, 3, the middle and the last with PDFium; at least {n} pages"
    return [
        MEMORY.result(found[0], n=n, sides=sides, note=note, **data),
        OPENS.result(rendered / tried if pages >= n else 0.0, n=tried, note=drawn, **data),
    ]


def store_inspections(folder: Path, n: int) -> None:
    """Keep n inspections of drawn walls, each with a preview of its own that JPEG cannot make small."""
    store = Artefacts(folder / "store")
    wall = draw_wall(PREVIEW_HW, widths_px=(2.0, 4.0), seed=0).as_photo().pixels
    for i in range(n):
        store.put(f"{i:08x}", made_inspection(wall, i))


def made_inspection(wall: np.ndarray, i: int) -> Inspection:
    """Give an inspection of a photo that was never taken: a wall with noise, a finding and some winding lines."""
    chance = np.random.default_rng(i)
    noisy = np.clip(wall.astype(np.int16) + chance.integers(-12, 13, wall.shape), 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noisy).save(stream, "JPEG", quality=80)
    scores = chance.random((94, 125), np.float32) * 0.4
    scores[30:60, 40:80] = 0.9
    traces = tuple(_winding(chance, width_px=6.0 - j) for j in range(TRACES))
    scale = Scale(3.2) if i % 2 else None
    finding = Finding((1280, 960, 2560, 1920), 1280 * 960, 0.9, 0.9)
    preview, score_map = stream.getvalue(), ScoreMap(scores, PHOTO_HW)
    name, sha256 = f"site/wall {i:03}.jpg", f"{i:064x}"
    found = Inspection(name, sha256, PHOTO_HW, score_map, (finding,), 0.5, preview, scale=scale, traces=traces)
    return replace(found, close_ups=tuple(CloseUp(j, (0, 0, 240, 240), _cut(noisy)) for j in range(TRACES)))


def _cut(wall: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(wall[:240, :240])).save(stream, "JPEG", quality=88)
    return stream.getvalue()


def _winding(chance: np.random.Generator, *, width_px: float, n: int = 2000) -> Trace:
    """Give a line of about n px that turns a little at every step."""
    angles = np.cumsum(chance.normal(0, 0.03, n)) + chance.uniform(0, 2 * np.pi)
    steps = np.column_stack([np.cos(angles), np.sin(angles)])
    points = np.clip(np.array([1900, 1400]) + np.cumsum(steps, axis=0), 0, 2999).astype(np.float32)
    first, last = (tuple(map(float, point)) for point in (points[0], points[-1]))
    branch = Branch(points, np.full(n, width_px, np.float32))
    ends = (End(first, "fades"), End(last, "fades"))  # type: ignore[arg-type]
    sizes = (float(n), width_px, 1.2 * width_px, 1.5 * width_px)
    intervals = [(0.9 * width, 1.2 * width) for width in sizes[1:]]
    return Trace((branch,), *sizes, *intervals, first, 45.0, ends, (), 0.9, 0.8)  # type: ignore[arg-type, call-arg]


def write_report(folder: str, n: int) -> None:
    """Write the PDF of stored inspections; what the measured process does."""
    entries = [Entry(f"site/wall {i:03}.jpg", f"{i:08x}") for i in range(n)]
    outcomes = StoredOutcomes(Artefacts(Path(folder) / "store"), entries)
    options = ReportOptions("Benchmark", "400 walls", guide="aci224r")
    Report(outcomes, show_detector(), options).save(folder, formats=["pdf"])


def look_at(pdf: Path) -> tuple[int, int, int]:
    """Give how many pages a PDF has, how many were tried, and how many of them PDFium draws with something on them."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = len(document)
        tried = sorted({1, min(3, pages), max(pages // 2, 1), pages})
        return pages, len(tried), sum(_draws(document, page) for page in tried)


def _draws(document: pypdfium2.PdfDocument, page: int) -> bool:
    try:
        picture = document[page - 1].render(scale=40 / 72, grayscale=True).to_numpy()
    except pypdfium2.PdfiumError:
        return False
    return float(picture.std()) > 1


BENCHMARK = Benchmark("pdf_400", "peak memory of writing the PDF of 400 photos", (MEMORY, OPENS), run)
