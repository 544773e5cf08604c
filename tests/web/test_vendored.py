"""Takes the scripts that others wrote; gives faults where one is not the file that is named, or has no licence."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cracklens.web

REPO = Path(__file__).parents[2]
STATIC = Path(cracklens.web.__file__).parent / "static"
VENDORED = json.loads((STATIC / "vendor" / "vendored.json").read_text(encoding="utf-8"))


def test_every_script_of_others_is_the_one_that_is_named() -> None:
    scripts = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (STATIC / "vendor").glob("*.js")}
    assert scripts == {name: of["sha256"] for name, of in VENDORED.items()}


def test_every_script_of_others_has_its_licence() -> None:
    page = (REPO / "THIRD_PARTY.md").read_text(encoding="utf-8")
    for name, of in VENDORED.items():
        assert f"`{name}`" in page
        assert (REPO / "licenses" / f"LICENSE-{of['package']}.txt").is_file()


def test_pages_name_no_other_place() -> None:
    own = [*STATIC.glob("*.*"), *(STATIC.parent / "templates").glob("*.j2")]
    assert len(own) > 8
    faults = [
        path.name
        for path in own
        if "//" in path.read_text(encoding="utf-8").replace("http://www.w3.org/", "").replace("// ", "")
    ]
    assert not faults
