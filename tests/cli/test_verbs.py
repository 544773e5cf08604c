"""Takes the words of the small verbs; gives faults of `models`, `doctor`, `sample` and of cracklens itself."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import typer
from PIL import Image
from tests.cli.conftest import Cli

import cracklens
import cracklens.health
from cracklens import list_detectors, show_detector
from cracklens.cli.main import app
from cracklens.models import (
    CRACK_MAP,
    MAP_CARD_FILE,
    Metric,
    bundled_map,
    find_checkpoint,
    parts_of,
    read_checkpoint,
    write_checkpoint,
)
from cracklens.report.material.options import ReportOptions
from cracklens.report.material.quality import quality_of


def verbs(command: Any, name: str = "") -> dict[str, Any]:
    """Give the verbs below a group by their words, e.g. `models list`."""
    inner = getattr(command, "commands", None)
    if inner is None:
        return {name: command}
    return {words: verb for key, of in inner.items() for words, verb in verbs(of, f"{name} {key}".strip()).items()}


def all_verbs() -> dict[str, Any]:
    return verbs(typer.main.get_command(app))


def test_models_list_gives_a_name_a_line(cli: Cli) -> None:
    answer = cli("models", "list")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == list_detectors()
    assert answer.out.splitlines()[0] == "concrete"


def test_models_list_as_json(cli: Cli) -> None:
    assert json.loads(cli("models", "list", "--json").out) == list_detectors()


@pytest.mark.parametrize("words", [(), ("concrete",)])
def test_models_show_gives_the_card(cli: Cli, words: tuple[str, ...]) -> None:
    answer = cli("models", "show", *words)
    card = show_detector()
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"{card.name}  ({card.licence}")
    said = " ".join(answer.out.split())
    for of in (card.backbone, card.threshold_rule, *card.limits):
        assert of in said
    for row in quality_of(card):
        assert " ".join(row.cells[1:]) in said
    for part in parts_of(read_checkpoint(find_checkpoint("concrete"))):
        assert f"{part.name} {part.sha256[:12]}" in said
        for of in (part.card.name, part.card.licence, *part.card.limits, *(of.name for of in part.card.data)):
            assert of in said


@pytest.mark.parametrize("columns", [72, 80, 100, 200])
def test_models_show_fits_the_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = cli("models", "show").out.splitlines()
    assert max(map(len, lines)) <= min(columns, 100)
    assert len(lines) <= 90
    assert not [line for line in lines if "…" in line or line.endswith(" ")]


def test_models_show_as_json_is_the_card_and_the_parts(cli: Cli) -> None:
    told = json.loads(cli("models", "show", "--json").out)
    parts = told.pop("parts")
    assert told == json.loads(json.dumps(asdict(show_detector())))
    assert [part["name"] for part in parts] == ["score head", "detail net", "known features", "crack map"]
    assert parts[-1]["bundled"] is True
    assert parts[-1]["card"] == json.loads((CRACK_MAP / MAP_CARD_FILE).read_text(encoding="utf-8"))


def show_with_figures(cli: Cli, folder: Path, *metrics: Metric) -> str:
    """Give what is said of a checkpoint with a crack map of its own, called mine, that has these figures."""
    part, own = bundled_map(), read_checkpoint(find_checkpoint("concrete-frozen"))
    card = replace(part.card, name="mine", metrics=metrics)
    write_checkpoint(replace(own, crack_map=replace(part, card=card)), folder)
    return " ".join(cli("models", "show", folder).out.split())


def test_models_show_tells_a_crack_map_of_its_own_with_its_figures(cli: Cli, tmp_path: Path) -> None:
    part = bundled_map()
    said = show_with_figures(cli, tmp_path / "own", Metric("recall", 0.5178, 9, "masks, val", 0.4, 0.6))
    assert f"crack map {part.card.sha256[:12]} threshold" in said
    assert "mine (Apache-2.0, made" in said
    assert "recall 0.5178 (0.400–0.600), n 9: masks, val" in said
    assert "How its masks fit" not in said
    assert "nothing was measured" not in said
    assert "figures nothing was measured" in show_with_figures(cli, tmp_path / "bare")


def test_models_show_tells_in_a_table_how_masks_fit(cli: Cli, tmp_path: Path) -> None:
    figures = (
        Metric("dice", 0.5178, 12, "walls, val", 0.4, 0.6),
        Metric("false_alarm_rate", 0.25, 4, "walls, val"),
        Metric("recall", 0.9, 12, "walls, val"),
    )
    before = Metric("dice_before", 0.3, 12, "walls, val; crack map of yore", 0.2, 0.4)
    said = show_with_figures(cli, tmp_path / "own", *figures, before)
    assert "How its masks fit (walls, val) it 95 % interval began with photos" in said
    assert "Dice 0.518 0.400–0.600 0.300 12" in said
    assert "crack-free photos with a find 0.250 – – 4" in said
    assert "recall 0.9, n 12: walls, val" in said
    assert "dice" not in said
    assert said.count("mine (Apache-2.0, made") == 1


def test_figures_of_several_data_sets_each_say_which(cli: Cli, tmp_path: Path) -> None:
    said = show_with_figures(cli, tmp_path / "own", Metric("dice", 0.5, 3, "walls"), Metric("dice", 0.7, 4, "roads"))
    assert "dice 0.5, n 3: walls figures dice 0.7, n 4: roads" in said
    assert "How its masks fit" not in said


@pytest.mark.parametrize("words", [("show", "concrete-frosen"), ("show", "concrete-frosen", "--json")])
def test_models_show_of_an_unknown_name(cli: Cli, words: tuple[str, ...]) -> None:
    answer = cli("models", *words)
    assert (answer.code, answer.out) == (1, "")
    assert "Did you mean 'concrete-frozen'?" in answer.err


def test_doctor_says_how_it_is(cli: Cli) -> None:
    answer = cli("doctor")
    assert (answer.code, answer.err) == (0, "")
    for of in ("versions", "openvino", "machine", "extras", "self-test", "passed"):
        assert of in answer.out


def test_doctor_as_json(cli: Cli) -> None:
    found = json.loads(cli("doctor", "--json").out)
    assert list(found) == ["versions", "machine", "extras", "self-test"]
    assert found["self-test"]["passed"] is True


def test_doctor_of_a_broken_installation_is_exit_code_1(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cracklens.health, "self_test", lambda: {"passed": False})
    assert cli("doctor").code == 1


@pytest.fixture
def small_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw a sixteenth of the sample: the whole takes seconds."""
    draw = cracklens.draw_wall
    monkeypatch.setattr("cracklens.drawn.wall.draw_wall", lambda hw, **how: draw((hw[0] // 4, hw[1] // 4), **how))


@pytest.mark.usefixtures("small_walls")
def test_sample_draws_a_wall_and_says_that_it_is_drawn(cli: Cli) -> None:
    answer = cli("sample", "new/folder")
    assert answer.code == 0
    path = Path(answer.out.removesuffix("\n"))
    assert path.parent == Path("new/folder")
    with Image.open(path) as image:
        assert min(image.size) >= 256
    assert "no photo" in answer.err
    assert "2 px, 4 px, 8 px" in answer.err


@pytest.mark.usefixtures("small_walls")
def test_sample_as_json_names_file_and_cracks(cli: Cli) -> None:
    answer = cli("sample", "here", "--seed", "3", "--json")
    drawn = json.loads(answer.out)
    assert Path(drawn["file"]).is_file()
    assert sorted(crack["width_px"] for crack in drawn["cracks"]) == [2, 4, 8]
    assert all(crack["length_px"] > 300 for crack in drawn["cracks"])
    assert answer.err == ""


@pytest.mark.usefixtures("small_walls")
def test_sample_into_a_file_is_a_sentence(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = cli("sample", "file")
    assert answer.code == 1
    assert answer.err.startswith("Error: ")


# cracklens itself


def test_version(cli: Cli) -> None:
    answer = cli("--version")
    assert (answer.code, answer.out) == (0, f"cracklens {cracklens.__version__}\n")


def test_without_words_the_help_comes(cli: Cli) -> None:
    answer = cli()
    assert answer.code == 2
    assert all(verb in answer.out + answer.err for verb in ("Usage: ", "inspect", "train", "doctor"))


@pytest.mark.parametrize("verb", [*all_verbs(), "models"])
def test_every_verb_has_a_help(cli: Cli, verb: str) -> None:
    answer = cli(*verb.split(), "--help")
    assert answer.code == 0
    assert re.search(rf"Usage: .*{verb}", answer.out)
    assert "--help" in answer.out


@pytest.mark.parametrize("verb", all_verbs())
def test_every_option_has_a_help_and_every_result_is_there_as_json(verb: str) -> None:
    options = all_verbs()[verb].params
    assert not [option.name for option in options if not getattr(option, "help", None)]
    assert "--json" in {flag for option in options for flag in option.opts}


def test_flags_of_inspect_are_the_keywords_of_its_function() -> None:
    flags = {option.name for option in all_verbs()["inspect"].params} - {"as_json"}
    keywords = {*cracklens.SurveySettings.__dataclass_fields__, *ReportOptions.__dataclass_fields__}
    keywords -= {"review"}  # what people decided, which a project holds and no flag says
    assert flags == {"paths", "out", "detector", *keywords}
