"""Takes drawn tiles and a network that sees what is dark; gives faults of the crack map's weight in the score."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.stand_ins import GreyBackbone

pytest.importorskip("torch")

from benchmarks import left_out, metu_far, metu_to_sdnet
from benchmarks.labelled_photos import LabelledPhoto
from benchmarks.result import Settings
from makers.concrete import detail as module
from makers.concrete import masses
from makers.concrete.cells import BundledCells
from makers.concrete.detail import fit_both, recall_unseen, with_map
from makers.concrete.figures import METU, PHOTOS, SINGLE, SURFACES
from makers.concrete.masses import fit_map_weight, log_masses
from tests.makers.test_detail import SETTINGS, N, made

from cracklens.errors import DataError
from cracklens.figures import metrics
from cracklens.labels import LabelledTile
from cracklens.network import calibrated, pooled_logits
from cracklens.training import Domain, Measured, calibrate
from cracklens.training.features import Bags
from cracklens.values import Head, Photo
from cracklens.values.head import DetailNet

__all__ = ["made"]
SIDE = 256


def dark_px(count: int, *, at: tuple[int, int] = (0, 0), side: int = SIDE) -> np.ndarray:
    """Give a bright tile with a row of so many black px."""
    pixels = np.full((side, side, 3), 200, np.uint8)
    pixels[at[0], at[1] : at[1] + count] = 0
    return pixels


def saved(folder: Path, file: str, pixels: np.ndarray, *, label: int = 0, group: str = "7001") -> LabelledTile:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return LabelledTile(path, file, label, group, "val")


def test_masses_stand_tile_by_tile_in_the_order_of_neighbourhoods(tmp_path: Path) -> None:
    left = saved(tmp_path, "Decks/Cracked/7001-1.png", dark_px(30))  # in its first cell
    right = saved(tmp_path, "Decks/Cracked/7001-2.png", dark_px(20, at=(255, 236)))  # in its last cell
    metu = saved(tmp_path, "metu.png", dark_px(7, side=227), group="metu.png")
    found = log_masses([right, metu, left, left], [PHOTOS, METU, PHOTOS, SINGLE], GreyBackbone())
    expected = [0, 0, 0, 20, 7, 30, 0, 0, 0, 30, 0, 0, 0]  # rows first
    np.testing.assert_allclose(found, np.log1p(expected), atol=1e-5)


def drawn(n: int, *, seed: int = 0, speaks: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give logits and log masses of four neighbourhoods a tile, and labels that hang on their sum."""
    draw = np.random.default_rng(seed)
    logits, log_mass = draw.normal(0, 2, (n, 4)), draw.exponential(1.0, (n, 4))
    chance = 1 / (1 + np.exp(-(1.5 * (logits + speaks * log_mass).max(1) - 6)))
    return logits.ravel(), log_mass.ravel(), np.full(n, 4), (draw.random(n) < chance).astype(np.int64)


def test_weight_that_made_the_labels_is_found_again() -> None:
    assert fit_map_weight(*drawn(6000, speaks=0.8)) == pytest.approx(0.8, abs=0.15)
    assert fit_map_weight(*drawn(6000, speaks=0.0)) == pytest.approx(0.0, abs=0.1)


def test_a_map_that_says_nothing_or_the_contrary_has_no_weight() -> None:
    logits, log_mass, counts, labels = drawn(2000, speaks=0.0)
    assert fit_map_weight(logits, np.zeros_like(log_mass), counts, labels) == 0
    assert fit_map_weight(logits, np.repeat(1.0 - labels, 4), counts, labels) == 0
    with pytest.raises(DataError, match="logits that rise with cracks"):
        fit_map_weight(-logits, np.zeros_like(log_mass), counts, labels)


def test_the_head_with_a_weight_scores_as_the_detector_pools() -> None:
    """The tile's logit of the fit is that of `pooled_logits` on the same cells."""
    cells = np.random.default_rng(0).uniform(0, 3, (2, 8, 8)).astype(np.float32)
    head = Head(np.zeros((2, 3072), np.float32), np.zeros(2, np.float32), map_weight=0.7)
    mean = np.array([cells[0, y : y + 7, x : x + 7].mean() for y in (0, 1) for x in (0, 1)])
    log_mass = masses._log_masses(cells[1])
    np.testing.assert_allclose(pooled_logits(cells, head)[3:-3, 3:-3].ravel(), mean + 0.7 * log_mass, rtol=1e-5)


