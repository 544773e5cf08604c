"""Takes heads whose score reads the crack map; gives faults where doors differ, or where other heads change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.special import expit
from tests.models.test_checkpoint import assert_same, made
from tests.network.test_scores import detail, random_head, random_maps
from tests.stand_ins import (
    CountingBackbone,
    GreyBackbone,
    bundled_detector,
    grey_detector,
    int8_backbone,
    mapping_backbone,
)

import cracklens.detector
from cracklens import draw_wall
from cracklens.detector import Detector, photo_logits, photo_maps
from cracklens.errors import CheckpointError
from cracklens.evaluation.protocol import peak_logits
from cracklens.models import (
    DEFAULT_DETECTOR,
    FITTED_WITH,
    bundled_map,
    find_checkpoint,
    head_sha256,
    map_of,
    parts_of,
    read_checkpoint,
    write_checkpoint,
    write_map,
)
from cracklens.models.map_part import SUFFIXES
from cracklens.network import (
    MappedBackbone,
    crack_mass,
    local_maps,
    neighbourhood_mean,
    pooled_logits,
    read_crack_map,
    score_map,
)
from cracklens.network.dense import dense
from cracklens.network.scores import soft_maximum
from cracklens.values import Backbone, FeatureMaps, Photo
from cracklens.values.head import KnownFeatures

WEIGHT = 0.25


def fused_detector() -> Detector:
    """Give the default detector with a weight of the crack map that moves its scores."""
    whole = bundled_detector()
    return replace(whole, head=replace(whole.head, map_weight=WEIGHT))


def plain_detector() -> Detector:
    """Give the default detector with a score that reads no crack map."""
    whole = bundled_detector()
    return replace(whole, head=replace(whole.head, map_weight=None))


def wall(hw: tuple[int, int], *, seed: int = 3) -> Photo:
    return draw_wall(hw, widths_px=(4.0,), seed=seed).as_photo()


def mapped(maps: FeatureMaps, seed: int = 4) -> FeatureMaps:
    """Give feature maps with a crack map of noise."""
    n, _, height, width = maps.layer4.shape
    noise = np.random.default_rng(seed).integers(0, 256, (n, 32 * height, 32 * width))
    return replace(maps, crack=noise.astype(np.uint8))


# The term


def test_mass_is_the_sum_of_squared_probabilities_of_each_cells_px() -> None:
    maps = mapped(random_maps(n=1))
    assert maps.crack is not None
    found = crack_mass(maps)
    for row, col in ((0, 0), (4, 5), (2, 3)):
        inside = maps.crack[0, 32 * row : 32 * row + 32, 32 * col : 32 * col + 32] / 255
        assert found[row, col] == pytest.approx((inside**2).sum(), rel=1e-6)
    full = replace(maps, crack=np.full_like(maps.crack, 255))
    np.testing.assert_array_equal(crack_mass(full), 1024)


def test_channels_stand_in_order_and_the_last_are_the_projected_features() -> None:
    known = KnownFeatures(np.ones((3, 3072), np.float32), np.zeros((1, 3), np.float32), limit=1.0)
    maps, plain = mapped(random_maps(n=1)), replace(random_head(), detail=detail(), known=known)
    old, new = local_maps(maps, plain), local_maps(maps, replace(plain, map_weight=WEIGHT))
    np.testing.assert_array_equal(new[[0, 1, 3, 4, 5]], old)
    np.testing.assert_array_equal(new[2], crack_mass(maps))
    alone = local_maps(maps, replace(random_head(), map_weight=WEIGHT))
    np.testing.assert_array_equal(alone, np.stack([old[0], crack_mass(maps)]))


@pytest.mark.parametrize("with_detail", [True, False])
def test_the_term_is_added_before_calibration(with_detail: bool) -> None:
    net = detail(sharpness=2.0) if with_detail else None
    head = replace(random_head(), detail=net, temperature=1.7, offset=-0.4, map_weight=WEIGHT)
    draw = np.random.default_rng(3)
    maps = np.concatenate([draw.normal(0, 2, (1 + with_detail, 9, 9)), draw.uniform(0, 60, (1, 9, 9))]).astype("f4")
    inside = maps[-1, 1:8, 1:8].astype(np.float64).sum()
    plain = pooled_logits(maps, replace(head, map_weight=None))
    assert pooled_logits(maps, head)[4, 4] == pytest.approx(plain[4, 4] + WEIGHT * np.log1p(inside), abs=1e-4)
    found = score_map(maps, head, photo_hw=(288, 288))
    np.testing.assert_allclose(found.values, expit(pooled_logits(maps, head) / 1.7 - 0.4), atol=1e-6)


def test_cells_are_scored_by_their_own_mass_alone() -> None:
    head = replace(random_head(), map_weight=2.0, offset=-6.0)
    maps = np.zeros((2, 15, 15), np.float32)
    maps[1, 7, 7] = 60
    found = score_map(maps, head, photo_hw=(480, 480))
    assert found.cells is not None
    assert found.cells[7, 7] == pytest.approx(found.values[7, 7], rel=1e-5)
    assert found.values[5, 5] == pytest.approx(found.values[7, 7], rel=1e-5)
    assert found.cells[5, 5] == pytest.approx(expit(-6), rel=1e-5)


def test_no_term_leaves_every_other_head_to_the_bit() -> None:
    photo, plain = wall((300, 420)), plain_detector()
    head = plain.head
    (old,) = dense([photo.pixels], int8_backbone(), lambda maps: local_maps(maps, head))
    (both,) = dense([photo.pixels], mapping_backbone(), lambda maps: local_maps(maps, head))
    np.testing.assert_array_equal(old, both)
    assert head.detail is not None
    expected = neighbourhood_mean(old[0]) + soft_maximum(old[1], sharpness=head.detail.sharpness)
    np.testing.assert_array_equal(pooled_logits(old, head), expected)
    assert plain.scorer is plain.backbone
    detector = replace(plain, head=replace(head, map_weight=0.0))
    np.testing.assert_array_equal(detector.score(photo).values, plain.score(photo).values)


# Every door


@pytest.mark.parametrize("hw", [(227, 227), (256, 256), (260, 2500)])
def test_all_doors_give_one_score(hw: tuple[int, int], tmp_path: Path) -> None:
    detector, photo = fused_detector(), wall(hw)
    score = detector.score(photo)
    np.testing.assert_array_equal(detector.maps(photo)[0].values, score.values)
    assert score.cells is not None
    (logit,) = photo_logits([photo], detector.scorer, detector.head)
    assert isinstance(logit, float)
    peak = expit(logit / detector.head.temperature + detector.head.offset)
    assert score.peak == pytest.approx(peak, abs=1e-6)
    path = tmp_path / "wall.png"
    Image.fromarray(photo.pixels).save(path)
    assert peak_logits([path], detector.scorer, detector.head) == [pytest.approx(logit)]
    raised = score.values > plain_detector().score(photo).values
    assert raised.any(), "a crack map that sees the crack speaks for it"


def test_mass_is_that_of_the_crack_map_at_the_photos_own_size() -> None:
    detector, photo = fused_detector(), wall((320, 480))
    local = photo_maps(photo, detector.scorer, detector.head)
    crack = read_crack_map(photo.pixels, mapping_backbone()).crack.astype(np.float64) / 255
    mass = (crack**2).reshape(10, 32, 15, 32).sum((1, 3))
    assert mass.max() > 10
    np.testing.assert_allclose(local[2], mass, rtol=1e-5, atol=1e-5)


def test_one_pass_reads_scores_and_map_where_one_network_gives_both() -> None:
    counted = CountingBackbone(mapping_backbone())
    detector = replace(fused_detector(), backbone=counted, mapper=counted)
    detector.score(wall((256, 256)))
    assert len(counted.calls) == 1


def test_a_network_of_its_own_gets_the_crack_map_beside_it() -> None:
    own = CountingBackbone(int8_backbone())  # another type, as torch's on a GPU
    detector, photo = replace(fused_detector(), backbone=own), wall((260, 2500))
    assert isinstance(detector.scorer, MappedBackbone)
    assert (detector.scorer.name, detector.scorer.hash) == (own.name, own.hash)
    np.testing.assert_array_equal(detector.score(photo).values, fused_detector().score(photo).values)
    one, other = detector.maps(photo), fused_detector().maps(photo)
    np.testing.assert_array_equal(one[0].values, other[0].values)
    np.testing.assert_array_equal(one[1].crack, other[1].crack)
    assert own.released_after == [2, 4]


def test_a_photo_is_inspected_and_its_cracks_are_followed() -> None:
    found = fused_detector().inspect(wall((320, 480)))
    assert found.findings
    assert found.traces


def test_a_network_without_a_crack_map_says_so() -> None:
    head = fused_detector().head
    with pytest.raises(CheckpointError, match=r"reads the crack map, too; .* Detector\.scorer"):
        photo_logits([wall((256, 256))], int8_backbone(), head)
    grey = grey_detector()
    with pytest.raises(CheckpointError, match="has no crack map"):
        replace(grey, head=replace(grey.head, map_weight=WEIGHT)).score(wall((256, 256)))
    dark = replace(grey, head=replace(grey.head, map_weight=WEIGHT), mapper=GreyBackbone())
    black = Photo(np.zeros((224, 224, 3), np.uint8), "black", "")
    added = photo_logits([black], dark.scorer, dark.head)[0] - photo_logits([black], grey.backbone, grey.head)[0]  # type: ignore[operator]
    assert added == pytest.approx(WEIGHT * np.log1p(224**2), abs=1e-4)


# In a checkpoint


def test_a_weight_comes_back_and_old_heads_keep_their_bytes(tmp_path: Path) -> None:
    old = made()
    assert head_sha256(replace(old.head, map_weight=0.5)) != head_sha256(old.head)
    new = replace(old, head=replace(old.head, map_weight=0.5))
    read = read_checkpoint(write_checkpoint(new, tmp_path))
    assert_same(read, new)
    assert read.head.map_weight == 0.5
    assert read_checkpoint(write_checkpoint(old, tmp_path)).head.map_weight is None


def checkpoint_dir(folder: Path, named: str | None) -> Path:
    """Write the default detector with a weight of the crack map whose hash its card gives."""
    whole = read_checkpoint(find_checkpoint(DEFAULT_DETECTOR))
    recipe = {key: value for key, value in whole.card.recipe.items() if key != FITTED_WITH}
    recipe |= {} if named is None else {FITTED_WITH: named}
    head = replace(whole.head, map_weight=WEIGHT)
    return write_checkpoint(replace(whole, head=head, card=replace(whole.card, recipe=recipe)), folder)


@pytest.fixture
def _opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object, crack_map: Path | None = None, **__: object) -> Backbone:
        return int8_backbone() if crack_map is None else mapping_backbone()

    monkeypatch.setattr(cracklens.detector, "open_backbone", opened)


@pytest.mark.usefixtures("_opened")
def test_a_detector_is_loaded_with_the_map_it_was_fitted_with(tmp_path: Path) -> None:
    folder, photo = checkpoint_dir(tmp_path, bundled_map().card.sha256), wall((256, 256))
    detector = Detector.load(folder)
    np.testing.assert_array_equal(detector.score(photo).values, fused_detector().score(photo).values)
    assert [part.name for part in parts_of(read_checkpoint(folder))][-1] == "crack map"


@pytest.mark.usefixtures("_opened")
@pytest.mark.parametrize(
    ("named", "said"), [("f" * 64, "fitted with ffffffffffff; here is"), (None, "its card does not name")]
)
def test_another_crack_map_is_refused(tmp_path: Path, named: str | None, said: str) -> None:
    folder = checkpoint_dir(tmp_path, named)
    with pytest.raises(CheckpointError, match=rf"Score and crack map must fit; .*{said}.* fit the head again"):
        Detector.load(folder)


@pytest.mark.usefixtures("_opened")
def test_a_map_put_beside_a_card_that_names_the_bundled_one_is_refused(tmp_path: Path) -> None:
    folder, part = checkpoint_dir(tmp_path / "it", bundled_map().card.sha256), bundled_map()
    for suffix in SUFFIXES:
        content = part.network.with_suffix(suffix).read_bytes()
        (tmp_path / f"other{suffix}").write_bytes(content + (b"\n" if suffix == ".xml" else b""))
    own = write_map(replace(part, network=tmp_path / "other.xml"), folder)
    assert own.card.sha256 != part.card.sha256
    with pytest.raises(CheckpointError, match=f"here is {own.card.sha256[:12]}"):
        Detector.load(folder)
    plain = read_checkpoint(folder)
    assert map_of(replace(plain, head=replace(plain.head, map_weight=None))).card.sha256 == own.card.sha256
