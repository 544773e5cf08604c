"""Takes what files say of their lens; gives faults where a scale is made of optics that are not one plain frame's."""

from __future__ import annotations

import math
from typing import Any

import pytest
from PIL.TiffImagePlugin import IFDRational
from tests.photo.tagged import CASES, photo, xmp
from tests.said import said

from cracklens.photo import read_photo
from cracklens.photo.exif.optics import optics_of
from cracklens.photo.exif.tags import Tags
from cracklens.scale.exif import exif_scale, offered_distance
from cracklens.values import Scale

HW = (600, 800)
FOCAL, PLANE, UNIT, FILM, ZOOM, RENDERED, SUBJECT, LENS = 37386, 41486, 41488, 41989, 41988, 41985, 37382, 42036
SENSOR: dict[int, Any] = {FOCAL: 5.0, PLANE: 2000.0, UNIT: 3}
"""1,000 px of focal length."""
FITTING = {FILM: round(1000 / math.hypot(*HW) * math.hypot(36, 24))}
SIZE = {40962: 800, 40963: 600}


def scale(
    tags: dict[int, Any], *, hw: tuple[int, int] = HW, distance_m: float = 2.0, packet: dict[str, str] | None = None
) -> tuple[Scale | None, tuple[str, ...]]:
    found, notes = exif_scale(optics_of(Tags(camera=tags, xmp=packet or {})), hw, distance_m)
    return found, said(notes)


def refusal(tags: dict[int, Any], **how: Any) -> str:
    """Give why there is no scale."""
    found, (note,) = scale(tags, **how)
    assert found is None
    assert note.startswith("no scale by EXIF and distance: ")
    return note


def px_per_mm(tags: dict[int, Any], **how: Any) -> float:
    found, notes = scale(tags, **how)
    assert found is not None, notes
    assert notes == ()
    return found.px_per_mm


def test_cases() -> None:
    folder = CASES / "17_scale_exif"
    once, four, panorama = (read_photo(folder / f"{name}.jpg") for name in ("zoom_1x", "zoom_4x", "panorama"))
    (first, _), (enlarged, _) = (exif_scale(shot.optics, shot.hw, 2.0) for shot in (once, four))
    assert first is not None
    assert enlarged is not None
    assert enlarged.px_per_mm == pytest.approx(4 * first.px_per_mm)
    assert enlarged.note
    assert "digital zoom 4" in said([enlarged.note])[0]
    assert "panorama" in said(exif_scale(panorama.optics, panorama.hw, 2.0)[1])[0]
    assert exif_scale(panorama.optics, panorama.hw, 2.0)[0] is None


def test_by_sensor() -> None:
    """A lens of 5 mm, 200 px/mm on the sensor, 2 m away: 1,000 px / 1,995 mm."""
    found, _ = scale({**SENSOR, **SIZE})
    assert found is not None
    assert found.px_per_mm == pytest.approx(1000 / 1995)
    assert found.relative_error == pytest.approx((0.03**2 + 0.02**2) ** 0.5)


@pytest.mark.parametrize("unit", [(2, 2000 * 2.54), (3, 2000.0), (4, 200.0), (5, 0.2)])
def test_units_of_the_sensor(unit: tuple[int, float]) -> None:
    assert px_per_mm({**SENSOR, **SIZE, UNIT: unit[0], PLANE: unit[1]}) == pytest.approx(1000 / 1995)


@pytest.mark.parametrize("hw", [(600, 800), (800, 600)])
def test_by_film(hw: tuple[int, int]) -> None:
    expected = 26 * 1000 / (36**2 + 24**2) ** 0.5 / 2000
    assert px_per_mm({FILM: 26, **SIZE}, hw=hw) == pytest.approx(expected)
    assert px_per_mm({FILM: 26, 40962: 900, 40963: 600}, hw=(600, 900)) > expected


# Digital zoom


@pytest.mark.parametrize("unused", [0.0, 1.0, IFDRational(0, 0), None, "", ()])
def test_a_zoom_that_was_not_used(unused: Any) -> None:
    assert px_per_mm({**SENSOR, **SIZE, ZOOM: unused}) == pytest.approx(1000 / 1995)


@pytest.mark.parametrize("film", [{}, FITTING, {FILM: 4 * FITTING[FILM]}])
def test_a_digital_zoom_multiplies_whether_the_maker_counts_it_or_not(film: dict[int, int]) -> None:
    assert px_per_mm({**SENSOR, **SIZE, **film, ZOOM: 4.0}) == pytest.approx(4 * 1000 / 1995)


def test_a_digital_zoom_and_the_35_mm_equivalent_alone() -> None:
    assert "may hold the digital zoom of 2 or not" in refusal({FILM: 52, **SIZE, ZOOM: 2.0})


@pytest.mark.parametrize("zoom", [0.5, 1e6])
def test_an_absurd_zoom(zoom: float) -> None:
    assert "cannot be true" in refusal({**SENSOR, **SIZE, ZOOM: zoom})


# Not one plain frame


@pytest.mark.parametrize("hw", [(600, 1300), (1300, 600), (640, 6400)])
def test_long_photos(hw: tuple[int, int]) -> None:
    size = {40962: hw[1], 40963: hw[0]}
    assert "panorama" in refusal({**SENSOR, **size}, hw=hw)
    assert "panorama" in refusal({FILM: 26, **size}, hw=hw)


