"""Takes templates and what is said of an inspection; gives faults where a wrong one is taken or not explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from tests.report import made

from cracklens.errors import SettingError
from cracklens.report.material.options import ReportOptions
from cracklens.report.words.template import Template, read_template


def written(folder: Path, text: str) -> Path:
    path = folder / "firm.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_empty_template_changes_nothing(tmp_path: Path) -> None:
    assert read_template(written(tmp_path, "")) == Template()


def test_large_logo_is_shrunk(tmp_path: Path) -> None:
    import io

    Image.new("CMYK", (3000, 1000)).save(tmp_path / "logo.jpg")
    logo = read_template(written(tmp_path, 'logo = "logo.jpg"')).logo_png
    assert Image.open(io.BytesIO(logo)).size == (600, 200)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            'logo = "gone.png"',
            "gone.png: expected a PNG or JPEG; it cannot be read (no such file or directory). Mend it.",
        ),
        ('logo = "text.png"', "text.png: expected a PNG or JPEG; its content is none. Export it as PNG."),
        ('logo = "cut.png"', "cut.png: expected a PNG or JPEG; it cannot be read"),
        ('logo = "."', "expected a PNG or JPEG; it cannot be read (is a directory)"),
        ("name = ", "expected a template, a TOML file; it is none"),
        ("name = 7", "name must be a text; got 7"),
        ('colour = "teal"', "colour must be like \"#7a0070\"; got 'teal'"),
        ('color = "#000000"', "no key color. Did you mean colour?"),
        ('[extra]\nmethods = "x"', "no key extra.methods. Did you mean extra.method?"),
        ('[extra]\nlimits = "x"', "extra.limits must be a list of texts"),
        ('fonts = ["gone.ttf"]', "gone.ttf is missing. Mend the path."),
        ('extra = "x"', "extra must be a table; got 'x'"),
        ('[words]\n"title.reprt" = "x"', "Did you mean 'title.report'?"),
    ],
)
def test_wrong_template_says_expected_came_and_do(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "text.png").write_text("no picture")
    Image.effect_noise((64, 64), 50).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:600])
    path = written(tmp_path, text)
    with pytest.raises(SettingError, match=f"{re.escape(str(path))}: .*{re.escape(sentence)}"):
        read_template(path)


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"no key nam\..*colour must be"):
        read_template(written(tmp_path, 'nam = "x"\ncolour = "red"'))


def test_missing_template_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"expected a template, a TOML file; the system says: no such file"):
        read_template(tmp_path / "gone.toml")


def test_font_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "bad.ttf").write_bytes(b"no font")
    template = read_template(written(tmp_path, 'fonts = ["bad.ttf"]'))
    made.report(template=template).save(tmp_path / "out", formats=["pdf"])
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("date", ["2024-5-4", "04.05.2024", "2024-02-30", "", "20240504"])
def test_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(SettingError, match=rf"date must be YYYY-MM-DD; got '{re.escape(date)}'"):
        ReportOptions(date=date)


def test_faults_of_options_are_said_at_once() -> None:
    with pytest.raises(SettingError, match=r"date must be .* guide must be of .*'aci224r'\? language must be of en"):
        ReportOptions(date="today", guide="aci224", language="xx")  # type: ignore[arg-type]


def test_date_is_the_given_one_else_that_of_the_latest_photo_else_a_blank() -> None:
    photos = [made.inspection("a", taken_at=f"2024-05-0{day}T10:00:00") for day in (3, 7, 5)]
    assert made.material(made.report(*photos)).date == "2024-05-07"
    assert made.material(made.report(*photos, date="2025-01-01")).date == "2025-01-01"
    assert made.material(made.report(made.inspection())).date == ""
