"""Takes drawn walls; gives faults of the joint: same scores by every door, settings, checkpoints that do not fit."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from tests.stand_ins import bundled_detector, grey_detector, int8_backbone, mapping_backbone, save_wall

import cracklens.network.dense
from cracklens.detector import Detector
from cracklens.drawn.wall import draw_wall
from cracklens.errors import CheckpointError, PhotoError, SettingError
from cracklens.models import bundled_map, write_map
from cracklens.models.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from cracklens.models.registry import DEFAULT_DETECTOR, INT8_BACKBONE, SMALL_DETECTOR, find_checkpoint
from cracklens.network.backbone import Device, open_backbone
from cracklens.network.windows import grid_hw, plan_windows
from cracklens.photo.pixels.empty import fill
from cracklens.values import Backbone, Photo, Scale, Source


def wall(hw: tuple[int, int] = (256, 256), *, cracked: bool = True, seed: int = 0) -> Photo:
    return draw_wall(hw, widths_px=(6.0,) if cracked else (), seed=seed).as_photo()


def plain(hw: tuple[int, int], grey: int = 128) -> Photo:
    return Photo(np.full((*hw, 3), grey, np.uint8), "plain", "0" * 64)


@pytest.mark.parametrize("hw", [(1, 1), (1, 200), (31, 33), (200, 7), (223, 224), (227, 227), (256, 256), (240, 480)])
def test_photos_of_any_size_go_through_one_door(hw: tuple[int, int]) -> None:
    found = bundled_detector().inspect(plain(hw))
    assert found.score_map.values.shape == grid_hw(hw)
    assert found.score_map.photo_hw == found.photo_hw == hw
    assert 0 <= found.score_map.values.min() <= found.score <= 1
    assert found.score_map.values.dtype == np.float32


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("hw", [(64, 64), (227, 227), (256, 256)])
def test_a_drawn_crack_scores_above_a_drawn_intact_wall(hw: tuple[int, int], seed: int) -> None:
    cracked, intact = (bundled_detector().score(wall(hw, cracked=of, seed=seed)).peak for of in (True, False))
    assert cracked > intact + 0.1


def test_the_crack_of_a_drawn_wall_is_found_where_it_is() -> None:
    pixels = wall((512, 1024), cracked=False).pixels.copy()
    pixels[:, 768:] = wall((512, 256)).pixels
    values = bundled_detector().score(Photo(pixels, "half", "0" * 64)).values  # (16, 32)
    assert values[:, 26:].max() > values[:, :18].max() + 0.1


@pytest.mark.parametrize("core_cells", [7, 14])
def test_scores_hardly_depend_on_how_a_photo_is_cut(monkeypatch: pytest.MonkeyPatch, core_cells: int) -> None:
    photo = wall((448, 800), seed=2)
    whole = bundled_detector().score(photo).values
    monkeypatch.setattr(
        cracklens.network.dense, "plan_windows", lambda hw, **_: plan_windows(hw, core_cells=core_cells)
    )
    apart = np.abs(bundled_detector().score(photo).values - whole)
    assert apart.max() < 0.06  # measured: .026
    assert apart.mean() < 0.005


def test_scores_of_a_backbone_without_borders_do_not_depend_on_windows_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = wall((500, 700), seed=2)
    whole = grey_detector().score(photo).values
    for core in (3, 16):
        monkeypatch.setattr(
            cracklens.network.dense, "plan_windows", lambda hw, n=core, **_: plan_windows(hw, core_cells=n)
        )
        np.testing.assert_allclose(grey_detector().score(photo).values, whole, atol=1e-5)


def test_the_same_photo_twice_gives_the_same_bytes() -> None:
    one, other = (bundled_detector().inspect(wall((300, 420))) for _ in range(2))
    assert one.score_map.values.tobytes() == other.score_map.values.tobytes()
    assert one.findings == other.findings
    assert one.preview_jpeg == other.preview_jpeg


def test_path_bytes_and_photo_give_the_same(tmp_path: Path) -> None:
    path = save_wall(tmp_path / "wall.png")
    sources: list[Source | Photo] = [
        path,
        str(path),
        path.read_bytes(),
        draw_wall((64, 96), widths_px=(6.0,)).as_photo(),
    ]
    found = [bundled_detector().inspect(source) for source in sources]
    assert len({of.score_map.values.tobytes() for of in found}) == 1
    assert found[0].sha256 == found[2].sha256
    assert [of.photo for of in found[:3]] == [str(path), str(path), "<bytes>"]


def test_a_photo_is_scored_as_it_is_looked_at(tmp_path: Path) -> None:
    upright = wall((256, 416)).pixels
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side: turned right by 90° it is upright
    stream = io.BytesIO()
    Image.fromarray(np.rot90(upright)).save(stream, "PNG", exif=exif)
    found = bundled_detector().inspect(stream.getvalue())
    assert found.photo_hw == (256, 416)
    assert np.array_equal(found.score_map.values, bundled_detector().score(wall((256, 416))).values)


def test_close_ups_are_cut_while_the_px_are_there() -> None:
    photo = wall((300, 420))
    found = bundled_detector().inspect(photo)
    assert found.close_ups
    for close_up in found.close_ups:
        x0, y0, x1, y1 = close_up.box_xyxy
        assert found.traces[close_up.trace].confidence >= 0.5
        assert Image.open(io.BytesIO(close_up.jpeg)).size == (x1 - x0, y1 - y0)
    assert bundled_detector().inspect(photo, traces=False).close_ups == ()


def test_inspect_takes_threshold_and_scale_of_card_and_photo() -> None:
    card, photo = bundled_detector().card, replace(wall(), scale=Scale(2.0))
    found = bundled_detector().inspect(photo)
    assert (found.threshold, found.px_per_mm) == (card.threshold, 2.0)
    found = bundled_detector().inspect(photo, threshold=0.0, px_per_mm=3.5)
    assert (found.threshold, found.px_per_mm, found.flagged_share) == (0.0, 3.5, 1.0)


def test_findings_are_those_over_the_threshold() -> None:
    found = grey_detector().inspect(plain((320, 320), grey=0), threshold=0.5)
    assert [finding.box_xyxy for finding in found.findings] == [(0, 0, 320, 320)]
    assert grey_detector().inspect(plain((320, 320), grey=255), threshold=0.5).findings == ()


def test_all_faults_of_settings_come_at_once() -> None:
    with pytest.raises(SettingError, match=r"threshold must be 0-1; got 2\. .*px_per_mm must be above 0; got -1\."):
        bundled_detector().inspect(wall(), threshold=2, px_per_mm=-1)


@pytest.mark.parametrize(
    "settings",
    [{"threshold": -0.01}, {"threshold": float("nan")}, {"px_per_mm": 0.0}, {"px_per_mm": float("inf")}],
    ids=str,
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=f"{next(iter(settings))} must be"):
        grey_detector().inspect(wall(), **settings)


def test_a_file_that_is_no_photo_is_an_error() -> None:
    with pytest.raises(PhotoError, match="<bytes>"):
        bundled_detector().score(b"no photo")


# Checkpoints


@pytest.fixture
def checkpoint_dir(tmp_path: Path) -> Path:
    """Give a copy of the bundled checkpoint that a test may break."""
    return Path(shutil.copytree(find_checkpoint(DEFAULT_DETECTOR), tmp_path / "checkpoint"))


@pytest.fixture
def shared_backbone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Detector.load stand on the network that is compiled already."""

    def opened(device: Device = "cpu", **settings: Any) -> Backbone:
        if device != "cpu" or settings.get("maps_alone"):
            return open_backbone(device, **settings)
        return int8_backbone() if settings.get("crack_map") is None else mapping_backbone()

    monkeypatch.setattr(cracklens.detector, "open_backbone", opened)


