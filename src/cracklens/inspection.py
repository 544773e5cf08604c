"""Takes a photo, its scores and what was followed in it; gives the inspection for a report. Knows no network."""

from __future__ import annotations

from cracklens.measuring import close_ups, place_jpegs
from cracklens.photo import preview_jpeg
from cracklens.tracing import Traced, find, find_places
from cracklens.values import Inspection, Photo, ScoreMap


def inspection_of(photo: Photo, scores: ScoreMap, traced: Traced, *, threshold: float) -> Inspection:
    """Give what was found in a photo as one value, with its pictures for a report.

    Args:
        photo: with its pixels.
        scores: of it.
        traced: what was followed in it.
        threshold: score 0-1 from which a region is a finding.
    """
    places = find_places(scores, traced.traces, traced.other_lines, threshold=threshold)
    return Inspection(
        photo=photo.name,
        sha256=photo.sha256,
        photo_hw=photo.hw,
        score_map=scores,
        findings=find(scores, threshold=threshold),
        threshold=threshold,
        preview_jpeg=preview_jpeg(photo),
        taken_at=photo.taken_at,
        gps=photo.gps,
        scale=photo.scale,
        notes=photo.notes + traced.notes,
        direction_deg=photo.direction_deg,
        empty_share=0.0 if photo.empty is None else float(photo.empty.mean()),
        traces=traced.traces,
        other_lines=traced.other_lines,
        places=places,
        close_ups=close_ups(photo, traced.traces),
        place_jpegs=place_jpegs(photo, places),
    )
