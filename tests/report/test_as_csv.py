"""Takes a saved report.csv; gives faults where a spreadsheet would misread it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.report import made
from tests.said import because

from cracklens.report import read_elements
from cracklens.report.data import as_csv
from cracklens.report.words.template import Template
from cracklens.values import Doubt, Failure, Scale


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
    photo = made.inspection(name, notes=(because(name),))
    for row in rows(made.report(photo, Failure(name, because(name))).save(tmp_path, formats=["csv"])):
        assert row["photo"] == f"'{name}"
        assert row["notes"] or row["reason"] == f"'{name}"
        assert not any(value.startswith(start) for value in row.values())


def crack_rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "cracks.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_a_crack(saved: Path) -> None:
    rows = crack_rows(saved)
    assert [(row["photo"], row["crack"]) for row in rows] == [
        ("Brücke/Pfeiler 3.jpg", "P2-C1"),
        ("Brücke/Pfeiler 3.jpg", "P2-C2"),
        (made.HOSTILE, "P3-C1"),
        ("Brücke/Pfeiler 3.jpg", "P2-C3"),
    ]
    wide, pieces, unscaled, thin = rows
    assert [row["certainty"] for row in rows] == ["clear", "likely", "clear", "doubtful"]
    assert (pieces["pieces"], pieces["ends_leave"], pieces["ends_fade"], pieces["ends_lost"]) == ("3", "1", "0", "1")
    assert all(row[column] == "" for row in rows for column in as_csv.BY_HAND)
    assert (wide["length_px"], wide["length_mm"], wide["scale_source"]) == ("160.00", "50.0000", "given")
    assert (wide["width_median_mm"], wide["width_median_resolved"]) == ("2.0312", "yes")
    assert (thin["width_median_mm"], thin["width_median_resolved"]) == ("0.6859", "no")
    assert thin["doubts"] == "runs along a straight edge"
    assert {value for column, value in unscaled.items() if "mm" in column or column == "guide"} == {""}


def test_every_column_is_documented(saved: Path, repo_dir: Path) -> None:
    page = (repo_dir / "docs" / "report.md").read_text(encoding="utf-8")
    columns = {*as_csv.COLUMNS, *(c for c in as_csv.CRACK_COLUMNS if "_mm" not in c and "resolved" not in c)}
    assert {column for column in columns if f"`{column}`" not in page} == set()


def test_the_element_stands_beside_photo_and_crack(tmp_path: Path) -> None:
    (tmp_path / "elements.csv").write_text(
        "file;element;face;position;exposure\nPfeiler 3.jpg;=Pier 3;north;2,4 m;XC4\n"
    )
    report = made.report(guide="en1992", elements=read_elements(tmp_path / "elements.csv", guide="en1992"))
    folder = report.save(tmp_path / "out", formats=["csv"])
    first, second = rows(folder)[0], crack_rows(folder)[0]
    for row in (first, second):
        assert (row["element"], row["face"], row["position"], row["exposure"]) == ("'=Pier 3", "north", "2,4 m", "XC4")
    assert second["guide"].count("guide value") == 1
    assert "0.30 mm" in second["guide"]


def test_a_score_under_the_rule_is_not_printed_as_it(tmp_path: Path) -> None:
    photo = made.inspection(scores=(0.49999,), traces=(made.trace(confidence=0.499999, score=0.49999),))
    folder = made.report(photo).save(tmp_path, formats=["csv", "json"])
    assert rows(folder)[0]["score"] == crack_rows(folder)[0]["score"] == crack_rows(folder)[0]["confidence"] == "0.4999"
    assert '"confidence": 0.4999' in (folder / "report.json").read_text(encoding="utf-8")


def test_doubt_like_a_formula_is_not_run(tmp_path: Path) -> None:
    photo = made.inspection("=1+1", traces=(made.trace(doubts=(Doubt("round"),)),))
    own = Template(words={"doubts.round": "=1+1"})
    (row,) = crack_rows(made.report(photo, template=own).save(tmp_path, formats=["csv"]))
    assert (row["photo"], row["doubts"]) == ("'=1+1", "'=1+1")


def test_width_that_was_not_measured_is_empty(tmp_path: Path) -> None:
    nan = float("nan")
    photo = made.inspection(scale=Scale(2.0), traces=(made.trace(width_median_px=nan, width_max_at_xy=(nan, nan)),))
    (row,) = crack_rows(made.report(photo).save(tmp_path, formats=["csv", "json", "html", "pdf"]))
    assert row["width_median_px"] == row["width_median_mm"] == row["width_max_x"] == ""


def test_short_pieces_stand_in_cracks_csv_and_are_counted_apart(tmp_path: Path) -> None:
    pieces = (made.trace(), made.trace((20, 200), (32, 200), width_px=3))
    report = made.report(made.inspection(traces=pieces))
    report.save(tmp_path, formats=["csv"])
    (photo,) = rows(tmp_path)
    assert (photo["cracks"], photo["doubtful"], photo["short"]) == ("1", "0", "1")
    with (tmp_path / "cracks.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["crack"], row["listed"]) for row in csv.DictReader(file)] == [("P1-C1", "yes"), ("P1-C2", "no")]
