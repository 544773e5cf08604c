"""Takes nothing; gives small hand-made inspections and a card. Knows no photos and no network."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from cracklens.models.card import Card, DataSource, Metric
from cracklens.report.report import Report
from cracklens.values import Failure, Finding, Inspection, Outcome, Scale, ScoreMap

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "<script>alert('x')</script>\".jpg"


def jpeg(hw: tuple[int, int] = (60, 80), *, rgb: tuple[int, int, int] = (150, 150, 150)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", hw[::-1], rgb).save(buffer, "JPEG")
    return buffer.getvalue()


def inspection(name: str = "wall.jpg", *, scores: tuple[float, ...] = (0.1, 0.9), **changes: object) -> Inspection:
    """Give an inspection of 240 x 320 px whose map is 0.05 but for the scores, which stand in the first row.

    Each score of 0.5 and above is a finding of its own.
    """
    values = np.full((8, 10), 0.05, np.float32)
    values[0, : len(scores)] = scores
    found = tuple(
        Finding((32 * x, 0, 32 * x + 32, 32), 1024, float(values[0, x]), float(values[0, x]))
        for x in sorted(range(len(scores)), key=lambda x: -scores[x])
        if scores[x] >= 0.5
    )
    made = Inspection(name, "ab" * 32, (240, 320), ScoreMap(values, (240, 320)), found, 0.5, jpeg())
    return replace(made, **changes)  # type: ignore[arg-type]


def outcomes() -> list[Outcome]:
    """Give one of everything that a report shows."""
    return [
        inspection("site/clear.jpg", scores=(0.31,)),
        Failure("site/empty.jpg", "the file is empty (0 bytes). Copy it again from the camera."),
        inspection(
            "Brücke/Pfeiler 3.jpg",
            scores=(0.125, 0.997, 0.0, 0.62),
            taken_at="2024-05-03T14:22:10",
            gps=(47.3768891, -8.541694),
            scale=Scale(3.2),
            notes=("converted from CMYK to 8-bit RGB",),
        ),
        inspection(HOSTILE, scores=(0.75,), preview_jpeg=b""),
        inspection("=cmd|' /C calc'!A0.jpg", scores=(0.2,), notes=("-1+1",)),
        Failure("+49.jpg", "+49.jpg: expected a JPEG; its content is none. Export it as JPEG."),
    ]


def card(**changes: object) -> Card:
    made = Card(
        name="cracklens-test",
        recipe={"recipe": "frozen", "seed": 17},
        classes=("Non-cracked", "Cracked"),
        preprocessing="RGB/255",
        backbone="resnet50_int8",
        backbone_hash="cd" * 32,
        layers=("layer3", "layer4"),
        temperature=1.31,
        offset=-0.8,
        threshold=0.5,
        threshold_rule="95 % recall on val",
        data=(
            DataSource("SDNET2018", 45_000, "by photo", "10.15142/T3TD19", "CC BY 4.0"),
            DataSource("our own", 12, "none", "javascript:alert(1)"),
        ),
        metrics=(
            Metric("recall", 0.71, 1_400, "SDNET2018, test split", 0.68, 0.74),
            Metric("accuracy", 0.9, 10, "our own"),
        ),
        limits=("It misses cracks: on structures it never saw it finds about 71 of 100.", "Joints & edges score high."),
        versions={"cracklens": "0.1.0"},
        created="2025-01-01",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def report(*of: Outcome) -> Report:
    return Report(list(of) or outcomes(), card())