@pytest.mark.usefixtures("shared_backbone")
def test_a_checkpoint_is_loaded_by_name_path_and_text(checkpoint_dir: Path) -> None:
    for of in (DEFAULT_DETECTOR, checkpoint_dir, str(checkpoint_dir)):
        loaded = Detector.load(of)
        assert loaded.card == bundled_detector().card
        assert np.array_equal(loaded.head.weight, bundled_detector().head.weight)


@pytest.mark.slow
def test_a_hairline_and_a_gap_in_one_photo_are_both_found_and_measured() -> None:
    wall = draw_wall((1600, 2200), widths_px=(1.0, 64.0), seed=1)
    gap, hairline = Detector.load().inspect(wall.as_photo()).traces
    assert gap.width_median_px == pytest.approx(64, rel=0.1)
    low, high = hairline.width_median_interval_px
    assert low <= 1.0 <= high < 4
    for trace, drawn in ((gap, wall.cracks[1]), (hairline, wall.cracks[0])):
        assert trace.gaps == ()
        assert trace.confidence > 0.5
        assert 0.97 * drawn.length_px - 3 * drawn.width_px < trace.length_px < 1.05 * drawn.length_px


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_pore_beside_a_hairline_is_not_its_widest_place(seed: int) -> None:
    """Of cracks that are everywhere as wide; the pores of drawn walls are of up to 12 px."""
    wall = draw_wall((1024, 1536), widths_px=(2.0, 4.0, 8.0), seed=seed)
    traces = Detector.load().inspect(wall.as_photo()).traces
    assert [trace.width_median_px for trace in traces] == pytest.approx([8.0, 4.0, 2.0], rel=0.15)
    for trace, drawn in zip(traces, (8.0, 4.0, 2.0), strict=True):
        assert trace.width_p95_px <= drawn + 1
        assert trace.width_max_px <= drawn + 2


