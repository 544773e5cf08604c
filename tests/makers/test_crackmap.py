"""Takes plain grounds and made-up maps; gives faults in what the crack map is taught with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from makers.crackmap.cracks import broken_open
from makers.crackmap.lookalikes import ABOVE, BELOW, Painter, wet
from makers.crackmap.origins import LEFT_OUT, in_turns, seen_without, shares_of
from makers.crackmap.pseudo import FAR_A_PHOTO, Seen, agreed, far_crops, photo_crops, roughly
from makers.crackmap.samples import DRAWING, LATE, Grounds, draw_sample
from makers.crackmap.scene import SIDE, bare
from makers.crackmap.shards import InTurns, draw_shards, shard_path
from scipy import ndimage

from cracklens.training.crackmap import Shards
from cracklens.training.crackmap.source import CRACK, LINE, OTHER, UNSURE


def plain(grey: int = 160) -> Grounds:
    ground = np.random.default_rng(0).normal(grey, 4, (2, 400, 400, 1)).clip(0, 255).astype(np.uint8)
    return Grounds(ground.repeat(3, axis=3), plain=True)


def test_samples_are_drawn_by_their_seed() -> None:
    one, other, third = (draw_sample(np.random.default_rng(seed), plain()) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.pixels, other.pixels)
    np.testing.assert_array_equal(one.labels, other.labels)
    assert (one.pixels != third.pixels).any()


def test_samples_have_cracks_lines_and_neither() -> None:
    rng = np.random.default_rng(4)
    samples = [draw_sample(rng, plain()) for _ in range(40)]
    assert all(s.pixels.shape == (SIDE, SIDE, 3) and s.labels.shape == (SIDE, SIDE) for s in samples)
    assert {int(v) for s in samples for v in np.unique(s.labels)} <= {0, OTHER, LINE, UNSURE, CRACK}
    cracked = np.array([(s.labels == CRACK).any() for s in samples])
    assert 0.4 < cracked.mean() < 0.95
    assert any((s.labels == LINE).any() for s in samples)
    darker = [
        float(s.pixels[s.labels == CRACK].mean()) < float(s.pixels[s.labels == 0].mean())
        for s in samples
        if (s.labels == CRACK).sum() > 200 and (s.labels == 0).any()
    ]
    assert np.mean(darker) > 0.6


@pytest.mark.parametrize("painter", [*BELOW, *ABOVE, wet], ids=lambda painter: painter.__name__)
def test_what_is_no_crack_paints_no_crack(painter: Painter) -> None:
    ground = bare(np.full((96, 96, 3), 150, np.uint8))
    for seed in range(5):
        found = painter(np.random.default_rng(seed), ground)
        assert found.pixels.shape == (96, 96, 3)
        assert not found.crack.any()
        assert np.isfinite(found.pixels).all()
        assert found.line.min() >= 0
        assert found.line.max() <= 1


def test_wet_areas_are_wide_and_dark() -> None:
    ground = bare(np.full((SIDE, SIDE, 3), 150, np.uint8))
    dark = [wet(np.random.default_rng(seed), ground).pixels.mean(axis=2) < 140 for seed in range(30)]
    covered = [of.mean() for of in dark if of.any()]
    assert len(covered) > 20
    assert np.median(covered) > 0.1
    assert min(2 * ndimage.distance_transform_edt(of).max() for of in dark if of.mean() > 0.02) > 12


def test_the_last_round_draws_few_shallow_gaps() -> None:
    ground, gap = np.full((96, 96, 3), 150, np.float32), np.zeros((96, 96), np.float32)
    gap[:, 30:70] = 1
    shallow = {
        deep_px: sum(
            broken_open(np.random.default_rng(seed), ground, gap, 40.0, deep_px=deep_px)[:, 35:65].mean() > 95
            for seed in range(60)
        )
        for deep_px in (DRAWING.deep_px, LATE.deep_px)
    }
    assert shallow[DRAWING.deep_px] > 20
    assert shallow[LATE.deep_px] < 12


@pytest.mark.slow
def test_shards_that_are_there_are_not_drawn_again(tmp_path: Path) -> None:
    np.save(tmp_path / "METU.npy", plain().pictures)
    done: list[int] = []
    draw_shards(tmp_path, {"METU": 1}, seed=1, on_done=done.append, crops=6)
    path = shard_path(tmp_path / "METU", 0)
    assert done == [1]
    assert np.load(path)["pixels"].shape == (6, SIDE, SIDE, 3)
    before = path.stat().st_mtime_ns
    draw_shards(tmp_path, {"METU": 1}, seed=1, on_done=done.append, crops=6)
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("left_out", [None, *LEFT_OUT])
def test_any_few_samples_in_a_row_keep_the_shares(left_out: str | None) -> None:
    shares = shares_of(seen_without(left_out))
    assert sum(shares.values()) == pytest.approx(1)
    of = list(shares.values())
    turns = in_turns(of, 13 * 400).reshape(400, 13)
    counts = np.stack([(turns == origin).sum(axis=1) for origin in range(len(of))])
    assert np.abs(counts.mean(axis=1) / 13 - of).max() < 0.002
    assert np.abs(counts - 13 * np.array(of)[:, np.newaxis]).max() < 2


def test_surfaces_that_are_seen_share_evenly_what_sdnet_has() -> None:
    whole, pavements, none = (shares_of(seen_without(of)) for of in (None, "Pavements", "SDNET2018"))
    assert whole == pytest.approx(
        {"METU": 0.22, "SUT-Crack": 0.12, "Roads": 0.12, "Decks": 0.18, "Pavements": 0.18, "Walls": 0.18}
    )
    assert pavements == pytest.approx({"METU": 0.22 / 0.76, "Decks": 0.27 / 0.76, "Walls": 0.27 / 0.76})
    assert none == {"METU": 1.0}


def test_of_each_origin_all_samples_come_before_one_comes_again(tmp_path: Path) -> None:
    for number in range(8):
        pixels = np.full((3, 2, 2, 3), 3 * number, np.uint8) + np.arange(3, dtype=np.uint8)[:, None, None, None]
        np.savez(tmp_path / f"{number}.npz", pixels=pixels, labels=pixels[..., 0])
    paths = sorted(tmp_path.glob("*.npz"))
    source = InTurns([Shards(paths[:2], 3), Shards(paths[2:], 3)], [0.25, 0.75])
    rng = np.random.default_rng(0)
    batches = [source.batch(number, 4, rng) for number in range(8)]
    found = np.concatenate([pixels[:, 0, 0, 0] for pixels, _ in batches])
    assert sorted(found[found < 6][:6]) == list(range(6))
    assert sorted(found[found >= 6][:18]) == list(range(6, 24))
    assert (found.reshape(8, 4) < 6).sum(axis=1).max() <= 2
    np.testing.assert_array_equal(source.batch(3, 4, rng)[0], batches[3][0])


def seen() -> Seen:
    """A photo of 2 x 2 cells, the left ones cracked; a crack runs down the left and ends in the right, lower cell."""
    crack = np.zeros((512, 512), np.float32)
    crack[20:480, 100:104] = 0.9
    crack[476:480, 100:300] = 0.9
    crack[50:60, 400:410] = 0.9  # a speck in an intact cell: wrong
    crack[:300, 500:503] = 0.9  # a joint: long, and the score does not speak for it
    score = np.full((16, 16), 0.9, np.float32)
    score[:, 15] = 0.05
    return Seen(np.full((512, 512, 3), 120, np.uint8), crack, score, np.array([[1, 0], [1, 0]], np.int8))


def test_masks_agree_with_the_labels_of_cells() -> None:
    labels = agreed(seen())
    assert (labels[20:480, 100:104] == CRACK).all()
    assert (labels[476:480, 260:300] == UNSURE).all()  # it goes on in a cell that is called intact: who knows
    assert (labels[50:60, 400:410] == OTHER).all()
    assert (labels[:300, 500:503] == LINE).all()
    assert not (labels[:, 256:] == CRACK).any()


def test_a_warm_line_in_intact_cells_is_a_joint_if_straight() -> None:
    warm = replace(seen(), score=np.full((16, 16), 0.9, np.float32))
    assert (agreed(warm)[:300, 500:503] == LINE).all()
    winding = np.zeros((512, 512), np.float32)
    cols = 480 + np.rint(9 * np.sin(np.arange(300) / 40)).astype(int)
    for aside in range(3):
        winding[np.arange(300), cols + aside] = 0.9
    assert (agreed(replace(warm, crack=winding))[np.arange(300), cols] == UNSURE).all(), "nobody may have labelled it"


def test_a_straight_line_is_no_crack_to_learn_from_in_cracked_cells() -> None:
    crack = np.zeros((512, 512), np.float32)
    crack[10:500, 120:124] = 0.9
    found = agreed(replace(seen(), crack=crack))
    assert (found[10:500, 120:124] == UNSURE).all()


def test_from_afar_a_hairline_is_a_crack_and_a_joint_a_line() -> None:
    near = seen()
    tiled: list[Any] = [np.tile(of, (4, 4)) for of in (near.crack, near.score, near.cracked)]
    wide = Seen(np.tile(near.pixels, (4, 4, 1)), *tiled)
    crops = list(far_crops(wide, np.random.default_rng(1)))
    assert len(crops) == FAR_A_PHOTO
    assert all(crop.pixels.shape == (SIDE, SIDE, 3) for crop in crops)
    assert sum((crop.labels == CRACK).any() for crop in crops) >= 2
    assert sum((crop.labels == LINE).any() for crop in crops) >= 2


def test_a_rough_label_says_where_the_map_is_believed() -> None:
    crack = np.zeros((400, 400), np.float32)
    crack[50:350, 100:104] = 0.9
    crack[300:320, 300:306] = 0.9  # a speck away from any label
    crack[380, 20:200] = 0.9  # long, and nobody has labelled it
    near = np.zeros((400, 400), np.bool_)
    near[:, 90:115] = True
    crack[354:374, 92:112] = 0.9  # a pore beside the label
    labels = roughly(crack, near)
    assert (labels[354:374, 92:112] == UNSURE).all()
    assert (labels[50:350, 100:104] == CRACK).all()
    assert (labels[300:320, 300:306] == OTHER).all()
    assert (labels[380, 20:90] == UNSURE).all()


def test_crops_hold_cracks_and_what_was_wrongly_taken_for_one() -> None:
    crops = list(photo_crops(seen(), np.random.default_rng(0)))
    assert len(crops) == 4, "two cracked cells, the one with the speck, the one with the joint"
    assert sum((crop.labels == CRACK).any() for crop in crops) >= 2
