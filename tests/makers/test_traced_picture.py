"""Takes traces of a grey wall; gives faults in the picture of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from makers.traced_picture import GAP, TRACE, draw_traces
from tests.compare.scenes import trace_of

from cracklens.values import Gap


def test_cracks_and_their_gaps_are_drawn_where_they_are() -> None:
    line = np.column_stack([np.arange(0.0, 400.0), np.full(400, 100.0)])
    crack = replace(trace_of(line), gaps=(Gap((400.0, 100.0), (600.0, 100.0)),))
    doubtful = trace_of(line + np.array([0, 200]), confidence=0.4)
    picture = np.asarray(draw_traces(np.full((400, 800, 3), 128, np.uint8), (crack, doubtful), width_px=400))
    assert picture.shape == (200, 400, 3)
    assert tuple(picture[50, 100]) == TRACE
    assert tuple(picture[50, 250]) == GAP
    assert (picture[60:] == 128).all()
