"""Takes nothing; gives small hand-made inspections and a card. Knows no photos and no network."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image
from tests.said import because

from cracklens.models.card import Card
from cracklens.models.described import DataSource, Metric
from cracklens.models.map_part import MapCard
from cracklens.photo import OtherFiles
from cracklens.report.material.material import Material
from cracklens.report.material.options import ReportOptions
from cracklens.report.report import Report
from cracklens.report.words import Template
from cracklens.values import (
    Branch,
    CloseUp,
    Doubt,
    End,
    Failure,
    Finding,
    Gap,
    Inspection,
    MapSettings,
    Note,
    Outcome,
    Scale,
    ScoreMap,
    Trace,
)

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "<script>alert('x')</script>\".jpg"
SHORT = Template(words={"doubts.joint": "runs along a straight edge"})


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


def trace(*points: tuple[float, float], width_px: float = 5.0, **changes: object) -> Trace:
    """Give a trace of one branch along corners, a point a px, equally wide; it doubts nothing."""
    corners = np.array(points or ((30.0, 20.0), (130.0, 20.0), (130.0, 80.0)))
    pieces = [np.linspace(a, b, int(np.hypot(*(b - a))), endpoint=False) for a, b in pairwise(corners)]
    line = np.vstack([*pieces, corners[-1:]]).astype(np.float32)
    length = float(np.hypot(*np.diff(line, axis=0).T).sum())
    ends = (tuple(map(float, line[0])), tuple(map(float, line[-1])))
    low = 0.9 if width_px >= 3 else 0.2  # what is thinner is not resolved
    made = Trace(
        branches=(Branch(line, np.full(len(line), width_px, np.float32)),),
        length_px=length,
        width_median_px=width_px,
        width_p95_px=1.2 * width_px,
        width_max_px=1.5 * width_px,
        width_median_interval_px=(low * width_px, 1.15 * width_px),
        width_p95_interval_px=(1.1 * low * width_px, 1.35 * width_px),
        width_max_interval_px=(1.1 * low * width_px, 1.7 * width_px),
        width_max_at_xy=tuple(map(float, line[len(line) // 3])),  # type: ignore[arg-type]
        orientation_deg=12.5,
        ends=tuple(End(xy, "fades") for xy in ends),  # type: ignore[arg-type]
        junctions_xy=(),
        score=0.93,
        confidence=0.88,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def close_up(trace: int = 0, box: tuple[int, int, int, int] = (0, 0, 240, 240)) -> CloseUp:
    """Give a grey close-up."""
    return CloseUp(trace, box, jpeg((box[3] - box[1], box[2] - box[0]), rgb=(120, 130, 140)))


def in_pieces(**changes: object) -> Trace:
    """Give a trace of three pieces that leaves the photo and is lost; it is likely a crack."""
    gaps = (Gap((60.0, 150.0), (70.0, 152.0)), Gap((100.0, 160.0), (116.0, 164.0)))
    ends = (End((0.0, 150.0), "leaves"), End((160.0, 200.0), "lost"))
    made = trace((0.0, 150.0), (160.0, 200.0), width_px=3.2, gaps=gaps, ends=ends, confidence=0.7)
    return replace(made, **changes)  # type: ignore[arg-type]


def places(n: int = 2) -> tuple[Finding, ...]:
    """Give warm places where nothing was traced, the warmest first."""
    return tuple(Finding((40 * i, 170, 40 * i + 32, 202), 1024, 0.8 - 0.1 * i, 0.6) for i in range(n))


def many_traces(n: int) -> tuple[Trace, ...]:
    """Give short traces all over a photo of 240 x 320 px, the widest first."""
    places = [(10 + 37 * i % 290, 10 + 53 * i % 210) for i in range(n)]
    return tuple(trace((x, y), (x + 12, y + 9), width_px=9 - 4 * i / n) for i, (x, y) in enumerate(places))


def outcomes() -> list[Outcome]:
    """Give one of everything that a report shows."""
    return [
        inspection("site/clear.jpg", scores=(0.31,)),
        Failure("site/empty.jpg", because("the file is empty (0 bytes). Copy it again from the camera.")),
        inspection(
            "Brücke/Pfeiler 3.jpg",
            scores=(0.125, 0.997, 0.0, 0.62),
            taken_at="2024-05-03T14:22:10",
            gps=(47.3768891, -8.541694),
            scale=Scale(3.2),
            direction_deg=211.5,
            notes=(Note("converted", {"mode": "CMYK"}),),
            traces=(
                trace(width_px=6.5),
                in_pieces(),
                trace((200.0, 60.0), (240.0, 200.0), width_px=1.9, doubts=(Doubt("joint", 0.4),), confidence=0.4),
            ),
            close_ups=(close_up(), close_up(1, (0, 0, 200, 240)), close_up(2, (120, 20, 280, 180))),
            places=places(),
            place_jpegs=(jpeg((32, 32)), jpeg((32, 32))),
            other_lines=(np.array([[0, 100], [320, 110]], np.float32),),
        ),
        inspection(HOSTILE, scores=(0.75,), preview_jpeg=b"", traces=(trace(),)),
        inspection("=cmd|' /C calc'!A0.jpg", scores=(0.2,), notes=(because("-1+1"),)),
        Failure("+49.jpg", because("+49.jpg: expected a JPEG; its content is none. Export it as JPEG.")),
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


def map_card(**changes: object) -> MapCard:
    made = MapCard(
        name="test map",
        recipe={"recipe": "crackmap", "seed": 17},
        backbone_hash="cd" * 32,
        settings=MapSettings(),
        data=(DataSource("SUT-Crack", 78, "by photo"),),
        metrics=(Metric("dice", 0.61, 20, "SUT-Crack, val"),),
        limits=("Shadows can look like cracks to the map.",),
        versions={"cracklens": "0.0.0"},
        created="2026-01-02",
        file="crackmap-0123456789ab.xml",
        sha256="0123456789ab" + "c" * 52,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def report(*of: Outcome, others: OtherFiles | None = None, **options: object) -> Report:
    """Give a report; without a template its words are the catalogue's but for one doubt, which is said shorter."""
    said = ReportOptions(**{"template": SHORT, **options})  # type: ignore[arg-type]
    return Report(list(of) or outcomes(), card(), said, "ef" * 32, others=others or OtherFiles(), map_card=map_card())


def material(of: Report) -> Material:
    about = (of.options, of.checkpoint_sha256, of.notes, of.others)
    return Material(of.outcomes, of.card, of.overview(), *about, of.map_card)
