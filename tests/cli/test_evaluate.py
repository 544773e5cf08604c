"""Takes the words of `cracklens evaluate`; gives faults from tiles to page, promise and score card."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Cli
from tests.evaluation.made import grey_data
from tests.stand_ins import CountingBackbone, GreyBackbone, save_grey

import cracklens.assessment.evaluate
import cracklens.assessment.surfaces
from cracklens import Detector, show_detector
from cracklens.models import bundled_map, write_map
from cracklens.models.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from cracklens.models.described import DataSource
from cracklens.values import Head

FILES = {"evaluation.html", "evaluation.json", "tiles.csv"}


@pytest.fixture
def grey(monkeypatch: pytest.MonkeyPatch, cli: Cli) -> str:
    """Give a checkpoint that calls dark tiles cracked, .99 for black and .01 for white; its network sees only grey."""
    del cli  # it stands in an empty folder, and its network gives way to this one
    backbone = GreyBackbone()
    monkeypatch.setattr(cracklens.detector, "open_backbone", lambda *_, **__: backbone)
    weight = np.full((2, 3072), [[4.6 / 3072], [-4.6 / 3072]], np.float32)
    head = Head(weight, np.array([-2.3, 2.3], np.float32))
    card = replace(
        show_detector(), name="grey", backbone_hash=backbone.hash, threshold=0.5, temperature=1.0, offset=0.0
    )
    folder = write_checkpoint(Checkpoint(head, card), Path("grey"))
    part = bundled_map()
    write_map(replace(part, card=replace(part.card, backbone_hash=backbone.hash)), folder)
    return str(folder)


@pytest.fixture
def walls(grey: str) -> Path:
    """Give 120 tiles that overlap a little in grey."""
    draw = np.random.default_rng(0)
    dark, light = (draw.normal(mean, 28, 60).clip(0, 255).astype(int).tolist() for mean in (70, 180))
    return grey_data(Path("walls"), {"intact": light, "cracked": dark})


def rows_of(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Path(path).read_text(encoding="utf-8-sig"))))


def test_evaluate_prints_the_table_and_writes_the_page(cli: Cli, grey: str, walls: Path) -> None:
    answer = cli("evaluate", grey, walls, "--out", "out", "--no-pictures")
    assert answer.code == 0
    assert answer.out.startswith("grey on walls, all: 120 tiles of 120 groups, 60 cracked (50.0 %)")
    for word in ("f1-score   support", "macro avg", "AUROC", "MCC", "balanced accuracy", "both classes equal"):
        assert word in answer.out
    assert "say so in a CSV with a column group" in answer.out
    assert {path.name for path in Path("out").iterdir()} == FILES
    rows = rows_of("out/tiles.csv")
    detector = Detector.load(grey)
    assert float(rows[0]["score"]) == pytest.approx(detector.score(walls / rows[0]["file"]).peak, abs=1e-6)
    assert "page: out" in answer.err


def test_json_on_stdout_is_the_file(cli: Cli, grey: str, walls: Path) -> None:
    answer = cli("evaluate", grey, walls, "--out", "out", "--no-pictures", "--json")
    assert answer.out == Path("out/evaluation.json").read_text(encoding="utf-8")
    assert json.loads(answer.out)["n"] == 120


@pytest.mark.slow
def test_pictures_are_files_too(cli: Cli, grey: str, walls: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `plots` is not installed")
    assert cli("evaluate", grey, walls, "--out", "out", "--pictures").code == 0
    names = {path.name for path in Path("out").iterdir()} - FILES
    assert {"confusion.png", "roc.png", "precision_recall.png", "reliability.png", "samples.png"} <= names
    assert Path("out/evaluation.html").read_text(encoding="utf-8").count("data:image/png") >= 6
    assert cli("evaluate", grey, walls, "--out", "out", "--no-pictures").code == 0
    assert {path.name for path in Path("out").iterdir()} == FILES, "none is left to tell of another run"


def test_a_second_run_gives_the_same_bytes_without_the_network(
    cli: Cli, grey: str, walls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = cli("evaluate", grey, walls, "--json")
    calls = CountingBackbone(GreyBackbone())
    monkeypatch.setattr(cracklens.detector, "open_backbone", lambda *_, **__: calls)
    assert cli("evaluate", grey, walls, "--json").out == first.out
    assert not calls.calls


def test_without_matplotlib_pages_are_written_and_pictures_name_the_extra(
    cli: Cli, grey: str, walls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cracklens.assessment.evaluate, "find_spec", lambda _: None)
    assert cli("evaluate", grey, walls, "--out", "out").code == 0
    assert "cracklens[plots]" in Path("out/evaluation.html").read_text(encoding="utf-8")
    answer = cli("evaluate", grey, walls, "--out", "other", "--pictures")
    assert answer.code == 1
    assert "cracklens[plots]" in answer.err
    assert not Path("other").exists()


# Data that is not as hoped


def test_an_unreadable_tile_is_a_row_with_its_reason(cli: Cli, grey: str, walls: Path) -> None:
    (walls / "Cracked" / "000.png").write_bytes(b"no picture")
    answer = cli("evaluate", grey, walls, "--out", "out", "--no-pictures")
    assert answer.code == 1, "as inspect says it"
    assert answer.out.startswith("grey on walls, all: 119 tiles")
    assert "not scored: Cracked/000.png: " in answer.out
    (bad,) = (row for row in rows_of("out/tiles.csv") if row["reason"])
    assert bad["file"] == "Cracked/000.png"
    assert json.loads(Path("out/evaluation.json").read_text(encoding="utf-8"))["failures"][0]["reason"]


def test_no_tile_can_be_read(cli: Cli, grey: str) -> None:
    for name in ("Cracked/a.png", "Non-cracked/b.png"):
        save_grey(Path("bad") / name, 5).write_bytes(b"no picture")
    answer = cli("evaluate", grey, "bad")
    assert answer.code == 1
    assert "none of 2 tiles can be read; the first: " in answer.err


def test_one_class_only(cli: Cli, grey: str) -> None:
    save_grey(Path("one/Cracked/a.png"), 5)
    answer = cli("evaluate", grey, "one")
    assert answer.code == 1
    assert "expected pictures of both classes; got 1 tiles, all cracked" in answer.err


def labelled(rows: list[tuple[str, str, str]]) -> Path:
    """Write a CSV of tiles: file, label, split."""
    for number, (file, _, _) in enumerate(rows):
        save_grey(Path(file), 10 * number)
    Path("site.csv").write_text("file,label,split\n" + "".join(f"{','.join(row)}\n" for row in rows), encoding="utf-8")
    return Path("site.csv")


def test_one_class_in_the_split(cli: Cli, grey: str) -> None:
    data = labelled([("a.png", "cracked", "test"), ("b.png", "cracked", "test"), ("c.png", "intact", "val")])
    answer = cli("evaluate", grey, data)
    assert answer.code == 1
    assert "Both classes are needed; got 2 cracked and 0 intact" in answer.err
    assert cli("evaluate", grey, data, "--split", "all").code == 0


def test_no_tile_in_the_split(cli: Cli, grey: str, walls: Path) -> None:
    data = labelled([("a.png", "cracked", "train"), ("b.png", "intact", "val")])
    answer = cli("evaluate", grey, data)
    assert (answer.code, answer.out) == (1, "")
    assert "no tile is in split test; it has train 1, val 1. Choose --split, or all." in answer.err
    assert "without split 120" in cli("evaluate", grey, walls, "--split", "val").err


def test_three_tiles_are_measured_without_intervals(cli: Cli, grey: str) -> None:
    grey_data(Path("few"), {"intact": [200], "cracked": [20, 40]})
    answer = cli("evaluate", grey, "few", "--out", "out")
    assert answer.code == 0
    assert "[too few groups]" in answer.out
    assert "The smaller class has 1 tiles" in answer.out


def test_a_damaged_checkpoint_is_one_sentence(cli: Cli, grey: str, walls: Path) -> None:
    (head,) = Path(grey).glob("head-*.safetensors")
    head.write_bytes(head.read_bytes()[:-5])
    answer = cli("evaluate", grey, walls)
    assert (answer.code, answer.out) == (1, "")
    assert "damaged" in answer.err
    assert cli("evaluate", "concrete-frosen", walls).err.count("Did you mean") == 1


def test_data_that_was_learnt_from_is_said(cli: Cli, grey: str, walls: Path) -> None:
    old = read_checkpoint(Path(grey))
    card = replace(old.card, data=(DataSource("walls", 9, "random by tile: leaks if photos are torn"),))
    write_checkpoint(replace(old, card=card), Path(grey))
    answer = cli("evaluate", grey, walls)
    assert "! Some or all of these tiles may have been learnt from" in answer.out
    assert "! The detector was fitted on a split that leaks" in answer.out
    assert "the promise does not." not in cli("evaluate", grey, walls, "--recall", "0.9").out
    assert (
        "A promise needs tiles that the detector has not learnt from"
        in cli("evaluate", grey, walls, "--recall", "0.9").out
    )


# Threshold by promise


def test_a_promise_chooses_the_threshold_and_writes_a_checkpoint(cli: Cli, grey: str, walls: Path) -> None:
    answer = cli("evaluate", grey, walls, "--recall", "0.95", "--confidence", "0.9", "--write", "mine")
    assert answer.code == 0
    rule = "recall of at least 95 % with 90 % confidence, from 60 labelled cracks, at most 0 missed"
    assert f"Promise: {rule}" in answer.out
    old, new = read_checkpoint(Path(grey)), read_checkpoint(Path("mine"))
    assert new.card.name == "grey-walls"
    assert new.card.threshold_rule == f"{rule} of walls"
    assert np.array_equal(new.head.weight, old.head.weight)
    assert old.crack_map
    assert new.crack_map
    assert new.crack_map.card == old.crack_map.card, "its own crack map goes with it"
    scores = [Detector.load("mine").score(path).peak for path in sorted((walls / "Cracked").glob("*.png"))]
    assert new.card.threshold == min(scores), "to the last digit, through JSON too"
    assert ("keeps this promise too and misses fewer" in answer.out) == (min(scores) > old.card.threshold)
    here = [metric for metric in new.card.metrics if "walls" in metric.data]
    assert {metric.name for metric in here} == {"accuracy", "recall", "precision", "f1"}
    former = [metric for metric in new.card.metrics if metric.name == "recall" and metric not in here]
    assert all("at the former threshold 0.500" in metric.data for metric in former)
    assert "for more photos of this site" in new.card.limits[-1]
    assert Path(grey).is_dir()


@pytest.mark.slow
def test_a_promised_checkpoint_inspects(cli: Cli, grey: str, walls: Path) -> None:
    cli("evaluate", grey, walls, "--recall", "0.9", "--write", "mine")
    report = cli("inspect", walls / "Cracked", "--out", "report", "--detector", "mine", "--json")
    assert json.loads(report.out)["summary"]["with_findings"] >= 57


def test_too_few_labelled_cracks(cli: Cli, grey: str) -> None:
    grey_data(Path("few"), {"intact": [200, 210], "cracked": [20, 40]})
    answer = cli("evaluate", grey, "few", "--recall", "0.95", "--out", "out")
    assert (answer.code, answer.out) == (1, "")
    assert "needs 45 labelled cracked tiles, none of them missed; got 2. Label 43 more." in answer.err
    assert not Path("out").exists()


# Words that do not fit


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "expected CHECKPOINT and DATA"),
        (("grey",), 2, "expected CHECKPOINT and DATA"),
        (("grey", "walls", "--write", "x"), 2, "give --recall"),
        (("grey", "walls", "--scorecard", "x"), 2, "leave out CHECKPOINT"),
        (("grey", "walls", "--split", "tset"), 1, "split must be one of train, val, test, all; got 'tset'"),
        (("grey", "walls", "--threshold", "2"), 1, "threshold must be 0-1"),
        (("grey", "walls", "--recall", "1.5"), 1, "recall must be above 0 and below 1"),
        (("grey", "walls", "--recall", ".9", "--threshold", ".5"), 1, "Give one."),
        (("grey", "nowhere"), 1, "expected a folder with one subfolder a class"),
    ],
)
def test_words_that_do_not_fit(cli: Cli, grey: str, words: tuple[str, ...], code: int, says: str) -> None:
    answer = cli("evaluate", *words)
    assert (answer.code, answer.out) == (code, "")
    assert says in " ".join(answer.err.replace("│", " ").split())


# Score card


@pytest.fixture
def surfaces(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give two sets of grey tiles with splits, one of them with two surfaces; cracked ones are dark."""
    del cli
    monkeypatch.setattr(cracklens.assessment.surfaces, "open_backbone", GreyBackbone)
    root = Path("root")
    (root / "splits").mkdir(parents=True)
    for data, folders in (("alone", [""]), ("pair", ["North/", "South/"])):
        lines = ["file,group,split"]
        for place, folder in enumerate(folders):
            for seed in range(15):
                split = ("train", "val", "test")[seed // 5]
                for name, grey in (("Cracked", 40), ("Non-cracked", 160)):
                    file = f"{folder}{name}/{seed:02}.png"
                    save_grey(root / data / file, grey + 20 * place + seed, hw=(64, 64))
                    lines.append(f"{file},{file},{split}")
        (root / "splits" / f"{data}.csv").write_text("\n".join(lines), encoding="utf-8")
    return root


def test_score_card_of_three_surfaces(cli: Cli, surfaces: Path) -> None:
    answer = cli("evaluate", "--scorecard", surfaces, "--out", "card", "--json")
    assert answer.code == 0
    found = json.loads(answer.out)
    assert [of["name"] for of in found["surfaces"]] == ["alone", "pair North", "pair South"]
    assert found["split"] == "val"
    assert {of["tested"] for of in found["surfaces"]} == {10}
    assert [cell["row"] for cell in found["cells"] if cell["seen"]] == ["alone", "pair North", "pair South"]
    always = [cell for cell in found["cells"] if "everything" in cell["row"]]
    assert {(cell["recall"], cell["false_alarm_rate"], cell["auroc"]) for cell in always} == {(1.0, 1.0, 0.5)}
    assert len(found["cells"]) == 3 * (3 + 1 + 2)
    assert {"scorecard.html", "scorecard.json"} <= {path.name for path in Path("card").iterdir()}
    assert "On structures it has not seen" in cli("evaluate", "--scorecard", surfaces).out


def test_score_card_leaves_test_alone_until_it_is_named(cli: Cli, surfaces: Path) -> None:
    for path in surfaces.rglob("1[0-4].png"):
        path.write_bytes(b"no picture: test is not to be opened")
    assert cli("evaluate", "--scorecard", surfaces, "--no-pictures").code == 0
    assert cli("evaluate", "--scorecard", surfaces, "--split", "test").code == 1


def test_score_card_needs_two_surfaces(cli: Cli, surfaces: Path) -> None:
    (surfaces / "splits" / "pair.csv").unlink()
    answer = cli("evaluate", "--scorecard", surfaces)
    assert answer.code == 1
    assert "for at least two surfaces; got 1: alone" in answer.err
