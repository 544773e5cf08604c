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
from tests.said import said
from tests.stand_ins import grey_detector

from cracklens.errors import DataError, MissingExtraError, SettingError
from cracklens.photo import read_photo
from cracklens.scale import marker as scale_marker
from cracklens.scale.sources import ScaleSources, with_scale
from cracklens.survey.run import SurveySettings, inspect_photos
from cracklens.values import Inspection, Photo

EXIF_IFD = 0x8769


def photo_of(path: Path, pixels: np.ndarray, **tags: Any) -> Photo:
    """Give a photo that is a file with these EXIF tags of the camera, and the size that the camera wrote."""
    exif = Image.Exif()
    names = {"focal": 37386, "plane": 41486, "unit": 41488, "subject": 37382}
    size = {40962: pixels.shape[1], 40963: pixels.shape[0]}
    exif.get_ifd(EXIF_IFD).update(size | {names[name]: value for name, value in tags.items()})
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


def test_bytes_have_a_scale_by_exif_too(with_marker: Photo) -> None:
    """A photo that is no file any more, or was never one."""
    photo = read_photo(Path(with_marker.name).read_bytes())
    found = scaled(photo, distance_m=1.5)
    assert found.scale is not None
    assert found.scale.px_per_mm == pytest.approx(3000 / (1500 - 30))


def test_a_guessed_distance_is_offered_never_taken(tmp_path: Path) -> None:
    tags = {"focal": 5.0, "plane": 2000.0, "unit": 3, "subject": 3.2}
    photo = photo_of(tmp_path / "a.jpg", np.zeros((60, 80, 3), np.uint8), **tags)
    offered = scaled(photo)
    assert offered.scale is None
    assert said(offered.notes)[-1].startswith(
        "EXIF guesses 3.2 m to the subject; if that is the surface, --distance-m 3.2"
    )
    assert scaled(photo, px_per_mm=2.0).notes == ()


def test_contradictory_scales_are_noted_with_both_numbers(with_marker: Photo) -> None:
    found = scaled(with_marker, px_per_mm=5.0, marker_mm=50, distance_m=1.5)
    assert found.scale is not None
    assert found.scale.px_per_mm == 5.0
    marker, exif = said(found.notes)
    assert marker == "scales contradict: 5 px/mm by the scale given, 2 px/mm by the marker; the first is used"
    assert "by EXIF and distance" in exif


def test_no_marker_and_no_exif_is_a_note_and_no_scale(tmp_path: Path) -> None:
    found = scaled(photo_of(tmp_path / "a.jpg", np.full((80, 90, 3), 150, np.uint8)), marker_mm=50, distance_m=2)
    assert found.scale is None
    assert said(found.notes)[0] == "no marker of 50 mm was found"
    assert "none at all" in said(found.notes)[1]


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


# In a survey


@pytest.mark.slow
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


def test_rows_that_match_no_photo_are_named_everywhere(tmp_path: Path) -> None:
    for name in ("a", "b"):
        Image.new("RGB", (96, 64), (9, 9, 9)).save(tmp_path / f"{name}.png")
    (tmp_path / "s.csv").write_text("file,px_per_mm\na.png,2\nc.png,3\n")
    settings = SurveySettings(scales=tmp_path / "s.csv")
    inspect_photos([tmp_path / "a.png", tmp_path / "b.png"], out=tmp_path, detector=grey_detector(), settings=settings)
    (note,) = json.loads((tmp_path / "report.json").read_text())["notes"]
    assert note["kind"] == "rows_unmatched"
    assert note["sentence"] == (
        "The table of scales has rows that match no photo: c.png. Compare their names with the photos'."
    )
    assert "match no photo: c.png" in (tmp_path / "report.html").read_text()


def test_a_row_for_two_photos_stops_the_run_before_its_first(tmp_path: Path) -> None:
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (96, 64), (9, 9, 9)).save(tmp_path / name / "a.png")
    (tmp_path / "s.csv").write_text("file,px_per_mm\na.png,2\n")
    settings = SurveySettings(scales=tmp_path / "s.csv")
    with pytest.raises(DataError, match=r"a\.png may be \S+north/a\.png or \S+south/a\.png"):
        inspect_photos([tmp_path], out=tmp_path / "out", detector=grey_detector(), settings=settings)
    assert not (tmp_path / "out").exists()