def test_a_checkpoint_that_brings_the_bundled_network_along_inspects_as_without_it(tmp_path: Path) -> None:
    whole = read_checkpoint(find_checkpoint("concrete-frozen"))
    own = write_checkpoint(replace(whole, backbone=INT8_BACKBONE), tmp_path / "own")
    wall = draw_wall((256, 300), widths_px=(4.0,), seed=3).as_photo()
    found, expected = (Detector.load(of).maps(wall) for of in (own, "concrete-frozen"))
    np.testing.assert_array_equal(found[0].values, expected[0].values)
    np.testing.assert_array_equal(found[1].crack, expected[1].crack)


def test_a_checkpoint_made_before_there_were_crack_maps_scores_as_then(repo_dir: Path) -> None:
    """The scores are of commit 868ab16, half precision; CPUs with other INT8 arithmetic give others by a little."""
    data = repo_dir / "tests" / "data"
    detector = Detector.load("concrete-frozen")
    assert detector.card.head_file == "head-ff70ad00985d.safetensors"  # as it was then; another has other scores
    now = detector.score(data / "real" / "photos" / "Walls_7110_crop.jpg").values
    np.testing.assert_allclose(now, np.load(data / "scores" / "walls_7110_crop.npy").astype(np.float32), atol=0.03)
    assert np.ptp(now) > 0.9


@pytest.mark.usefixtures("shared_backbone")
def test_a_checkpoint_for_another_backbone_is_refused(tmp_path: Path) -> None:
    whole = read_checkpoint(find_checkpoint(DEFAULT_DETECTOR))
    other = Checkpoint(whole.head, replace(whole.card, backbone_hash="f" * 64))
    with pytest.raises(CheckpointError, match=r"Head and backbone must fit; .* ffffffffffff; here is"):
        Detector.load(write_checkpoint(other, tmp_path / "other"))


@pytest.mark.usefixtures("shared_backbone")
@pytest.mark.parametrize("of", ["card.json", "head"])
@pytest.mark.parametrize("how", ["gone", "empty", "cut", "noise"])
def test_a_damaged_checkpoint_is_refused(checkpoint_dir: Path, of: str, how: str) -> None:
    path = next(checkpoint_dir.glob("head-*")) if of == "head" else checkpoint_dir / of
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "noise": b"\xff" * 999}[how])
    with pytest.raises(CheckpointError, match=str(checkpoint_dir.name)):
        Detector.load(checkpoint_dir)


@pytest.mark.usefixtures("shared_backbone")
def test_one_wrong_bit_of_a_head_is_seen(checkpoint_dir: Path) -> None:
    path = next(checkpoint_dir.glob("head-*"))
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        Detector.load(checkpoint_dir)


def test_a_misspelt_detector_gets_the_nearest_name() -> None:
    with pytest.raises(CheckpointError, match=f"Did you mean '{SMALL_DETECTOR}'"):
        Detector.load("concrete-frosen")


def test_the_reference_network_stands_in_for_the_int8_one() -> None:
    pytest.importorskip("torch")
    cracked, intact = wall((128, 128)), wall((128, 128), cracked=False)
    detector = Detector.load(device="torch-cpu")
    assert detector.backbone.name != bundled_detector().backbone.name
    for photo in (cracked, intact):
        assert detector.score(photo).peak == pytest.approx(bundled_detector().score(photo).peak, abs=0.15)


