"""Takes an evaluation, its pictures and galleries; gives evaluation.html, one page without a single fetch."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray
from PIL import Image

from cracklens import __version__
from cracklens.evaluation.gallery import KIND_TITLES, Gallery, Shot, side_by_side
from cracklens.evaluation.scorecard import ScoreCard
from cracklens.evaluation.summary import Evaluation, figure_rows
from cracklens.figures import Figure, cautious, class_report_text
from cracklens.models import Card
from cracklens.report.pictures import legend_png
from cracklens.report.words import left_out_text
from cracklens.visible import shown_on_page

JPEG_QUALITY = 82
PICTURE_WORDS = {
    "confusion.png": "How many tiles of each class are called what.",
    "scores.png": "How far the scores of both classes lie apart. The count rises by powers of ten.",
    "thresholds.png": "What share of each class is called cracked, for every threshold.",
    "roc.png": "What finding more cracks costs in false alarms, for every threshold.",
    "precision_recall.png": "How many calls are right, for every share of cracks found.",
    "reliability.png": "Whether a score of 0.8 means cracked in 8 of 10; the number beside a point is its tiles.",
}
NOTHING = {
    "samples": "No tile was scored.",
    "misses": "None: every cracked tile was called cracked.",
    "false_alarms": "None: no intact tile was called cracked.",
}


@dataclass(frozen=True)
class ShotView:
    """A tile as the page shows it: data URIs of the bare tile and of its heatmap, and the shot itself."""

    shot: Shot
    bare: str
    heat: str


def evaluation_page(
    found: Evaluation, card: Card, *, pictures: Mapping[str, bytes], galleries: Sequence[Gallery]
) -> Iterator[str]:
    """Give the pieces of evaluation.html.

    Args:
        found: what was measured.
        card: of the detector.
        pictures: PNG by file name; empty where Matplotlib is not installed, and the page says so.
        galleries: tiles to look at.
    """
    thresholds = [("of the scores", None), *((f"at {one.name}", one.threshold) for one in found.decisions)]
    return (
        _environment()
        .get_template("evaluation.html.j2")
        .generate(
            found=found,
            card=card,
            version=__version__,
            reports=[(one.name, class_report_text(one.rows)) for one in reversed(found.decisions)],
            tables=[(name, figure_rows(found.figures, threshold)) for name, threshold in reversed(thresholds)],
            pictures=[(PICTURE_WORDS[name], name, data_uri(content, "png")) for name, content in pictures.items()],
            legend=data_uri(legend_png(found.threshold), "png"),
            galleries=[(KIND_TITLES[one.kind], one, NOTHING[one.kind], _views(one)) for one in galleries],
        )
    )


def score_card_page(found: ScoreCard, *, pictures: Mapping[str, bytes]) -> Iterator[str]:
    """Give the pieces of scorecard.html."""
    uris = [(name, data_uri(content, "png")) for name, content in pictures.items()]
    template = _environment().get_template("scorecard.html.j2")
    return template.generate(found=found, version=__version__, pictures=uris)


def _environment() -> Environment:
    loaders = [PackageLoader(f"cracklens.{room}", "templates") for room in ("evaluation", "report.html")]
    environment = Environment(
        loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined, finalize=shown_on_page
    )
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(count=_count, share=_share, interval=_interval, cautious=cautious, why=left_out_text)
    return environment


def _views(gallery: Gallery) -> list[ShotView]:
    found = []
    for shot in gallery.shots:
        bare, _, heat = side_by_side(shot)
        found.append(ShotView(shot, _jpeg_uri(bare), _jpeg_uri(heat)))
    return found


def _jpeg_uri(pixels: NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return data_uri(buffer.getvalue(), "jpeg")


def data_uri(content: bytes, kind: str) -> str:
    """Give a picture as an address that holds it."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _count(number: int) -> str:
    return f"{number:,}"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return "too few groups"
    return f"{cautious(figure.low, digits=3)}–{cautious(figure.high, digits=3)}"
