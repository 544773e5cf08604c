"""Takes made-up cells and features of two sets; gives faults of how the default detector is put together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cracklens.labels.dataset import LabelledTile
from cracklens.network.scores import calibrated
from cracklens.training.features.bags import Bags
from cracklens.training.features.neighbourhoods import N_FEATURES
from cracklens.training.fit import logits
from cracklens.training.measured import Measured

pytest.importorskip("torch")

from makers.concrete.cells import BundledCells
from makers.concrete.detail import (
    LEAST_RECALL,
    fit_both,
    recall_unseen,
    threshold_for_even_recall,
    val_logits,
)
from makers.concrete.figures import METU, PHOTOS, SINGLE, SURFACES, surface
from makers.concrete.head import LIMITS

from cracklens.models import (
    DEFAULT_DETECTOR,
    FITTED_WITH,
    SMALL_DETECTOR,
    bundled_map,
    find_checkpoint,
    read_checkpoint,
)
from cracklens.training.detail import DetailSettings
from cracklens.training.domains import Domain
from cracklens.training.features.cells import CellSet

PEAKS = np.full(N_FEATURES, 4, np.float32)
SETTINGS = DetailSettings(hidden=4, epochs=1, batch=16, averaging=0.9)
N = 24


def tiles_of(one: str, split: str) -> list[LabelledTile]:
    names = {0: "Non-cracked", 1: "Cracked"}
    files = [f"{one}/{names[i % 2]}/70{i // 6}-{i}.jpg" if one != METU else f"{i % 2}/{split}{i}.jpg" for i in range(N)]
    return [
        LabelledTile(
            Path(file), f"{file}{split}" if one == METU else f"{one}/{split}/{file}", i % 2, str(i // 6), split
        )
        for i, file in enumerate(files)
    ]


@pytest.fixture(scope="module")
def made() -> tuple[list[Domain], BundledCells]:
    """Give two surfaces and METU; what is cracked has one cell with marks, which the pooled features show faintly."""
    draw = np.random.default_rng(0)
    domains, sets = [], {}
    for form, surfaces in ((METU, (METU,)), (PHOTOS, ("Decks", "Pavements", "Walls")), (SINGLE, ("Decks", "Walls"))):
        kept, steps = [], []
        for one in surfaces:
            tiles = [*tiles_of(one, "train"), *tiles_of(one, "val")]
            cells = draw.integers(0, 90, (len(tiles), 7, 7, N_FEATURES), dtype=np.uint8)
            for i, tile in enumerate(tiles):
                cells[i, i % 7, i % 5, :300] = 240 if tile.label else 40
            features = ((cells / 255) ** 2 * 4).mean((1, 2)).astype(np.float32)
            name = one if one == METU else f"SDNET2018 {one}, {form}"
            domains.append(Domain(name, one, 1.0, Measured(tiles, Bags(features, np.ones(len(tiles), np.int64)))))
            kept += tiles
            steps.append(cells)
        sets[form] = CellSet(kept, np.concatenate(steps))
    return domains, BundledCells(PEAKS, sets)


def test_surface_is_the_first_folder_and_else_metu() -> None:
    assert [surface(tiles_of(one, "val")[0]) for one in ("Walls", METU)] == ["Walls", METU]


def test_both_parts_weigh_the_same_and_are_calibrated(made: tuple[list[Domain], BundledCells]) -> None:
    domains, cells = made
    fitted = fit_both(domains, cells, settings=SETTINGS)
    val = val_logits(domains, cells, fitted.linear, fitted.net)
    steady, sharp = val.peaks((1, 0)), val.peaks((0, 1))
    assert fitted.gains[0] * steady.std() == pytest.approx(fitted.gains[1] * sharp.std(), rel=1e-6)
    assert len(val.tiles) == 6 * N
    scores = fitted.scores()
    assert scores.mean() == pytest.approx(0.5, abs=0.05)
    np.testing.assert_allclose(scores, calibrated(val.peaks(fitted.gains), fitted.head))
    assert fitted.head.detail is not None
    assert fitted.head.detail.weight_in.shape == (4, N_FEATURES)


def test_a_surface_left_out_touches_nothing(made: tuple[list[Domain], BundledCells]) -> None:
    domains, cells = made
    fitted = fit_both(domains, cells, left_out="Walls", settings=SETTINGS)
    assert {surface(tile) for tile in fitted.val.tiles} == {METU, "Decks", "Pavements"}
    other = [one for one in domains if one.surface != "Walls"]
    sets = {form: of for form, of in cells.sets.items() if form != SINGLE}
    kept = np.array([surface(tile) != "Walls" for tile in sets[PHOTOS].tiles])
    sets[PHOTOS] = CellSet([t for t in sets[PHOTOS].tiles if surface(t) != "Walls"], sets[PHOTOS].steps[kept])
    single = np.array([surface(tile) != "Walls" for tile in cells.sets[SINGLE].tiles])
    sets[SINGLE] = CellSet(
        [t for t in cells.sets[SINGLE].tiles if surface(t) != "Walls"], cells.sets[SINGLE].steps[single]
    )
    again = fit_both(other, BundledCells(PEAKS, {form: sets[form] for form in cells.sets}), settings=SETTINGS)
    np.testing.assert_allclose(fitted.val.peaks((1, 1)), again.val.peaks((1, 1)), rtol=1e-5)


def test_figures_of_surfaces_left_out_have_their_own_names(
    made: tuple[list[Domain], BundledCells], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makers.concrete.detail.DetailSettings", lambda: SETTINGS)
    found = recall_unseen(*made)
    names = ["recall_unseen", "false_alarm_rate_unseen", "f1_balanced_unseen", "auroc_unseen"]
    assert [metric.name for metric in found] == 3 * names
    assert [metric.n for metric in found[:4]] == [N // 2, N // 2, N, N]
    assert all(0 <= metric.value <= 1 for metric in found)


def test_threshold_reaches_the_recall_with_every_surface_weighing_the_same() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.1, 0.05, 0.3], np.float32)
    labels = np.array([1, 1, 1, 1, 1, 0, 0])
    weights = np.array([1, 1, 1, 1, 4, 9, 9]) / 4.0  # the last crack is all of its surface
    assert threshold_for_even_recall(scores, labels, weights, least=0.5) == pytest.approx((0.6 + 0.3) / 2)
    assert threshold_for_even_recall(scores, labels, weights, least=0.51) == pytest.approx((0.1 + 0.05) / 2)
    assert 0 < LEAST_RECALL < 1


def test_pooled_features_do_not_hold_what_a_detail_net_needs(made: tuple[list[Domain], BundledCells]) -> None:
    from cracklens.errors import DataError

    domains, cells = made
    head = fit_both(domains, cells, settings=SETTINGS).head
    with pytest.raises(DataError, match=r"Use Detector\.score"):
        logits(domains[0].measured.bags.features, head)


def test_the_shipped_detector_reads_the_shipped_crack_map() -> None:
    shipped = read_checkpoint(find_checkpoint(DEFAULT_DETECTOR))
    assert shipped.head.map_weight is not None
    assert shipped.head.map_weight > 0
    assert shipped.card.recipe[FITTED_WITH] == bundled_map().card.sha256


def test_the_shipped_detector_has_a_limit_for_each_kind_of_surface() -> None:
    known = read_checkpoint(find_checkpoint(DEFAULT_DETECTOR)).head.known
    assert known is not None
    assert np.shape(known.limit) == (len(known.centres),) == (1 + 2 * len(SURFACES),), "METU, and each in two forms"
    assert len(set(np.asarray(known.limit).tolist())) > 1
    assert (np.asarray(known.limit) > 0).all()


@pytest.mark.parametrize("name", [DEFAULT_DETECTOR, SMALL_DETECTOR])
def test_shipped_cards_say_the_limits_and_were_measured_on_surfaces_left_out(name: str) -> None:
    card = read_checkpoint(find_checkpoint(name)).card
    assert card.limits[1:] == LIMITS
    unseen = [metric for metric in card.metrics if metric.name == "recall_unseen"]
    assert len(unseen) == len(SURFACES)
    assert f"{min(of.value for of in unseen):.0%} to {max(of.value for of in unseen):.0%}" in card.limits[0]