@pytest.mark.parametrize(
    ("tags", "packet", "why"),
    [
        ({RENDERED: 6}, {}, "panorama"),
        ({}, {"ProjectionType": "equirectangular"}, "panorama"),
        ({}, {"FullPanoWidthPixels": "8000"}, "panorama"),
        ({}, {"HasCrop": "True"}, "cropped"),
        ({LENS: "8mm Fish-Eye II"}, {}, "fisheye"),
        ({FOCAL: 0.0}, {}, "did not know its lens"),
    ],
)
def test_what_says_that_it_is_no_plain_frame(tags: dict[int, Any], packet: dict[str, str], why: str) -> None:
    assert why in refusal({**SENSOR, **FITTING, **SIZE, **tags}, packet=packet)


def test_a_stitched_file_says_so_in_xmp() -> None:
    shot = photo(camera={**SENSOR, **SIZE}, size=(800, 600), xmp=xmp(GPano_ProjectionType="cylindrical"))
    assert exif_scale(shot.optics, shot.hw, 2.0)[0] is None
    plain = photo(camera={**SENSOR, **SIZE}, size=(800, 600), xmp=xmp(crs_HasCrop="False"))
    assert exif_scale(plain.optics, plain.hw, 2.0)[0] is not None


@pytest.mark.parametrize("rendered", [0, 1, 2, 3, 4, 8])
def test_hdr_keeps_its_geometry(rendered: int) -> None:
    assert px_per_mm({**SENSOR, **SIZE, RENDERED: rendered}) == pytest.approx(1000 / 1995)


# Resized and cropped


@pytest.mark.parametrize("written", [(1600, 1200), (800, 800), (1600, None), (400, 300)])
@pytest.mark.parametrize("lens", [SENSOR, {FILM: 26}, {**SENSOR, **FITTING}])
def test_another_size_than_the_camera_wrote(written: tuple[int, int | None], lens: dict[int, Any]) -> None:
    size = {40962: written[0]} | ({40963: written[1]} if written[1] else {})
    assert "resized or cropped" in refusal({**lens, **size})


@pytest.mark.parametrize("lens", [SENSOR, {FILM: 26}])
def test_a_lost_size_hides_whether_it_was_resized_or_cropped(lens: dict[int, Any]) -> None:
    assert "does not say which size the camera wrote" in refusal(lens)


def test_one_side_that_the_camera_wrote_is_enough() -> None:
    assert px_per_mm({**SENSOR, 40962: 800}) == pytest.approx(1000 / 1995)


def test_sensor_and_film_that_agree_need_no_size() -> None:
    """A crop would halve the one, and a smaller copy would double the other."""
    assert px_per_mm({**SENSOR, **FITTING}) == pytest.approx(1000 / 1995)
    assert "contradict" in refusal({**SENSOR, **FITTING}, hw=(300, 400))


def test_contradictory_focal_lengths_with_both_numbers() -> None:
    note = refusal({**SENSOR, **SIZE, FILM: 80})
    assert "1,000 px by the sensor, 1,849 px by the 35 mm equivalent" in note


@pytest.mark.parametrize("hw", [(800, 800), (450, 800), (500, 800)])
def test_the_35_mm_equivalent_of_a_frame_cut_from_a_larger_one(hw: tuple[int, int]) -> None:
    assert "cut from a larger frame" in refusal({FILM: 26, 40962: hw[1], 40963: hw[0]}, hw=hw)


# Numbers that are none


@pytest.mark.parametrize(
    "tags",
    [
        {FOCAL: 5.0, PLANE: 0.0},
        {FOCAL: 1e9, PLANE: 2000.0},
        {FOCAL: 5.0, PLANE: 1e-3},
        {FOCAL: 5.0, PLANE: 2000.0, UNIT: 77},
        {FOCAL: 5.0, PLANE: 2000.0, UNIT: "inch"},
        {FOCAL: IFDRational(0, 0), PLANE: IFDRational(0, 0)},
        {FOCAL: (5.0, 6.0), PLANE: 2000.0},
        {FOCAL: b"\xff", PLANE: None},
        {FILM: 0},
        {FILM: 60_000},
        {FILM: "wide"},
        {},
    ],
)
def test_absurd_focal_lengths(tags: dict[int, Any]) -> None:
    assert "no focal length and sensor that can be true" in refusal({**tags, **SIZE})


def test_why_there_is_none_shows_what_came() -> None:
    assert "FocalLength nan" in refusal({FOCAL: IFDRational(0, 0), **SIZE})
    assert "none at all" in refusal({})


def test_texts_are_read_as_numbers() -> None:
    assert px_per_mm({FOCAL: "5.0", PLANE: b"2000\0", UNIT: "3", 40962: "800"}) == pytest.approx(1000 / 1995)


def test_surface_nearer_than_the_lens_can_focus() -> None:
    assert "nearer than this lens can focus" in refusal({FOCAL: 50.0, PLANE: 200.0, UNIT: 3, **SIZE}, distance_m=0.09)


# The distance that the camera guessed


@pytest.mark.parametrize(("guessed", "noted"), [(3.2, True), (2.2, False), (0.0, False), (65535.0, False)])
def test_another_distance_is_noted_and_not_used(guessed: float, noted: bool) -> None:
    found, notes = scale({**SENSOR, **SIZE, SUBJECT: guessed})
    assert found is not None
    assert found.px_per_mm == pytest.approx(1000 / 1995)
    assert notes == (("EXIF guesses 3.2 m to the subject; the 2 m given are used",) if noted else ())


def test_no_distance_is_offered_where_the_camera_has_none() -> None:
    assert offered_distance(optics_of(Tags(camera={SUBJECT: IFDRational(0, 0)}))) == ()
