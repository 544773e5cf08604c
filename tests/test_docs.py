"""Takes README, docs and the command line; gives faults where one names what the other has not. Knows no photos."""

from __future__ import annotations

import ast
import importlib
import os
import re
import tomllib
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).parents[1]
PAGES = sorted([*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md")])
CARD = re.compile(r"(<!-- card ([\w-]+) (\w+) -->)(.*?)(<!-- /card -->)", re.DOTALL)
"""What a page says of a bundled detector: between the marks stands what its card says, and nothing else."""

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def verbs() -> dict[str, Any]:
    """Give the verbs of the command line by name, groups as `models list`, however deep."""
    import typer

    from cracklens.cli.main import app

    def of(command: Any) -> dict[str, Any]:
        inner = getattr(command, "commands", {})
        below = {f"{name} {verb}": last for name, one in inner.items() for verb, last in of(one).items()}
        return dict(inner) | below

    return of(typer.main.get_command(app))


def flags(command: Any) -> set[str]:
    return {flag for option in command.params for flag in (*option.opts, *option.secondary_opts)} | {"--help"}


def code_lines(page: Path, program: str) -> list[str]:
    """Give the lines of a page, in fences and in backticks, that run a program."""
    text = text_of(page)
    fenced = [line for kind, block in FENCE.findall(text) if kind != "python" for line in block.splitlines()]
    lines = [*fenced, *INLINE.findall(FENCE.sub("", text))]
    lines = [line.removeprefix("$ ").split("  #")[0].strip() for line in lines]
    return [line for line in lines if line.split(" ")[0] == program]


def at(page: Path) -> str:
    return str(page.relative_to(REPO))


def test_readme_has_its_two_commands() -> None:
    lines = " ".join(code_lines(REPO / "README.md", "make"))
    assert "make inspect PHOTOS=" in lines
    assert "make test" in lines


@pytest.mark.parametrize("page", PAGES, ids=at)
def test_words_of_make_are_in_the_makefile(page: Path) -> None:
    words = set(re.findall(r"^([a-z]+):", (REPO / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    lines = [re.sub(r"""\w+=("[^"]*"|\S+)""", "", line) for line in code_lines(page, "make")]
    named = {word for line in lines for word in line.split()[1:] if re.fullmatch("[a-z]+", word)}
    assert named <= words


def test_makefile_explains_its_words() -> None:
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    words = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert words is not None
    missing = [word for word in words.group(1).split() if not re.search(rf"^{word}:.*## ", makefile, re.MULTILINE)]
    assert not missing


def test_every_verb_is_named_in_readme_or_docs() -> None:
    text = "\n".join(map(text_of, PAGES))
    missing = [verb for verb in verbs() if not re.search(rf"cracklens {verb}\b", text)]
    assert not missing, f"name them in README.md or docs/: {missing}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=at)
def test_pages_name_only_verbs_and_flags_that_there_are(page: Path) -> None:
    faults = []
    for line in code_lines(page, "cracklens"):
        words = re.split(r"[\s\[\]|]+", line)[1:]
        words += ["--help"] * (1 - len(words))
        begun = [" ".join(words[:n]) for n in range(1, len(words) + 1)]
        verb = next((of for of in reversed(begun) if of in verbs()), words[0])
        if not verb.startswith("-") and verb not in verbs():
            faults.append(f"no verb {verb!r}: {line}")
            continue
        known = (flags(verbs()[verb]) if verb in verbs() else {"--help", "--version"}) | {"--debug"}
        faults += [f"no flag {word}: {line}" for word in words if word.startswith("--") and word not in known]
    assert not faults


@pytest.mark.parametrize("page", PAGES, ids=at)
def test_python_of_pages_takes_only_names_that_are_public(page: Path) -> None:
    import cracklens

    blocks = [ast.parse(block) for kind, block in FENCE.findall(text_of(page)) if kind == "python"]
    nodes = [node for block in blocks for node in ast.walk(block) if isinstance(node, ast.ImportFrom)]
    named = {alias.name for node in nodes if node.module == "cracklens" for alias in node.names}
    assert named <= set(cracklens.__all__)
    for node in nodes:
        if (node.module or "").startswith("cracklens."):
            room = importlib.import_module(str(node.module))
            assert {alias.name for alias in node.names} <= set(room.__all__), node.module


@pytest.mark.parametrize("page", PAGES, ids=at)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", FENCE.sub("", text_of(page)))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_third_party_page_names_every_package() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    packages = {re.split(r"[<>=\[ ]", line)[0] for line in lines} - {"cracklens"}
    rows = set(re.findall(r"^\| ([\w-]+) \|", text_of(REPO / "THIRD_PARTY.md"), re.MULTILINE))
    assert packages <= rows


def card_says(name: str, field: str) -> str:
    """Give a field of a bundled card as pages hold it: a list is one point a line."""
    from cracklens import show_detector

    value = getattr(show_detector(name), field)
    if isinstance(value, tuple):
        return "\n" + "".join(f"- {sentence}\n" for sentence in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("page", [page for page in PAGES if "<!-- card " in text_of(page)], ids=at)
def test_pages_say_of_a_bundled_detector_what_its_card_says(page: Path) -> None:
    text = text_of(page)
    right = CARD.sub(lambda found: f"{found[1]}{card_says(found[2], found[3])}{found[5]}", text)
    assert text.count("<!-- card ") == text.count("<!-- /card -->") == len(CARD.findall(text))
    if os.environ.get("CRACKLENS_RENEW_DOCS") == "1":
        page.write_text(right, encoding="utf-8")
        text = right
    assert text == right, f"{at(page)}: the card was made anew. Run CRACKLENS_RENEW_DOCS=1 pytest tests/test_docs.py."


def test_readme_and_inspect_quote_the_card() -> None:
    quoted = {(page.name, found[1], found[2]) for page in PAGES for found in CARD.findall(text_of(page))}
    assert {("README.md", "concrete", "limits"), ("inspect.md", "concrete", "threshold_rule")} <= quoted


@pytest.mark.parametrize("page", [REPO / "README.md", *sorted((REPO / "docs").glob("*.md"))], ids=at)
def test_no_page_states_a_recall_of_its_own(page: Path) -> None:
    if page.name == "results.md":  # written by the benchmarks
        return
    own = CARD.sub("", text_of(page))
    found = re.findall(r"\d+ ?% (?:of )?recall|recall (?:of|is) (?:about )?[\d.]+ ?%?", own)
    assert not found, f"{at(page)}: {found}. Quote the card: <!-- card concrete threshold_rule --><!-- /card -->."


def test_train_page_names_the_recall_that_is_the_default() -> None:
    from cracklens.training.frozen import FrozenSettings
    from cracklens.training.on_card import MOST_THRESHOLD

    said = " ".join(text_of(REPO / "docs" / "train.md").split())
    assert f"reaches `--recall` ({FrozenSettings().least_recall:.0%})".replace("%", " %") in said
    assert f"at most {MOST_THRESHOLD}" in said
