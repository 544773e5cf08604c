"""Takes nothing; gives a saved report to read. Knows nothing of what is tested."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.report import made


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of a report of one of everything, by a version that does not change."""
    monkeypatch.setattr("cracklens.report.material.overview.__version__", "0.0.0")
    return made.report().save(tmp_path / "out")
