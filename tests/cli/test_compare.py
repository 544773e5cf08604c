"""Takes the words of `cracklens compare`; gives faults in what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.compare.scenes import Shot, trace_of, wall, write_report
from typer.testing import CliRunner

from cracklens.cli.main import app


@pytest.mark.slow
def test_compare_says_counts_and_where_the_page_is(tmp_path: Path) -> None:
    one, other = wall(0), wall(5)
    old = write_report(tmp_path / "old", Shot("a.png", one.cracked, (trace_of(one.line_xy),)))
    new = write_report(
        tmp_path / "new", Shot("a.png", one.cracked, (trace_of(one.line_xy),)), Shot("b.png", other.cracked)
    )
    words = ["compare", str(old), str(new), "--out", str(tmp_path / "out")]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 0, run.output
    assert run.stdout.strip() == str(tmp_path / "out" / "compare.html")
    assert "1 photo compared: 0 NEW, 0 GROWN, 1 STATIC, 0 GONE" in run.stderr
    assert "not the same place" in run.stderr
    assert json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)["summary"]["STATIC"] == 1
