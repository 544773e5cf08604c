"""Takes places as cameras, drones and programs write them; gives faults where one is read wrong or guessed."""

from __future__ import annotations

from typing import Any

import pytest
from PIL.TiffImagePlugin import IFDRational
from tests.photo.tagged import CASES, photo, xmp
from tests.said import said

from cracklens.photo import read_photo
from cracklens.photo.exif.place import direction_of, place_of
from cracklens.photo.exif.tags import Tags

SYDNEY = (-33.8597556, 151.2111944)
LATITUDE, LONGITUDE = (33.0, 51.0, 35.12), (151.0, 12.0, 40.3)
ZERO = IFDRational(0, 0)


def place(tags: dict[int, Any]) -> tuple[Any, tuple[str, ...]]:
    found, notes = place_of(Tags(gps=tags))
    return found, said(notes)


def gps(
    north: Any = None, latitude: Any = LATITUDE, east: Any = None, longitude: Any = LONGITUDE, **more: Any
) -> dict[int, Any]:
    named = {1: north, 2: latitude, 3: east, 4: longitude, **{int(tag[1:]): value for tag, value in more.items()}}
    return {tag: value for tag, value in named.items() if value is not None}


@pytest.mark.parametrize("path", sorted((CASES / "04_gps_ref").iterdir()), ids=lambda path: path.name)
def test_cases_lie_in_sydney_or_nowhere(path):
    found = read_photo(path)
    if path.name == "no_ref.jpg":
        assert found.gps is None
        assert "does not say on which side" in said(found.notes)[-1]
    else:
        assert found.gps == pytest.approx(SYDNEY, abs=1e-6)
        assert found.notes == ()


def test_cases_of_zero_denominators():
    folder = CASES / "05_gps_zero_denominator"
    assert read_photo(folder / "seconds_0_0.jpg").gps == pytest.approx((48.8887, 21.0433), abs=1e-4)
    assert read_photo(folder / "one_rational.jpg").gps == pytest.approx(SYDNEY)


@pytest.mark.parametrize(
    ("north", "east"),
    [
        ("S", "E"), ("s", "e"), (" South ", "EAST"), (b"S\0", b"E\0"), ("S\0junk", "E\0N"), ("Süd", "Ost"),
        ("SOUTH LATITUDE", "East longitude"), (83, 69), ("sud", "est"), ("Sur", "Este"),
    ],
)  # fmt: skip
def test_references_that_say_it(north, east):
    assert place(gps(north, east=east)) == (pytest.approx(SYDNEY, abs=1e-6), ())


@pytest.mark.parametrize(
    "tags",
    [
        gps(), gps("", east=""), gps("S"), gps(east="E"), gps("X", east="E"), gps("S", east="O"), gps("E", east="S"),
        gps("None", east="E"), gps("\0", east="\0"), gps("?", east="?"), gps("SN", east="E"),
    ],
)  # fmt: skip
def test_a_hemisphere_that_is_not_known_is_not_guessed(tags):
    found, notes = place(tags)
    assert found is None
    assert notes == (
        "EXIF place left out: it does not say on which side of equator and Greenwich 33.8598, 151.211 lies",
    )


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (gps(latitude=(-33.0, 51.0, 35.12)), SYDNEY),
        (gps(latitude=(-33.0, -51.0, -35.12)), SYDNEY),
        (gps("S", (-33.0, 51.0, 35.12), "E"), SYDNEY),
        (gps("S", (-33.0, 51.0, 35.12)), SYDNEY),
        (gps(latitude=(-33.0, 51.0, 35.12), longitude=(-70.0, 30.0, 0.0)), (-33.8597556, -70.5)),
        (gps(latitude=33.5, longitude=-70.5), (33.5, -70.5)),
        (gps(latitude=0.5, longitude=-70.5), (0.5, -70.5)),
    ],
)
def test_a_minus_says_it(tags, expected):
    assert place(tags) == (pytest.approx(expected, abs=1e-6), ())


@pytest.mark.parametrize(
    ("tags", "note"),
    [
        (gps("N", (-33.0, 51.0, 35.12), "E"), "cannot be read"),  # north or south?
        (gps(latitude=(0.0, 30.0, 0.0), longitude=(-70.0, 30.0, 0.0)), "on which side"),  # -0 is written as 0
        (gps("S", (33.0, 75.0, 0.0), "E"), "cannot be read"),
        (gps("S", (33.0, 51.0, 61.0), "E"), "cannot be read"),
        (gps("S", (33.0, 51.58533, 35.12), "E"), "cannot be read"),  # the seconds twice
        (gps("S", (33.85976, 51.0, 35.12), "E"), "cannot be read"),
        (gps("S", (33.0, 51.0, 35.12, 1.0), "E"), "cannot be read"),
        (gps("S", (ZERO, ZERO, ZERO), "E", (ZERO, ZERO, ZERO)), "nan, nan is not on the globe"),
        (gps("S", (33.0, ZERO, 35.12), "E"), "cannot be read"),
        (gps("S", (33.0, 51.0, IFDRational(3512, 0)), "E"), "cannot be read"),
        (gps("N", (95.0, 0.0, 0.0), "E", (11.0, 0.0, 0.0)), "95, 11 is not on the globe"),
        (gps("N", (48.0, 0.0, 0.0), "E", (181.0, 0.0, 0.0)), "48, 181 is not on the globe"),
        (gps("N", (0.0, 0.0, 0.0), "E", (0.0, 0.0, 0.0)), "0, 0 is what cameras write"),
        (gps("S", "somewhere", "E"), "cannot be read"),
    ],
)
def test_what_is_no_place_is_left_out_with_a_note(tags, note):
    found, notes = place(tags)
    assert found is None
    assert note in notes[0]


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ((33.0, 51.0, 35.12), (151.0, 12.0, 40.3)),
        ((33.0, 51.585333), (151.0, 12.671667)),
        ((33.0, 51.585333, ZERO), (151.0, 12.671667, ZERO)),
        ((33.8597556, ZERO, ZERO), (151.2111944, ZERO, ZERO)),
        (33.8597556, 151.2111944),
        ("33.8597556", "151.2111944"),
        ("33, 51, 35.12", "151, 12, 40.3"),
        ("33/1 51/1 3512/100", "151/1 12/1 4030/100"),
        ("33 51 60", "151 12 40.3"),
    ],
)
def test_degrees_in_all_their_forms(latitude, longitude):
    found, _ = place(gps("S", latitude, "E", longitude))
    assert found == pytest.approx((-33.8666667, 151.2111944) if latitude == "33 51 60" else SYDNEY, abs=1e-6)