@pytest.fixture
def _seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every map see the cracked tiles, half of them darkly; the tiles of `made` are no files."""

    def seen(tiles: list[LabelledTile], *_: object, **__: object) -> np.ndarray:
        return np.array([2.0 * tile.label + (i % 3) for i, tile in enumerate(tiles)])

    monkeypatch.setattr(masses, "log_masses", seen)
    monkeypatch.setattr(module, "DetailSettings", lambda: SETTINGS)


@pytest.mark.usefixtures("_seen")
def test_with_a_map_only_weight_calibration_and_threshold_are_new(made: tuple[list[Domain], BundledCells]) -> None:
    plain = fit_both(*made, settings=SETTINGS)
    found = with_map(plain, GreyBackbone())
    assert plain.head.map_weight is None
    assert found.head.map_weight is not None
    assert found.head.map_weight > 0
    np.testing.assert_array_equal(found.head.weight, plain.head.weight)
    assert found.head.detail is plain.head.detail
    val = found.val
    logits = val.peaks(found.gains) + found.head.map_weight * val.log_mass  # one neighbourhood a tile
    again = calibrate(found.head, logits, val.labels, weights=np.ones(len(val.tiles)))
    assert (again.temperature, again.offset) == pytest.approx((found.head.temperature, found.head.offset))
    np.testing.assert_allclose(found.scores(), calibrated(logits, found.head))
    caught = (found.scores() >= found.threshold)[val.labels == 1].mean()
    assert caught >= 0.85


@pytest.mark.usefixtures("_seen")
def test_unseen_figures_take_a_map_made_without_the_surface(made: tuple[list[Domain], BundledCells]) -> None:
    asked = []

    def maps(surface: str) -> GreyBackbone:
        asked.append(surface)
        return GreyBackbone()

    found = recall_unseen(*made, maps)
    assert asked == ["Decks", "Pavements", "Walls"]
    assert [metric.n for metric in found[:4]] == [N // 2, N // 2, N, N]


# Benchmarks


def test_left_out_scores_a_photo_both_ways_by_one_pass() -> None:
    pixels = np.full((512, 512, 3), 200, np.uint8)
    pixels[300, 300:360] = 0
    plain = Head(np.zeros((2, 3072), np.float32), np.zeros(2, np.float32), offset=-2.0)
    silent = DetailNet(np.zeros((1, 3072), np.float32), np.zeros(1, np.float32), np.zeros(1, np.float32), 0.0, 1.0)
    plain = replace(plain, detail=silent)
    fit = left_out.Fit((plain, 0.5), (replace(plain, map_weight=1.0), 0.5), GreyBackbone())
    one = LabelledPhoto(Photo(pixels, "Walls/1", ""), [(0, 0), (1, 1)], np.array([0, 1]))
    fused, without_map = left_out.cells_both_ways(one, fit)
    assert np.ptp(without_map) < 1e-6
    assert fused[1] > fused[0] + 0.2


def test_a_surface_left_out_is_judged_by_the_threshold_of_its_own_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    names = np.repeat([f"{of}/1" for of in SURFACES], 2)
    scores = {of: np.tile([0.6, 0.4], 3) for of in SURFACES}
    scored = left_out.ScoredPhotos(np.tile([1, 0], 3), names, scores, "whole")
    head = Head(np.zeros((2, 3072), np.float32), np.zeros(2, np.float32))
    limits = {"Decks": (0.3, 0.5), "Pavements": (0.5, 0.5), "Walls": (0.5, 0.5)}
    fits = {of: left_out.Fit((head, a), (head, b), GreyBackbone()) for of, (a, b) in limits.items()}
    monkeypatch.setattr(left_out, "open_backbone", lambda: None)
    monkeypatch.setattr(left_out, "fitted_without", lambda *_: fits)
    monkeypatch.setattr(left_out, "score_photos", lambda *_: left_out.BothWays(scored, scored))
    rows = {row.name: row for row in left_out.default_rows(Settings(split="val"))}
    assert rows["F1 on decks, left out"].value == 1.0
    assert rows["F1 on decks, left out, without crack map"].value == pytest.approx(2 / 3)
    assert "threshold 0.3000" in rows["F1 on decks, left out, without crack map"].note


def test_metu_alone_is_fused_on_its_own_val(monkeypatch: pytest.MonkeyPatch) -> None:
    draw, n = np.random.default_rng(0), 60

    def some(split: str, file: str) -> Measured:
        tiles = [LabelledTile(Path("-"), f"{file}{i}", i % 2, f"{i}", split) for i in range(n)]
        features = draw.normal(0, 1, (n, 3072)).astype(np.float32)
        features[1::2, :200] += 0.25
        return Measured(tiles, Bags(features, np.ones(n, np.int64)))

    train, val, sdnet = some("train", "Positive/"), some("val", "Positive/"), some("test", "Walls/Cracked/")
    far = Measured(
        [*train.tiles, *val.tiles],
        Bags(np.concatenate([train.bags.features, val.bags.features]), np.ones(2 * n, np.int64)),
    )
    mass = np.abs(draw.normal(0, 1, n)) + np.arange(n) % 2
    monkeypatch.setattr(metu_to_sdnet, "far_log_masses", lambda *_: mass)
    monkeypatch.setattr(metu_to_sdnet, "log_masses", lambda *_, **__: mass)
    found = metu_to_sdnet.fused(far, far, sdnet, GreyBackbone())
    plain = metu_to_sdnet.Scored.by(metu_to_sdnet.fitted(far, metu_to_sdnet.STRENGTH), far, sdnet)
    ones = np.ones(n)
    aurocs = [metrics.auroc(of.sdnet, sdnet.labels, ones) for of in (found, plain)]
    assert aurocs[0] > aurocs[1]
    assert len(found.val) == n


def test_masses_from_afar_are_of_the_pictures_that_the_head_reads(tmp_path: Path) -> None:
    tiles = [
        replace(saved(tmp_path, f"{split}{i}.png", dark_px(60 * (i % 2), side=227), label=i % 2), split=split)
        for split in ("train", "val")
        for i in range(10)
    ]
    metu = Measured(tiles, Bags(np.zeros((20, 1), np.float32), np.ones(20, np.int64)))
    every = list(metu_far._pictures(metu, 0))
    val = list(metu_far._pictures(metu, 0, split="val"))
    assert len(every) == 2 * (2 + 3)
    for one, other in zip(val, every[-6:], strict=True):
        np.testing.assert_array_equal(one, other)
    assert metu_far.far_log_masses(metu, GreyBackbone()).shape == (6,)
