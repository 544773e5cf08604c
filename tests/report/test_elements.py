"""Takes tables of elements; gives faults where a row is lost, misread, or refused without saying why."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.report import made

from cracklens.errors import DataError
from cracklens.report import Element, read_elements


def written(folder: Path, text: str) -> Path:
    path = folder / "elements.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_photo_is_found_by_the_end_of_its_path(tmp_path: Path) -> None:
    rows = "File;Element;Face;Position;Exposure\nnorth\\a.jpg;Pier 3;north;2,4 m;xc4\nb.jpg;Deck;;;\n"
    elements = read_elements(written(tmp_path, rows), guide="en1992")
    assert elements.of("/site/north/a.jpg") == Element("Pier 3", "north", "2,4 m", "xc4")
    assert elements.of("/site/south/a.jpg") is None
    assert elements.of("B.JPG") == Element("Deck")
    assert elements.of("B.JPG").named == "Deck"  # type: ignore[union-attr]
    assert elements.unmatched(["b.jpg"]) == ("north/a.jpg",)


def test_columns_but_file_and_element_may_be_absent(tmp_path: Path) -> None:
    assert read_elements(written(tmp_path, "file,element\na.jpg,Deck\n")).of("a.jpg") == Element("Deck")
    with pytest.raises(DataError, match="expected the columns file, element; missing element"):
        read_elements(written(tmp_path, "file,exposure\na.jpg,XC4\n"))


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    rows = "file,element,exposure\n,Deck,\na.jpg,Deck,XC9\nb.jpg,Pier,\nb.jpg,Deck,\n"
    said = "line 2: expected a file and.*line 3: exposure must be of X0, .* got .XC9.; line 5: b.jpg has another"
    with pytest.raises(DataError, match=said):
        read_elements(written(tmp_path, rows), guide="en1992")


@pytest.mark.parametrize("guide", ["none", "bre251"])
def test_a_guide_without_exposures_takes_any(tmp_path: Path, guide: str) -> None:
    found = read_elements(written(tmp_path, "file,element,exposure\na.jpg,Deck,outside\n"), guide=guide)  # type: ignore[arg-type]
    assert found.of("a.jpg") == Element("Deck", exposure="outside")


def test_it_stands_on_the_pages(tmp_path: Path) -> None:
    elements = read_elements(written(tmp_path, "file,element,face,position,exposure\nwall.jpg,Pier 3,north,top,XC4\n"))
    photo = made.inspection(traces=(made.trace(),))
    page = (made.report(photo, elements=elements).save(tmp_path) / "report.html").read_text(encoding="utf-8")
    assert page.count("Pier 3, north, top") == 3  # at the top, in the table, at the photo
    assert "exposure XC4" in page