def test_no_place_is_no_note():
    assert photo(gps={1: "N"}).notes == photo(gps={1: "N", 2: LATITUDE}).notes == ()


def test_other_datums_and_a_lost_fix_are_noted():
    notes = said(photo(gps=gps("S", east="E", t9="V", t18="TOKYO")).notes)
    assert "datum 'TOKYO', not WGS 84" in notes[0]
    assert "no fix" in notes[1]
    assert photo(gps=gps("S", east="E", t9="A", t18="WGS-84")).notes == ()


# XMP

FAR = {"exif_GPSLongitude": "151.2111944"}


@pytest.mark.parametrize(
    "packet",
    [
        xmp(exif_GPSLatitude="33,51.585333S", exif_GPSLongitude="151,12.671667E"),
        xmp(exif_GPSLatitude="33,51,35.12S", exif_GPSLongitude="151,12,40.3E"),
        xmp(inside="<exif:GPSLatitude>33,51,35.12S</exif:GPSLatitude><exif:GPSLongitude>151,12,40.3E</exif:GPSLongitude>"),
        xmp(drone_GpsLatitude="-33.8597556", drone_GpsLongitude="+151.2111944"),
        xmp(drone_GpsLatitude="-33.8597556", drone_GpsLongtitude="151.2111944"),
        xmp(inside="<drone:GpsLatitude>-33.8597556</drone:GpsLatitude><drone:GpsLongitude>151.2111944</drone:GpsLongitude>"),
        xmp(exif_GPSLatitude="33.8597556", exif_GPSLatitudeRef="S", **{**FAR, "exif_GPSLongitudeRef": "E"}),
        xmp(exif_GPSLatitude="33.85", **FAR, drone_GpsLatitude="-33.8597556", drone_GpsLongitude="151.2111944"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("tags", [None, gps()])
def test_xmp_is_read_where_exif_says_no_place(packet, tags):
    found = photo(xmp=packet, gps=tags)
    assert found.gps == pytest.approx(SYDNEY, abs=1e-6)
    assert found.notes == ()


def test_a_drone_that_is_north_and_east_writes_no_sign():
    assert photo(xmp=xmp(drone_GpsLatitude="48.5", drone_GpsLongitude="0.25")).gps == (48.5, 0.25)


def test_exif_goes_before_xmp():
    packet = xmp(exif_GPSLatitude="48,0N", exif_GPSLongitude="11,0E")
    assert photo(xmp=packet, gps=gps("S", east="E")).gps == pytest.approx(SYDNEY, abs=1e-6)


@pytest.mark.parametrize(
    ("packet", "note"),
    [
        (xmp(exif_GPSLatitude="33.85", exif_GPSLongitude="151.2"), "on which side"),
        (xmp(drone_GpsLatitude="0.000000", drone_GpsLongitude="0.000000"), "0, 0 is what cameras write"),
        (xmp(drone_GpsLatitude="nan", drone_GpsLongitude="nan"), "cannot be read"),
        (xmp(drone_GpsLatitude="133.0", drone_GpsLongitude="11"), "not on the globe"),
    ],
)
def test_what_is_no_place_in_xmp_is_left_out_with_a_note(packet, note):
    found = photo(xmp=packet)
    assert found.gps is None
    assert said(found.notes)[0].startswith("XMP place left out: ")
    assert note in said(found.notes)[0]


# Direction


@pytest.mark.parametrize(
    ("direction", "ref", "expected", "note"),
    [
        (271.5, "T", 271.5, ""),
        (0.0, "T\0", 0.0, ""),
        (271.5, "M", None, "272° are from magnetic north"),
        (271.5, "m ", None, "magnetic"),
        (271.5, None, 271.5, "does not say whether"),
        (400.0, "T", None, ""),
        (ZERO, "T", None, ""),
        ((1.0, 2.0), "T", None, ""),
        (None, "M", None, ""),
    ],
)
def test_direction(direction, ref, expected, note):
    found, notes = direction_of(Tags(gps=gps("S", east="E", t16=ref, t17=direction)))
    assert found == expected
    assert note in "".join(said(notes))
    assert bool(notes) is bool(note)


def test_a_photo_carries_place_and_direction():
    found = photo(gps=gps("S", east="W", t16="T", t17=271.5))
    assert found.gps == pytest.approx((SYDNEY[0], -SYDNEY[1]), abs=1e-6)
    assert found.direction_deg == 271.5
    assert found.notes == ()
