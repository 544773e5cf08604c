"""Takes dates as cameras and programs write them; gives faults where one is read wrong, guessed or invented."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.photo.tagged import photo, xmp
from tests.said import said

from cracklens.photo.exif.date import taken_at
from cracklens.photo.exif.tags import Tags

ORIGINAL, DIGITIZED, CHANGED = 0x9003, 0x9004, 0x0132
TODAY = date(2026, 3, 1)


def taken(text: Any, **more: Any) -> tuple[str | None, tuple[str, ...]]:
    found, notes = taken_at(Tags(camera={ORIGINAL: text}, **more), TODAY)
    return found, said(notes)


@pytest.mark.parametrize(
    "text",
    [
        "2024:05:01 10:00:09", "2024:05:01 10:00:09\0", b"2024:05:01 10:00:09\0", "2024-05-01T10:00:09",
        "2024-05-01 10:00:09", "2024/05/01 10:00:09", "2024.05.01 10.00.09", "2024:05:01 10:00:09.123",
        "2024:05:01 10:00:09+02:00", "2024-05-01T10:00:09.5-0930", "2024-05-01T10:00:09Z", "2024:5:1 10:0:9",
        "2024: 5: 1 10: 0: 9", " 2024:05:01  10:00:09 ", "2024:05:01 10:00:09 AM", "20240501 100009",
        "20240501T100009", "2024:05:01 10:00:09\0 2019",
    ],
)  # fmt: skip
def test_odd_but_readable_forms(text):
    assert taken(text) == ("2024-05-01T10:00:09", ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024:05:01 10:00", "2024-05-01T10:00:00"),
        ("2024:05:01 10:00 pm", "2024-05-01T22:00:00"),
        ("2024:05:01 12:05:00 AM", "2024-05-01T00:05:00"),
        ("2024:05:01", "2024-05-01"),
        ("1968:05:01 10:00:09", "1968-05-01T10:00:09"),  # a scanned print
        ("2026:03:02 01:00:00", "2026-03-02T01:00:00"),  # east of here
    ],
)
def test_what_is_written_is_kept_and_nothing_more(text, expected):
    assert taken(text) == (expected, ())


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("yesterday", "cannot be read"),
        ("01/05/2024 10:00", "cannot be read"),
        ("2024:13:01 10:00:00", "cannot be read"),
        ("2024:02:30 10:00:00", "cannot be read"),
        ("2024:05:01 24:10:00", "cannot be read"),
        ("2024:05:01 13:10:00 AM", "cannot be read"),
        ("0024:05:01 10:00:00", "clock says that was never set"),
        ("1980:01:01 00:12:00", "clock says that was never set"),
        ("1970:01:01 01:00:00", "clock says that was never set"),
        ("1969:12:31 16:00:00", "clock says that was never set"),
        ("2000:01:01 00:00:00", "clock says that was never set"),
        ("2064:05:01 10:00:00", "2064-05-01 is in the future"),
        ("2026:03:03 01:00:00", "in the future"),
    ],
)
def test_absurd_dates_are_left_out_and_noted(text, note):
    found, notes = taken(text)
    assert found is None
    assert note in notes[0]


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "    :  :     :  :  ", "", "\0", 0, None, (), 1.5])
def test_a_date_left_blank_is_none_and_no_note(text):
    assert taken(text) == (None, ())


def test_the_surest_date_goes_first():
    camera = {ORIGINAL: "2024:05:01 10:00:00", DIGITIZED: "2024:06:01 10:00:00"}
    packet = xmp(photoshop_DateCreated="2024-07-01T10:00:00")
    gps = {29: "2024:08:01", 7: (9.0, 30.0, 12.0)}
    changed = {CHANGED: "2025:09:01 10:00:00"}
    found = photo(picture=changed, camera=camera, gps=gps, xmp=packet)
    assert found.taken_at == "2024-05-01T10:00:00"
    assert "2024-05-01 by the camera's clock, 2024-08-01 by GPS" in said(found.notes)[0]
    del camera[ORIGINAL]
    assert photo(picture=changed, camera=camera, xmp=packet).taken_at == "2024-06-01T10:00:00"
    assert photo(picture=changed, xmp=packet).taken_at == "2024-07-01T10:00:00"
    by_gps = photo(picture=changed, gps=gps)
    assert by_gps.taken_at == "2024-08-01T09:30:12"
    assert said(by_gps.notes) == ("date by GPS, in UTC; the camera's clock says none",)


def test_the_date_of_an_edit_is_not_that_of_the_shot():
    found = photo(picture={CHANGED: "2020:01:02 03:04:05"})
    assert found.taken_at is None
    assert said(found.notes) == ("no date: EXIF says only when the file was last changed, 2020-01-02 03:04:05",)
    assert photo().taken_at is None
    assert photo().notes == ()


def test_a_clock_that_was_never_set_gives_way():
    assert photo(camera={ORIGINAL: "1980:01:01 00:00:07", DIGITIZED: "2024:05:01 10:00:00"}).taken_at is not None
    found = photo(camera={ORIGINAL: "1980:01:01 00:00:07"}, gps={29: "2024:05:01"})
    assert found.taken_at == "2024-05-01"
    assert "never set" in said(found.notes)[0]


def test_a_time_zone_apart_is_no_contradiction():
    assert photo(camera={ORIGINAL: "2024:05:01 23:00:00"}, gps={29: "2024:05:02", 7: (7.0, 0.0, 0.0)}).notes == ()
