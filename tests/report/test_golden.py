"""Takes the report of hand-made outcomes; gives faults where it is not, byte for byte, the one kept in golden/.

After a change that is meant, renew them with `CRACKLENS_RENEW_GOLDEN=1 pytest tests/report/test_golden.py` and read the
difference before it is committed. Pictures are left out of the page: how a JPEG or PNG is packed differs between
versions of its library.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from tests.report.made import GOLDEN


def without_pictures(text: str) -> str:
    return re.sub(r"data:image/(\w+);base64,[\w+/=]+", r"data:image/\1;base64,…", text)


@pytest.mark.parametrize("name", ["report.json", "report.csv", "cracks.csv", "report.html"])
def test_report_is_the_golden_one(saved: Path, name: str) -> None:
    text = without_pictures((saved / name).read_bytes().decode("utf-8"))
    golden = GOLDEN / name
    if os.environ.get("CRACKLENS_RENEW_GOLDEN") == "1":
        golden.write_bytes(text.encode("utf-8"))
    assert text == golden.read_bytes().decode("utf-8")
