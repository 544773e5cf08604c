"""Takes small photos with masks; gives faults in what is kept of them, how they are split, and in what is cropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.labels.masks.made import HW, box_mask, save_mask, save_photo
from tests.said import reasons

from cracklens.errors import DataError, SettingError
from cracklens.labels import LabelledTile
from cracklens.labels.masks import read_masked
from cracklens.models import Metric, bundled_map
from cracklens.training.crackmap.card import with_figures
from cracklens.training.crackmap.measure import MaskFit, best_edge, fits, metrics_of
from cracklens.training.crackmap.photos import Kept, folder_for_photos, keep_photos
from cracklens.training.crackmap.settings import CrackMapSettings
from cracklens.training.crackmap.source import CRACK, OTHER, UNSURE, Pictures, mask_labels


def make(folder: Path, *, cracked: int, free: int = 0, start: int = 0) -> Path:
    for number in range(start, start + cracked + free):
        save_photo(folder / "images" / f"{number}.png", seed=number)
        mask = box_mask() if number < start + cracked else np.zeros(HW, np.bool_)
        save_mask(folder / "masks" / f"{number}.png", mask)
    return folder


def keep(data: Path, room: Path, *, seed: int = 0) -> Kept:
    return keep_photos(read_masked(data), room, seed=seed, val_share=0.2, tell=lambda *_: None)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "run" / ".photos-old").mkdir(parents=True)
    with folder_for_photos(tmp_path / "run") as folder:
        assert [one.name for one in (tmp_path / "run").iterdir()] == [folder.name]
        yield folder
    assert not list((tmp_path / "run").iterdir())


def test_photos_are_split_by_their_seed_and_cracked_ones_are_on_both_sides(tmp_path: Path, room: Path) -> None:
    data = make(tmp_path / "d", cracked=10, free=5)
    first, again, other = (keep(data, room, seed=seed) for seed in (1, 1, 2))
    splits = [[tile.split for tile in kept.labelled.tiles] for kept in (first, again, other)]
    assert splits[0] == splits[1] != splits[2]
    assert [(len(first.part(name)), sum(tile.label for tile in first.part(name))) for name in ("train", "val")] == [
        (12, 8), (3, 2)
    ]  # fmt: skip
    assert first.labelled.split_rule == "random by photo: leaks where several show one place"
    assert first.sha256 == again.sha256
    save_mask(data / "masks" / "3.png", np.roll(box_mask(), 1))
    assert keep(data, room, seed=1).sha256 != first.sha256
    tile = first.part("train")[0]
    np.testing.assert_array_equal(first.read(tile, "pixels"), np.asarray(Image.open(tile.path)))


def test_a_photo_that_cannot_be_read_is_a_row(tmp_path: Path, room: Path) -> None:
    data = make(tmp_path / "d", cracked=10)
    (data / "images" / "4.png").write_bytes((data / "images" / "4.png").read_bytes()[:300])
    (data / "masks" / "5.png").write_text("no picture")
    found = keep(data, room)
    assert [one.photo for one in found.left_out] == ["images/4.png", "images/5.png"]
    assert "its mask cannot be read (5.png: " in reasons(found.left_out)["images/5.png"]
    assert "damaged" in reasons(found.left_out)["images/4.png"]
    assert found.labelled.left_out[-1] == "2 of 10 are left out, images/4.png first"


@pytest.mark.parametrize(
    ("cracked", "free", "sentence"),
    [
        (0, 6, "expected photos with cracks; no crack is marked in any"),
        (4, 0, "expected at least 2 cracked photos in val; got 1 of 4 photos. Label more, or give splits."),
        (1, 9, "expected at least 2 cracked photos in train; got 1 of 10 photos"),
    ],
)
def test_too_few_cracks(tmp_path: Path, room: Path, cracked: int, free: int, sentence: str) -> None:
    with pytest.raises(DataError) as fault:
        keep(make(tmp_path / "d", cracked=cracked, free=free), room)
    assert sentence in str(fault.value)
    assert not str(fault.value).endswith("..")


def test_where_nothing_can_be_read_the_first_reason_is_said(tmp_path: Path, room: Path) -> None:
    data = make(tmp_path / "d", cracked=2)
    for path in (data / "images").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DataError, match=r"none can be read. 2 of 2 are left out: images/0.png: .*"):
        keep(data, room)


def test_what_is_transparent_is_not_learnt_from(tmp_path: Path, room: Path) -> None:
    data = make(tmp_path / "d", cracked=10)
    clear = np.dstack([np.full((*HW, 3), 90), np.where(np.arange(HW[1]) < 30, 0, 255)[np.newaxis].repeat(HW[0], 0)])
    Image.fromarray(clear.astype(np.uint8)).save(data / "images" / "0.png")
    found = keep(data, room)
    labels = found.read(found.labelled.tiles[0], "labels")
    assert (labels[:, :30] == UNSURE).all()
    assert (labels[20:24, 30:70] == CRACK).all()


def test_the_edge_of_a_mask_is_learnt_and_the_rim_of_a_line_is_not() -> None:
    mask, line = np.zeros((20, 20), np.bool_), np.zeros((20, 20), np.bool_)
    mask[5, 5], line[14, 5:15] = True, True
    labels = mask_labels(mask, line)
    assert labels[5, 5] == CRACK
    assert (labels[14, 5:15] == CRACK).all()
    assert labels[4:7, 4:7].sum() == CRACK + 8 * OTHER
    assert labels[10:19, 10].tolist() == [OTHER, *[UNSURE] * 3, CRACK, *[UNSURE] * 3, OTHER]
    np.testing.assert_array_equal(mask_labels(mask), mask_labels(mask, np.zeros_like(mask)))


def test_half_of_the_crops_are_laid_around_a_crack_that_others_would_miss() -> None:
    labels = np.full((1000, 1000), OTHER, np.uint8)
    labels[40:44, 700:704] = CRACK
    pixels = np.repeat(labels[..., np.newaxis], 3, axis=2)
    shares = {}
    for aimed in (0.0, 0.5, 1.0):
        source = Pictures([pixels[:200, :200], pixels], [labels[:200, :200], labels], 64, (64.0, 64.0), aimed)
        seen, known = source.batch(0, 200, np.random.default_rng(0))
        np.testing.assert_array_equal(seen[..., 0], known)
        shares[aimed] = float((known == CRACK).any(axis=(1, 2)).mean())
    assert shares[0.0] < 0.05
    assert 0.4 < shares[0.5] < 0.6
    assert shares[1.0] == 1.0


def test_the_edge_is_where_masks_fit_best(tmp_path: Path, room: Path) -> None:
    kept = keep(make(tmp_path / "d", cracked=10, free=5), room)
    wide = np.zeros(HW, np.uint8)
    wide[19:25, 10:70] = 100  # a rim that is too wide below a share of .39
    wide[20:24, 10:70] = 150  # the crack, up to a share of .58
    for tile in kept.part("val"):
        kept.write(tile, "weights", wide if tile.label else np.where(box_mask(), 130, 0).astype(np.uint8))
    edge, (ratio,) = best_edge(kept, otherwise=0.3)
    assert edge == pytest.approx(0.4)
    assert (ratio.name, ratio.value, ratio.n) == ("width_ratio", 1.0, 2)
    by_name = {one.name: one for one in metrics_of(fits(kept, "val", 0.4), data="d, val")}
    assert {name: one.value for name, one in by_name.items()} == {
        "dice": 1.0,
        "f1_within_2px": 1.0,
        "false_alarm_rate": 1.0,
    }
    assert {name: one.n for name, one in by_name.items()} == {"dice": 2, "f1_within_2px": 2, "false_alarm_rate": 1}
    assert by_name["dice"].low is None  # two photos carry no interval
    for tile in kept.part("val"):
        kept.write(tile, "weights", np.zeros(HW, np.uint8))
    assert best_edge(kept, otherwise=0.3) == (0.3, ())
    for tile in kept.part("val"):
        kept.write(tile, "weights", np.full(HW, 255 if tile.label else 0, np.uint8))
    edge, (ratio,) = best_edge(kept, otherwise=0.3)
    assert ratio.value > 1.5, "masks that are too wide at any edge say so"
    assert ratio.data.endswith("this is the nearest")


def test_figures_have_intervals_by_group() -> None:
    tiles = [LabelledTile(Path(f"{i}.png"), f"{i}.png", 1, str(i // 2), "val") for i in range(40)]
    found = [MaskFit(tile, i / 40, 1.0, found=True) for i, tile in enumerate(tiles)]
    overlap = metrics_of(found, data="d, val", suffix="_before")[0]
    assert overlap.name == "dice_before"
    assert overlap.low is not None
    assert overlap.high is not None
    assert overlap.value == pytest.approx(0.4875)
    assert 0 < overlap.low < overlap.value < overlap.high < 1


def test_a_crack_map_that_is_no_better_says_so() -> None:
    card = bundled_map().card
    worse, better = (
        with_figures(card, [Metric("dice", value, 9, "d"), Metric("dice_before", 0.5, 9, "d")], split="test").limits
        for value in (0.4, 0.6)
    )
    assert better == card.limits
    assert worse[-1].startswith("On test it is no better than the crack map that it was made from: Dice 0.400 against")


def test_settings_are_refused_all_at_once() -> None:
    with pytest.raises(SettingError) as fault:
        CrackMapSettings(steps=0, batch=0, learning_rate=0.0, side_px=100, val_share=1.0, least_agreement=2.0)
    for name in ("steps", "batch", "learning_rate", "side_px", "val_share", "least_agreement"):
        assert name in str(fault.value)
