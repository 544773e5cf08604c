"""Takes the words of `cracklens train`; gives faults from a folder of drawn tiles to a checkpoint that inspects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.stand_ins import CountingBackbone, save_wall

from cracklens import show_detector

PER_CLASS = 24


@pytest.fixture(scope="module")
def walls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of drawn tiles, a subfolder a class. Not to be written to."""
    folder = tmp_path_factory.mktemp("data") / "walls"
    for seed in range(PER_CLASS):
        save_wall(folder / "Positive" / f"{seed:02}.png", seed=seed, hw=(64, 64))
        save_wall(folder / "Negative" / f"{seed:02}.png", cracked=False, seed=100 + seed, hw=(64, 64))
    return folder


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a feature cache that all tests of the module share."""
    return tmp_path_factory.getbasetemp() / "cli cache"


@pytest.mark.slow
def test_train_then_inspect(cli: Cli, walls: Path, cache: Path) -> None:
    answer = cli("train", walls, "--out", "mine", "--cache", cache)
    assert answer.code == 0
    assert answer.out.startswith("walls-frozen  (")
    assert "recall" in answer.out
    assert show_detector("mine").name == "walls-frozen"
    assert cli("models", "show", "mine").out == answer.out
    report = cli("inspect", walls / "Positive", "--out", "out", "--detector", "mine", "--threshold", "0.5", "--json")
    assert json.loads(report.out)["summary"]["with_findings"] >= PER_CLASS - 2
    report = cli("inspect", walls / "Negative", "--out", "out", "--detector", "mine", "--threshold", "0.5", "--json")
    assert json.loads(report.out)["summary"]["with_findings"] <= 2


def test_json_on_stdout_is_the_card(cli: Cli, walls: Path, cache: Path) -> None:
    answer = cli("train", walls, "--out", "mine", "--cache", cache, "--json", "--recall", "0.8", "--seed", "5")
    assert answer.out == Path("mine/card.json").read_text(encoding="utf-8")
    recipe = json.loads(answer.out)["recipe"]
    assert (recipe["name"], recipe["least_recall"], recipe["seed"]) == ("frozen", 0.8, 5)


def test_a_second_run_asks_the_network_nothing(cli: Cli, walls: Path, network: CountingBackbone) -> None:
    first = cli("train", walls, "--out", "one", "--json")
    asked = len(network.calls)
    again = cli("train", walls, "--out", "two", "--json")
    assert len(network.calls) == asked > 0
    assert again.out == first.out


def test_a_csv_is_read_relative_to_its_folder(cli: Cli, cache: Path, tmp_path: Path) -> None:
    rows = ["file,label,split,group"]
    for seed in range(16):
        cracked, split = seed % 2 == 0, "val" if seed < 8 else "train"
        save_wall(tmp_path / "data" / f"tile {seed}.png", cracked=cracked, seed=seed, hw=(64, 64))
        rows.append(f"tile {seed}.png,{'crack' if cracked else 'no crack'},{split},{split} {seed}")
    (tmp_path / "data" / "mine.csv").write_text("\n".join(rows), encoding="utf-8")
    answer = cli("train", "data/mine.csv", "--out", "out", "--cache", cache, "--json")
    assert answer.code == 0
    card = json.loads(answer.out)
    assert (card["name"], card["data"][0]["n"]) == ("mine-frozen", 8)
    assert {metric["n"] for metric in card["metrics"]} == {4, 8}  # recall is of the four cracked ones


def make(folder: Path, *names: str) -> None:
    for name in names:
        save_wall(folder / name, hw=(64, 64))


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (
            ("data/Positive/1.png", "data/Positive/2.png"),
            "expected pictures of both classes; got 2 tiles, all cracked.",
        ),
        (("data/Positiv/1.png", "data/no/2.png"), "got 'Positiv'. Did you mean 'positive'?"),
        (("data/yes/1.png", "data/no/2.png"), "expected at least 4 cracked tiles in train; got 1 of 2 tiles."),
        (
            ("data/yes/1.png", "data/yes/2.png", "data/no/3.png"),
            "expected at least 4 cracked tiles in train; got 2 of 3 tiles. Label more, or give splits.",
        ),
        ((), "it is neither. See docs/data.md."),
    ],
    ids=["one class", "unknown class", "too few", "three", "nothing"],
)
def test_folders_that_cannot_be_trained_on(cli: Cli, tmp_path: Path, names: tuple[str, ...], sentence: str) -> None:
    make(tmp_path, *names)
    answer = cli("train", "data", "--out", "out")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("Error: ")
    assert sentence in answer.err
    assert not Path("out").exists()


def test_an_empty_class_folder(cli: Cli, tmp_path: Path) -> None:
    make(tmp_path, *(f"data/Positive/{i}.png" for i in range(3)))
    (tmp_path / "data" / "Negative").mkdir()
    answer = cli("train", "data", "--out", "out")
    assert answer.code == 1
    assert "expected pictures of both classes; got 3 tiles, all cracked. Add the missing class." in answer.err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("absent.png,1", "no such file: absent.png"),
        ("a.png,1\na.png,0", "named twice: a.png"),
        ("a.png,1,train\na.png,1,test", "named twice: a.png"),
        ("a.png,1,train\n./a.png,1,test", "named twice: a.png"),
        ("a.png,perhaps", "got 'perhaps'."),
        ("a.png,1,later", "split is not train, val or test: a.png"),
    ],
)
def test_csvs_that_cannot_be_trained_on(cli: Cli, tmp_path: Path, rows: str, sentence: str) -> None:
    make(tmp_path, "a.png")
    Path("mine.csv").write_text(f"file,label,split\n{rows}\n")
    answer = cli("train", "mine.csv", "--out", "out")
    assert answer.code == 1
    assert sentence in answer.err


def test_an_empty_folder_has_no_picture(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert "got no picture. Add the missing class." in cli("train", "data", "--out", "out").err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--recipe", "frosen"), "recipe must be one of frozen, notebook, finetune, crackmap; got 'frosen'."),
        (("--recall", "0"), "least_recall must be above 0 and at most 1; got 0.0."),
        (("--devices", "2"), "recipe frozen does not know --devices. Use recipe finetune, or leave them out."),
        (("--float",), "recipe frozen does not know --float. Use recipe finetune or crackmap, or leave them out."),
    ],
)
def test_options_out_of_range(cli: Cli, walls: Path, words: tuple[str, ...], sentence: str) -> None:
    answer = cli("train", walls, "--out", "out", *words)
    assert answer.code == 1
    assert sentence in answer.err


@pytest.mark.slow
def test_more_devices_than_there_are(cli: Cli, walls: Path) -> None:
    pytest.importorskip("lightning")
    answer = cli("train", walls, "--out", "out", "--recipe", "finetune", "--device", "cpu", "--devices", "4096")
    assert answer.code == 1
    assert "CPU cores that are there; got 4096." in answer.err
    assert not Path("out").exists()


def test_a_checkpoint_that_cannot_be_written_is_a_sentence(cli: Cli, walls: Path, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    answer = cli("train", walls, "--out", "file/out", "--cache", cache)
    assert answer.code == 1
    assert answer.err.splitlines()[-1].startswith("Error: ")
    assert (tmp_path / "file").read_text() == "mine"