def test_real_cracks_score_above_real_intact_tiles(sample_dir: Path) -> None:
    peaks = {
        name: [bundled_detector().score(path).peak for path in sorted((sample_dir / "metu" / name).iterdir())[:8]]
        for name in ("Positive", "Negative")
    }
    assert np.median(peaks["Positive"]) > np.median(peaks["Negative"]) + 0.3


def test_what_is_no_surface_is_called_new_and_a_drawn_wall_is_not() -> None:
    draw = np.random.default_rng(0)
    noise = draw.integers(0, 256, (512, 512, 3)).astype(np.uint8)
    for pixels, new in ((noise, True), (np.zeros_like(noise), True), (wall().pixels, False)):
        novelty = bundled_detector().score(Photo(pixels, "made", "0" * 64)).novelty
        assert novelty is not None
        assert (novelty > 1) is new


def test_the_default_detector_says_which_cells_speak_for_a_crack() -> None:
    drawn = draw_wall((640, 640), widths_px=(6.0,), seed=3)
    found = bundled_detector().score(drawn.as_photo())
    assert found.cells is not None
    cracked = drawn.true_mask.reshape(20, 32, 20, 32).any((1, 3))
    far = ndimage.distance_transform_cdt(~cracked, "chessboard") > 3
    assert found.cells[cracked].mean() > 0.8
    assert found.cells[far].mean() < 0.1
    assert found.values[cracked].min() > found.cells[far].mean()


def test_a_crack_is_found_beside_an_empty_area_and_nothing_in_it() -> None:
    photo = wall((512, 512))
    empty = np.zeros(photo.hw, bool)
    empty[:, :200] = True
    pixels = photo.pixels.copy()
    fill(pixels, empty)
    found = bundled_detector().inspect(replace(photo, pixels=pixels, empty=empty), threshold=0.0)
    assert found.empty_share == pytest.approx(200 / 512)
    assert (found.score_map.values[:, :6] == 0).all()
    assert found.flagged_share == 1
    assert [finding.box_xyxy for finding in found.findings] == [(6 * 32, 0, 512, 512)]
    assert all(trace.box_xyxy[0] >= 6 * 32 - 1 for trace in found.traces)


def test_a_photo_that_is_nearly_all_empty_is_refused_and_not_called_clear() -> None:
    photo = wall()
    empty = np.ones(photo.hw, bool)
    empty[:10, :10] = False
    with pytest.raises(PhotoError, match="nearly all of it is transparent or without data"):
        bundled_detector().inspect(replace(photo, empty=empty))


@pytest.mark.parametrize("name", ["ortho_rgba.tif", "ortho_nodata0.tif"])
def test_the_border_of_an_orthomosaic_is_no_crack(name: str) -> None:
    folder = Path(__file__).parent / "data" / "cases" / "12_orthomosaic"
    found, whole = (bundled_detector().inspect(folder / file) for file in (name, "same_wall_plain.png"))
    assert not found.findings
    assert not whole.findings
    assert found.empty_share == pytest.approx(0.303, abs=0.005)
    assert found.score < 0.2


@pytest.mark.parametrize("name", ["mono12.png", "mono12.tif", "rgb12.tif", "thermal.tif"])
def test_16_bit_files_have_the_findings_of_the_8_bit_one(name: str) -> None:
    folder = Path(__file__).parent / "data" / "cases" / "01_16bit_range"
    deep, same = (bundled_detector().inspect(folder / file) for file in (name, "same_8bit.png"))
    assert [finding.box_xyxy for finding in deep.findings] == [finding.box_xyxy for finding in same.findings]
    assert deep.findings[0].peak_score > 0.9
    assert len(deep.traces) == len(same.traces) == 1


def test_what_was_not_traced_is_a_note_of_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cracklens.tracing.trace.MOST_PX", 50)
    photo = draw_wall((640, 640), widths_px=(6.0,), seed=3).as_photo()
    found = Detector.load().inspect(photo, threshold=0.01)
    assert found.notes[: len(photo.notes)] == photo.notes
    assert found.notes[-1].kind == "tracing_left_out"


@pytest.mark.usefixtures("shared_backbone")
def test_a_crack_map_for_another_backbone_is_refused(checkpoint_dir: Path) -> None:
    part = bundled_map()
    write_map(replace(part, card=replace(part.card, backbone_hash="0" * 64)), checkpoint_dir)
    with pytest.raises(CheckpointError, match="Crack map and backbone must fit"):
        Detector.load(checkpoint_dir)
