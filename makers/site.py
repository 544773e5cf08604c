"""Takes docs, the pages beside them and docstrings; gives the site, as files that open from a disk. Measures nothing.

The pages of `docs/` are laid out in `OUT/pages`, and zensical builds `OUT/site` from them. On the way links that lead
out of `docs/` are led to pages of their own: the README, a test, a licence. So a page reads the same on the site and in
the repository, and no link needs to know where the repository lies.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

REPO = Path(__file__).parents[1]
DOCS = PurePosixPath("docs")
SETTINGS = REPO / "docs" / "site.toml"
CODE_OR_LINK = re.compile(r"^ *```.*?^ *```|`[^`\n]+`|(\]\(|src=\")([^)\s\"]+)", re.MULTILINE | re.DOTALL)
"""Code, in which nothing is a link, or where a link or picture leads, with what stands before it."""

COMMANDS = "<!-- commands -->"
FENCE = "``````"
"""Longer than any fence in a file that is shown whole."""

LANGUAGES = {".py": "python", ".toml": "toml", ".json": "json"}
NOT_SEARCHED = "---\nsearch:\n  exclude: true\n---\n\n"
WIDE = {"docs/results.md": "---\nhide:\n  - navigation\n  - toc\n---\n\n"}
"""Pages whose tables need the whole screen."""


def place_of(source: PurePosixPath) -> PurePosixPath:
    """Give where among the pages a file or folder of the repository stands, by its path in the repository."""
    if source.is_relative_to(DOCS):
        inside = source.relative_to(DOCS)
        return inside / "index.md" if (REPO / source).is_dir() else inside
    if source.suffix == ".md" and len(source.parts) == 1:
        return PurePosixPath("project", source.name.lower())
    if (REPO / source).is_dir():
        return PurePosixPath("project/files", source, "index.md")
    return PurePosixPath("project/files", source if source.suffix == ".md" else f"{source}.md")


def linked(source: PurePosixPath, target: str) -> PurePosixPath | None:
    """Give what of the repository a link on a page leads to; None where it leads to a heading or out of it."""
    path = target.partition("#")[0]
    if not path or "://" in target or target.startswith("mailto:"):
        return None
    found = Path(os.path.normpath(REPO / source.parent / path))
    if not found.is_relative_to(REPO) or not found.exists():
        raise SystemExit(
            f"{source}: expected a file of the repository behind ({target}); there is none. Mend the link."
        )
    return PurePosixPath(found.relative_to(REPO).as_posix())


def with_links(text: str, source: PurePosixPath) -> tuple[str, list[PurePosixPath]]:
    """Give a page with its links as they are among the pages, and what of the repository they lead to."""
    found: list[PurePosixPath] = []

    def led(match: re.Match[str]) -> str:
        wanted = linked(source, match[2]) if match[1] else None
        if wanted is None:
            return match[0]
        found.append(wanted)
        way = os.path.relpath(place_of(wanted), place_of(source).parent)
        return "".join([match[1], Path(way).as_posix(), *match[2].partition("#")[1:]])

    return CODE_OR_LINK.sub(led, text), found


def commands() -> str:
    """Give what every verb of the command line says of itself, as Markdown."""
    words = [sys.executable, "-m", "typer", "cracklens.cli.main", "utils", "docs", "--name", "cracklens"]
    run = subprocess.run(words, capture_output=True, text=True, check=True, env=with_source())
    return "## " + run.stdout.partition("\n## ")[2]


def with_source() -> dict[str, str]:
    """Give the environment in which this checkout's package is the one that is read."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPO / "src"), str(REPO)]), "NO_COLOR": "1"}


def notebook_text(source: Path, beside: Path) -> str:
    """Give a notebook as Markdown, its cells with what they gave; pictures are written to the folder `beside`."""
    beside.mkdir(parents=True, exist_ok=True)
    parts = []
    for cell in json.loads(source.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else fenced(text, "python"))
        for number, given in enumerate(cell.get("outputs", [])):
            parts.append(given_text(given, beside / f"{source.stem}-{len(parts)}-{number}.png"))
    return "\n\n".join(parts) + "\n"


def given_text(given: dict[str, Any], picture: Path) -> str:
    """Give what a cell gave: a picture, which is written, or text."""
    data = given.get("data", {})
    if "image/png" in data:
        picture.write_bytes(base64.b64decode("".join(data["image/png"])))
        return f"![What the code above draws]({picture.name})"
    return fenced("".join(given.get("text", data.get("text/plain", ""))), "text")


def fenced(text: str, language: str) -> str:
    """Give text as it stands, as code of a language."""
    return f"{FENCE}{language}\n{text.rstrip()}\n{FENCE}"


def page_text(source: PurePosixPath, place: Path) -> str:
    """Give the page of a file that is no page itself: a folder by its names, a notebook by its cells, else its text."""
    file = REPO / source
    if file.is_dir():
        rows = "".join(f"- `{path.name}`\n" for path in sorted(file.iterdir()) if not path.name.startswith((".", "_")))
        return f"{NOT_SEARCHED}# `{source}`\n\nThis folder of the repository holds\n\n{rows}"
    if file.suffix == ".ipynb":
        return notebook_text(file, place.parent)
    text = fenced(file.read_text(encoding="utf-8"), LANGUAGES.get(file.suffix, "text"))
    return f"{NOT_SEARCHED}# `{source}`\n\n{text}\n"


def lay_out(pages: Path) -> None:
    """Write the pages of the site into an empty folder: those of `docs/`, those beside it, and what they link to."""
    waiting = [path for path in sorted((REPO / DOCS).rglob("*")) if path.is_file() and path != SETTINGS]
    todo = [PurePosixPath(path.relative_to(REPO).as_posix()) for path in [*waiting, *sorted(REPO.glob("*.md"))]]
    done: set[PurePosixPath] = set()
    while todo:
        source = todo.pop()
        if source in done or (source.is_relative_to(DOCS) and (REPO / source).is_dir()):
            continue
        done.add(source)
        place = pages / place_of(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            text, links = with_links((REPO / source).read_text(encoding="utf-8"), source)
            text = text.replace(COMMANDS, commands()) if COMMANDS in text else text
            place.write_text(WIDE.get(str(source), "") + text, encoding="utf-8")
            todo += links
        elif source.is_relative_to(DOCS):
            shutil.copyfile(REPO / source, place)
        else:
            place.write_text(page_text(source, place), encoding="utf-8")


def build(out: Path) -> int:
    """Give 0 and `out/site`, built anew, or another number after zensical has said which link or name is at fault."""
    for folder in (out / "pages", out / "site"):
        shutil.rmtree(folder, ignore_errors=True)
    lay_out(out / "pages")
    shutil.copyfile(SETTINGS, out / "zensical.toml")
    words = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    return subprocess.run(words, check=False, cwd=out, env=with_source()).returncode


def main() -> None:
    """Build the site."""
    parser = argparse.ArgumentParser(prog="python -m makers.site", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for pages/ and site/, as build")
    out = parser.parse_args().out.resolve()
    if find_spec("zensical") is None:
        raise SystemExit("the site is built by zensical, which is not installed: pip install '.[docs]'")
    status = build(out)
    if status == 0:
        print(f"The site is {out / 'site' / 'index.html'}")
    raise SystemExit(status)


if __name__ == "__main__":
    main()
