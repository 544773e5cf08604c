"""Takes a saved report.csv; gives faults where a spreadsheet would misread it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.report import made

from cracklens.values import Failure


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_a_photo_in_order_of_need(saved: Path) -> None:
    found = [(row["photo"], row["outcome"]) for row in rows(saved)]
    assert found == [
        ("Brücke/Pfeiler 3.jpg", "findings"),
        (made.HOSTILE, "findings"),
        ("site/clear.jpg", "no findings"),
        ("'=cmd|' /C calc'!A0.jpg", "no findings"),
        ("site/empty.jpg", "failed"),
        ("'+49.jpg", "failed"),
    ]


def test_numbers(saved: Path) -> None:
    row = rows(saved)[0]
    assert (row["score"], row["findings"], row["flagged_share"]) == ("0.9970", "2", "0.026667")
    assert (row["latitude"], row["longitude"], row["px_per_mm"]) == ("47.3768891", "-8.5416940", "3.200000")
    assert (row["width_px"], row["height_px"], row["taken_at"]) == ("320", "240", "2024-05-03T14:22:10")


def test_failure_says_why_and_nothing_else(saved: Path) -> None:
    row = rows(saved)[-2]
    assert row.pop("reason").startswith("the file is empty")
    assert {column for column, value in row.items() if value} == {"photo", "outcome"}


def test_bytes_are_what_excel_reads(saved: Path) -> None:
    raw = (saved / "report.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfphoto,outcome,")
    assert raw.count(b"\r\n") == raw.count(b"\n") == 7


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_text_starts_a_formula(tmp_path: Path, start: str) -> None:
    name = f"{start}1+1"
    photo = made.inspection(name, notes=(name,))
    for row in rows(made.report(photo, Failure(name, name)).save(tmp_path, formats=["csv"])):
        assert row["photo"] == f"'{name}"
        assert row["notes"] or row["reason"] == f"'{name}"
        assert not any(value.startswith(start) for value in row.values())
