"""Takes photos with scales from several sources; gives faults in their order, contradictions and notes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.marker_scene import View, scene
from PIL import Image
from tests.stand_ins import grey_detector

from cracklens import scale_marker
from cracklens.errors import DataError, MissingExtraError, SettingError
from cracklens.photo import read_photo
from cracklens.scale import ScaleSources, with_scale
from cracklens.scale_table import ScaleTable, read_scales
from cracklens.survey import SurveySettings, inspect_photos
from cracklens.values import Inspection, Photo

EXIF_IFD = 0x8769


def photo_of(path: Path, pixels: np.ndarray, **tags: Any) -> Photo:
    """Give a photo that is a file with these EXIF tags of the camera."""
    exif = Image.Exif()
    names = {"focal": 37386, "plane": 41486, "unit": 41488, "film": 41989, "width": 40962}
    exif.get_ifd(EXIF_IFD).update({names[name]: value for name, value in tags.items()})
    Image.fromarray(pixels).save(path, exif=exif, quality=95)
    return read_photo(path)


def scaled(photo: Photo, **sources: Any) -> Photo:
    return with_scale(photo, ScaleSources.open(**sources))


@pytest.fixture(scope="module")
def with_marker(tmp_path_factory: pytest.TempPathFactory) -> Photo:
    """Give a photo with a marker of 50 mm at 2 px/mm, and a lens of 3,000 px."""
    pixels = scene((480, 640), View(2.0)).pixels
    return photo_of(tmp_path_factory.mktemp("marker") / "a.jpg", pixels, focal=30.0, plane=1000.0, unit=3)


def test_first_source_wins(with_marker: Photo, tmp_path: Path) -> None:
    table = tmp_path / "scales.csv"
    table.write_text("file,px_per_mm\na.jpg,2.02\n")
    sources: dict[str, Any] = {"px_per_mm": 2.01, "scales": table, "marker_mm": 50, "distance_m": 1.5}
    for first in ("given", "table", "marker", "exif"):
        found = scaled(with_marker, **sources)
        assert found.scale is not None
        assert found.scale.source == first
        assert found.scale.px_per_mm == pytest.approx(2.0, rel=0.03)
        assert found.notes == with_marker.notes
        del sources[next(iter(sources))]


def test_no_source_leaves_the_photo_as_it_is(with_marker: Photo) -> None:
    assert scaled(with_marker) == with_marker


def test_contradictory_scales_are_noted_with_both_numbers(with_marker: Photo) -> None:
    found = scaled(with_marker, px_per_mm=5.0, marker_mm=50, distance_m=1.5)
    assert found.scale is not None
    assert found.scale.px_per_mm == 5.0
    marker, exif = found.notes
    assert marker == "scales contradict: 5 px/mm by the scale given, 2 px/mm by the marker; the first is used"
    assert "by EXIF and distance" in exif


def test_no_marker_and_no_exif_is_a_note_and_no_scale(tmp_path: Path) -> None:
    found = scaled(photo_of(tmp_path / "a.jpg", np.full((80, 90, 3), 150, np.uint8)), marker_mm=50, distance_m=2)
    assert found.scale is None
    assert found.notes[0] == "no marker of 50 mm was found"
    assert "none at all" in found.notes[1]


def test_photo_of_one_pixel_is_searched_too(tmp_path: Path) -> None:
    tiny = replace(photo_of(tmp_path / "a.jpg", np.zeros((8, 8, 3), np.uint8)), pixels=np.zeros((1, 1, 3), np.uint8))
    assert scaled(tiny, marker_mm=50).scale is None


@pytest.mark.parametrize("settings", [{"marker_mm": 70.0}, {"marker_mm": -5.0}, {"distance_m": 0.0}])
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(SettingError, match=next(iter(settings))):
        SurveySettings(**settings)  # type: ignore[arg-type]


def test_missing_extra_is_said_before_the_first_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"cracklens\[scale\]"):
        scale_marker.open_cv()
    with pytest.raises(MissingExtraError):
        ScaleSources.open(marker_mm=50)


# Table


def test_table_finds_photos_by_path_and_by_name(tmp_path: Path) -> None:
    table = ScaleTable({"north/a.jpg": 2.0, "b.jpg": 3.0, "x/c.jpg": 4.0}, tmp_path)
    found = [table.scale_of(path) for path in (tmp_path / "north" / "a.jpg", "any/b.jpg", "x/c.jpg", "c.jpg")]
    assert [scale and scale.px_per_mm for scale in found] == [2.0, 3.0, 4.0, None]


def test_table_as_excel_writes_it(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes("\ufefffile;px_per_mm\r\n.\\a.jpg;2,5\r\n".encode())
    assert read_scales(tmp_path / "s.csv").px_per_mm == {"a.jpg": 2.5}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected the columns file, px_per_mm; missing file, px_per_mm; it has none"),
        ("photo,scale\na.jpg,2\n", "it has photo, scale"),
        ("file,px_per_mm\na.jpg,2\na.jpg,3\nb.jpg,0\nc.jpg,\n", "a.jpg has 2 already; got 3; line 4"),
        ("file,px_per_mm\na.jpg\n", "got 'a.jpg', ''"),
        ("file,px_per_mm\na.jpg,nan\n", "number above 0"),
    ],
)
def test_table_with_faults_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(DataError) as caught:
        read_scales(tmp_path / "s.csv")
    assert sentence in str(caught.value)


@pytest.mark.parametrize("name", ["absent.csv", "binary.csv"])
def test_table_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read"):
        read_scales(tmp_path / name)


# EXIF


def test_exif_by_sensor(tmp_path: Path) -> None:
    """A lens of 50 mm, 200 px/mm on the sensor, 2 m away: 10,000 px / 1,950 mm."""
    photo = photo_of(tmp_path / "a.jpg", np.zeros((600, 800, 3), np.uint8), focal=5.0, plane=2000.0, unit=3)
    found = scaled(photo, distance_m=2)
    assert found.scale is not None
    assert found.scale.px_per_mm == pytest.approx(1000 / 1995)
    assert found.scale.relative_error == pytest.approx((0.03**2 + 0.02**2) ** 0.5)


def test_exif_by_film(tmp_path: Path) -> None:
    found = scaled(photo_of(tmp_path / "a.jpg", np.zeros((600, 800, 3), np.uint8), film=26), distance_m=2)
    assert found.scale is not None
    assert found.scale.px_per_mm == pytest.approx(26 * 1000 / (36**2 + 24**2) ** 0.5 / 2000)


def test_exif_of_a_resized_photo_and_of_two_minds(tmp_path: Path) -> None:
    tags: dict[str, Any] = {"focal": 5.0, "plane": 4000.0, "unit": 3, "width": 1600, "film": 80}
    found = scaled(photo_of(tmp_path / "a.jpg", np.zeros((600, 800, 3), np.uint8), **tags), distance_m=2)
    assert found.scale is not None
    assert found.scale.px_per_mm == pytest.approx(1000 / 1995)
    resized, contradict = found.notes
    assert "1,600 px" in resized
    assert "1,000 px by the sensor, 1,849 px by the 35 mm equivalent" in contradict


@pytest.mark.parametrize(
    "tags",
    [
        {"focal": 0.0, "plane": 2000.0},
        {"focal": 5.0, "plane": 0.0},
        {"focal": 1e9, "plane": 2000.0},
        {"focal": 5.0, "plane": 1e-3},
        {"focal": 5.0, "plane": 2000.0, "unit": 77},
        {"film": 0},
        {"film": 60_000},
    ],
)
def test_absurd_focal_length_is_noted_not_used(tmp_path: Path, tags: dict[str, Any]) -> None:
    found = scaled(photo_of(tmp_path / "a.jpg", np.zeros((60, 80, 3), np.uint8), **tags), distance_m=2)
    assert found.scale is None
    assert "that can be true" in found.notes[-1]


def test_zero_over_zero_is_noted_not_used(tmp_path: Path) -> None:
    from PIL.TiffImagePlugin import IFDRational

    zero = IFDRational(0, 0)
    found = scaled(photo_of(tmp_path / "a.jpg", np.zeros((60, 80, 3), np.uint8), focal=zero, plane=zero), distance_m=2)
    assert found.scale is None
    assert "FocalLength nan" in found.notes[-1]


def test_surface_nearer_than_the_lens_can_focus(tmp_path: Path) -> None:
    photo = photo_of(tmp_path / "a.jpg", np.zeros((60, 80, 3), np.uint8), focal=50.0, plane=50.0, unit=3)
    assert "nearer than this lens can focus" in scaled(photo, distance_m=0.09).notes[-1]


# In a survey


def test_survey_takes_scales_and_resume_knows_them(tmp_path: Path) -> None:
    for name in ("a", "b"):
        Image.new("RGB", (96, 64), (9, 9, 9)).save(tmp_path / f"{name}.png")
    (tmp_path / "s.csv").write_text("file,px_per_mm\na.png,2\n")
    photos, out = [tmp_path / "a.png", tmp_path / "b.png"], tmp_path / "out"

    def scales(**settings: Any) -> list[float | None]:
        report = inspect_photos(
            photos, out=out, detector=grey_detector(), settings=SurveySettings(resume=True, **settings)
        )
        return [outcome.px_per_mm for outcome in report.outcomes if isinstance(outcome, Inspection)]

    assert scales() == [None, None]
    assert scales(scales=tmp_path / "s.csv") == [2.0, None]
    (tmp_path / "s.csv").write_text("file,px_per_mm\na.png,4\n")
    assert scales(scales=tmp_path / "s.csv") == [4.0, None]
    assert scales(px_per_mm=7.0) == [7.0, 7.0]
    assert json.loads((out / "report.json").read_text())["photos"][0]["px_per_mm"] == 7.0
