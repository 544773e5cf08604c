"""Takes made-up lines and features; gives faults in what a site's photos teach. Reads no photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit
from tests.stand_ins import bundled_detector

from cracklens import draw_wall
from cracklens.errors import DataError
from cracklens.training.site import (
    CRACK,
    NO_CRACK,
    UNKNOWN,
    SitePhoto,
    SiteSettings,
    Spoken,
    figures_of,
    fit_to_site,
    labels_of,
    read_photo_for,
    tally_of,
)
from cracklens.training.site.places import Shows
from cracklens.training.site.tally import Tally, rate_of
from cracklens.values import Branch, Head, Trace

HW = (672, 672)
STARTS = [0, 7, 14], [0, 7, 14]
"""Three by three neighbourhoods side by side."""

DEPTH = 24


def line(*points_xy: tuple[float, float], shows: Shows = "crack") -> Spoken:
    """Give a straight line with a point each px."""
    (x0, y0), (x1, y1) = points_xy
    n = int(np.hypot(x1 - x0, y1 - y0)) + 1
    points = np.stack([np.linspace(x0, x1, n), np.linspace(y0, y1, n)], 1).astype(np.float32)
    none = (0.0, 0.0)
    branch = Branch(points, np.full(n, 2, np.float32))
    return Spoken(Trace((branch,), n, 2, 2, 2, none, none, none, none, 0, (), (), 0.5, 0.5), shows)


def values_of(*lines: Spoken) -> list[list[int]]:
    return labels_of(lines, STARTS, HW).values.reshape(3, 3).tolist()


def test_a_confirmed_line_is_a_crack_where_it_runs_through_and_unknown_where_it_only_touches() -> None:
    assert values_of(line((336, 20), (336, 660))) == [[NO_CRACK, CRACK, NO_CRACK]] * 3
    assert values_of(line((220, 250), (220, 420)))[1] == [UNKNOWN, NO_CRACK, NO_CRACK], "in the rim of the first"


def test_a_rejected_line_is_no_crack_and_learnt_from_and_one_that_is_open_is_left_out() -> None:
    rejected = labels_of([line((336, 20), (336, 660), shows="no crack")], STARTS, HW)
    assert (rejected.values == NO_CRACK).all()
    assert rejected.rejected.reshape(3, 3).tolist() == [[False, True, False]] * 3
    assert rejected.known.all()
    opened = labels_of([line((336, 20), (336, 660), shows="unknown")], STARTS, HW)
    assert opened.values.reshape(3, 3).tolist() == [[NO_CRACK, UNKNOWN, NO_CRACK]] * 3
    assert opened.known.reshape(3, 3).tolist() == [[True, False, True]] * 3


def test_a_crack_beside_a_rejected_line_stays_a_crack() -> None:
    both = [line((300, 20), (300, 660)), line((380, 20), (380, 660), shows="no crack")]
    found = labels_of(both, STARTS, HW)
    assert found.values.reshape(3, 3).tolist() == [[NO_CRACK, CRACK, NO_CRACK]] * 3
    assert not found.rejected.any()


def test_a_photo_without_lines_has_no_crack_anywhere() -> None:
    assert values_of() == [[NO_CRACK] * 3] * 3


def test_a_crack_is_found_by_any_of_its_places_and_alarms_beside_each_other_are_one() -> None:
    labels = labels_of([line((336, 20), (336, 660)), line((560, 20), (560, 200), shows="unknown")], STARTS, HW)
    scores = np.array([0.9, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1])
    assert tally_of(labels, scores, (3, 3), threshold=0.5) == Tally(1, 1, 1)
    scores[7] = 0.9  # the crack, which touches the alarm at its left
    assert tally_of(labels, scores, (3, 3), threshold=0.5) == Tally(1, 0, 0)
    alone = np.array([0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    assert tally_of(labels, alone, (3, 3), threshold=0.5) == Tally(1, 1, 0), "nobody said what is there"


@given(st.lists(st.integers(0, 9), min_size=8, max_size=40))
def test_a_rate_lies_in_its_interval_which_is_never_narrower_than_chance(counts: list[int]) -> None:
    rate = rate_of(counts)
    assert rate.low <= rate.value <= rate.high
    assert rate.high >= 10 * 3.688 / len(counts)


def test_figures_count_what_was_missed() -> None:
    found = figures_of([Tally(2, 1, 0), Tally(0, 0, 3), Tally(3, 0, 0), Tally(0, 0, 1)])
    assert (found.recall, found.cracks, found.photos) == (0.8, 5, 4)
    assert (found.missed.value, found.false.value) == (2.5, 10.0)


def site(n: int, *, seed: int, per_photo: int = 40) -> list[SitePhoto]:
    """Give photos whose cracks show in the first feature, and whose second feature the head takes for cracks."""
    draw = np.random.default_rng(seed)
    photos = []
    for number in range(n):
        labels = (draw.random(per_photo) < (0.3 if number % 2 else 0.0)).astype(np.int8)
        features = draw.normal(0, 1, (per_photo, DEPTH)).astype(np.float16)
        features[:, 0] += 2 * labels
        photos.append(SitePhoto(features, np.zeros(per_photo, np.float32), labels, np.zeros(per_photo, np.bool_)))
    return photos


def head() -> Head:
    weight = np.zeros((2, DEPTH), np.float32)
    weight[1, 1], weight[0, 1] = 0.5, -0.5
    return Head(weight, np.zeros(2, np.float32), temperature=2.0, offset=-1.0)


def logits_of(fitted: Head, photos: list[SitePhoto]) -> NDArray[np.float64]:
    features = np.concatenate([photo.features for photo in photos]).astype(np.float64)
    raw = features @ (fitted.weight[1] - fitted.weight[0]).astype(np.float64) + float(fitted.bias[1] - fitted.bias[0])
    return np.asarray(raw / fitted.temperature + fitted.offset)


def separation(scores: NDArray[np.float64], photos: list[SitePhoto]) -> float:
    """Give how often a crack scores higher than what is none."""
    labels = np.concatenate([photo.labels for photo in photos])
    return float((scores[labels == 1][:, np.newaxis] > scores[labels == 0]).mean())


def test_a_fit_learns_what_the_head_did_not_know_and_says_how_good_it_is_on_photos_it_has_not_seen() -> None:
    photos, others = site(16, seed=1), site(40, seed=2)
    fitted = fit_to_site(photos, head())
    assert separation(logits_of(head(), others), others) < 0.6
    assert separation(logits_of(fitted.head, others), others) > 0.85
    claimed = separation(np.concatenate(fitted.unseen), photos)
    assert claimed == pytest.approx(separation(logits_of(fitted.head, others), others), abs=0.08)
    scores = expit(logits_of(fitted.head, others))
    labels = np.concatenate([photo.labels for photo in others])
    assert scores.mean() == pytest.approx(labels.mean(), abs=0.06), "scores are as high as cracks are common"


def test_a_photo_has_no_say_in_the_order_of_its_own_scores() -> None:
    photos = site(12, seed=3)
    turned = replace(photos[5], labels=np.where(np.arange(40) < 20, CRACK, NO_CRACK).astype(np.int8))
    assert not np.array_equal(turned.labels, photos[5].labels)
    first, second = (
        fit_to_site([*photos[:5], one, *photos[6:]], head(), settings=SiteSettings(strengths=(1.0,)))
        for one in (photos[5], turned)
    )
    assert np.array_equal(np.argsort(first.unseen[5]), np.argsort(second.unseen[5]))
    orders = [[np.argsort(of.unseen[i]).tolist() for of in (first, second)] for i in range(12)]
    assert any(a != b for a, b in orders), "but in those of photos of other folds"


def test_what_is_unknown_is_not_learnt_from() -> None:
    photos = site(12, seed=4)
    hidden = [replace(one, labels=np.where(np.arange(40) < 10, UNKNOWN, one.labels).astype(np.int8)) for one in photos]
    spoilt = [
        replace(one, features=np.where(np.arange(40)[:, np.newaxis] < 10, np.float16(9), one.features))
        for one in hidden
    ]
    first, second = (fit_to_site(of, head()) for of in (hidden, spoilt))
    assert np.array_equal(first.head.weight, second.head.weight)
    assert first.threshold == second.threshold


def test_a_strong_penalty_leaves_the_weights_where_they_were() -> None:
    photos = site(12, seed=5)
    far, near = (fit_to_site(photos, head(), settings=SiteSettings(strengths=(of,))) for of in (0.1, 1e6))
    start = logits_of(head(), photos)
    assert abs(np.corrcoef(start, logits_of(near.head, photos))[0, 1]) > 0.9999
    assert abs(np.corrcoef(start, logits_of(far.head, photos))[0, 1]) < 0.9


def test_of_many_easy_places_some_stand_for_the_rest() -> None:
    photos = site(12, seed=6, per_photo=200)
    all_, few = (fit_to_site(photos, head(), settings=SiteSettings(most_rows=of)) for of in (100_000, 800))
    assert not np.array_equal(all_.head.weight, few.head.weight)
    assert separation(logits_of(few.head, photos), photos) > 0.85


def test_cracks_in_one_photo_are_too_few() -> None:
    photos = [replace(one, labels=np.zeros(40, np.int8)) for one in site(9, seed=7)]
    with pytest.raises(DataError, match="cracks in two photos and places without one; 0 photos have cracks"):
        fit_to_site(photos, head())


def test_a_photo_is_read_as_the_detector_scores_it() -> None:
    detector = bundled_detector()
    photo = draw_wall((300, 420), widths_px=(4.0,), seed=3).as_photo()
    read = read_photo_for(detector, photo)
    weight = detector.head.weight[1] - detector.head.weight[0]
    logits = read.features.astype(np.float32) @ weight + (detector.head.bias[1] - detector.head.bias[0]) + read.rest
    scores = expit(logits / detector.head.temperature + detector.head.offset)
    rows, cols = (np.array(of) + 3 for of in read.starts)
    assert np.allclose(scores, detector.score(photo).values[np.ix_(rows, cols)].ravel(), atol=0.01)
