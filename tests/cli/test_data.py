"""Takes the words of `cracklens data`; gives faults of what they answer, and of training on what they write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.published.made import FOLDERS, make_set, publication, set_zip
from tests.published.server import Behaviour, serving

import cracklens.published.sources
from cracklens.published.sources import PublishedSet


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of drawn tiles without faults. Not to be written to."""
    return make_set(tmp_path_factory.mktemp("cli data") / "mine", per_class=28)


def test_check_says_what_is_there(cli: Cli, mine: Path) -> None:
    answer = cli("data", "check", mine)
    assert answer.code == 0
    assert answer.out.startswith("mine: 56 pictures, 96 x 96 px (56)\n")
    assert "nothing stands in the way of training" in answer.out
    assert answer.err == ""


def test_check_fails_where_training_would(cli: Cli, mine: Path, tmp_path: Path) -> None:
    answer = cli("data", "check", mine / "Cracked")
    assert answer.code == 1
    (tmp_path / "empty").mkdir()
    answer = cli("data", "check", "empty")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("Error: empty: expected pictures of both classes; got no picture")


def test_check_writes_a_page_and_json(cli: Cli, mine: Path) -> None:
    answer = cli("data", "check", mine, "--html", "pages/check.html", "--json")
    assert json.loads(answer.out)["counts"] == {"all": {"cracked": 28, "intact": 28}}
    assert Path("pages/check.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "page: pages/check.html" in answer.err


@pytest.mark.slow
def test_split_then_train_then_the_card_says_how(cli: Cli, mine: Path) -> None:
    answer = cli("data", "split", mine, "--by", "near-duplicates", "--out", "splits.csv", "--json")
    whole = json.loads(answer.out)
    assert whole["split_rule"] == "by near-duplicates, seed 0"
    assert sum(sum(of.values()) for of in whole["counts"].values()) == 56
    answer = cli("train", "splits.csv", "--out", "detector", "--json")
    assert answer.code == 0
    assert [of["split"] for of in json.loads(answer.out)["data"]] == ["by near-duplicates, seed 0"]


@pytest.mark.slow
def test_a_random_split_is_called_leaking_on_the_card(cli: Cli, mine: Path) -> None:
    answer = cli("data", "split", mine, "--by", "random", "--seed", "3", "--out", "splits.csv")
    assert "rule        random by tile: leaks" in answer.out
    card = json.loads(cli("train", "splits.csv", "--out", "detector", "--json").out)
    assert "leaks" in card["data"][0]["split"]
    assert all("leaks" in metric["data"] for metric in card["metrics"])


def test_split_asks_by_what(cli: Cli, mine: Path) -> None:
    assert cli("data", "split", mine, "--out", "splits.csv").code == 2
    answer = cli("data", "split", mine, "--out", "splits.csv", "--by", "photo")
    assert (answer.code, answer.out) == (1, "")
    assert "by must be one of near-duplicates, regex, folder, column, random; got 'photo'" in answer.err


def test_get_downloads_and_prints_the_folder(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Behaviour(set_zip(), cut_after=[40_000])) as address:
        of = PublishedSet(
            "tiny", "Tiny", "https://x", "10.0/tiny", "CC0", (publication(set_zip(), address=address),), FOLDERS
        )
        monkeypatch.setitem(cracklens.published.sources.PUBLISHED, "tiny", of)
        answer = cli("data", "get", "tiny", "--out", "sets")
        again = cli("data", "get", "tiny", "--out", "sets", "--json")
    assert answer.code == 0, answer.err
    assert answer.out == f"{Path('sets/tiny')}\n"
    assert "Tiny, CC0, doi:10.0/tiny" in answer.err
    assert json.loads(again.out)["pictures"] == 3


def test_get_of_an_unknown_set_is_a_sentence(cli: Cli) -> None:
    answer = cli("data", "get", "metoo", "--out", "sets")
    assert answer.code == 1
    assert "expected one of metu, sdnet2018; got 'metoo'" in answer.err
    assert not Path("sets").exists()
