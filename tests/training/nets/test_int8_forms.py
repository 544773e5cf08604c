"""Takes stand-ins for INT8 forms, and a small net; gives faults of the order they are tried in, and where it ends."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("nncf")

import openvino as ov
from tests.training.tiny import TinyNet

from cracklens.errors import OutputError
from cracklens.labels.dataset import read_labelled
from cracklens.training.nets import int8_forms as forms
from cracklens.training.nets.int8_forms import CONTROL, PLAIN, SLOW, agreement_on, close_calls, first_agreeing
from cracklens.training.nets.network import ScoreNet, torch_run
from cracklens.training.nets.parity import Parity, check_parity, tile_logits
from cracklens.training.nets.quantize import convert_net, quantize, quantize_with_control
from cracklens.values import Head

pytestmark = pytest.mark.slow  # torch and NNCF


def found_with(flipped: dict[str, int], asked: list[str]) -> Any:
    """Run the ladder over stand-ins of which each flips so many of 1,000 decisions."""

    def made() -> Iterator[tuple[str, Any]]:
        for way in flipped:
            asked.append(way)
            yield way, None

    def judge(_: Any, way: str) -> tuple[str, Parity]:
        return way, Parity(1000, flipped[way], 0.5, "made")

    return first_agreeing(made(), judge, parity_of=lambda one: one[1], most_flipped=0.003)


def test_the_first_that_agrees_is_taken_and_no_other_is_made() -> None:
    asked: list[str] = []
    assert found_with({PLAIN: 3, SLOW: 0, CONTROL: 0}, asked)[0] == PLAIN
    assert asked == [PLAIN]
    assert found_with({PLAIN: 26, SLOW: 3, CONTROL: 0}, asked)[0] == SLOW
    assert asked == [PLAIN, PLAIN, SLOW]


def test_where_none_agrees_the_nearest_is_given_and_each_step_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        way, parity = found_with({PLAIN: 26, SLOW: 9, CONTROL: 12}, [])
    assert (way, parity.flipped) == (SLOW, 9)
    said = [record.getMessage() for record in caplog.records]
    assert said[0].startswith(
        "plain INT8: 26 of 1000 decisions differ from torch's, at most 0.30% may. Trying INT8 with"
    )
    assert said[1].endswith("Trying INT8 under accuracy control, for at most 15 minutes.")
    assert said[2].endswith("No other INT8 form is left.")
    with pytest.raises(OutputError, match=r"9 of 1000 do \(0\.90%\)\. It was not written; say --float"):
        check_parity(parity, most_flipped=0.003, what="it", advice="say --float")


@pytest.fixture
def quantized(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Put stand-ins in the place of NNCF; they note how they are asked."""
    asked: list[Any] = []

    def plainly(model: Any, tiles: Any, *, fast_bias_correction: bool = True) -> Any:
        asked.append((model, fast_bias_correction))
        return "model"

    def control(model: Any, tiles: Any, agreement: Callable[[Any], float], *, most_lost: float) -> Any:
        asked.append((model, agreement(None), most_lost))
        return "careful"

    monkeypatch.setattr(forms, "quantize", plainly)
    monkeypatch.setattr(forms, "quantize_with_control", control)
    return asked


def test_each_form_is_made_of_a_net_of_its_own(quantized: list[Any]) -> None:
    nets = iter(("one", "two", "three"))
    made = forms.int8_forms(lambda: next(nets), [], lambda _: 0.5, most_lost=0.003)
    assert next(made) == (PLAIN, "model")
    assert quantized == [("one", True)]  # the others are not made before they are asked for
    assert list(made) == [(SLOW, "model"), (CONTROL, "careful")]
    assert quantized[1:] == [("two", False), ("three", 0.5, 0.003)]


@pytest.mark.usefixtures("quantized")
def test_control_that_takes_too_long_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(forms, "CONTROL_SECONDS", -1.0)
    with caplog.at_level(logging.WARNING):
        made = list(forms.int8_forms(lambda: "net", [], lambda _: 1.0, most_lost=0.003))
    assert [way for way, _ in made] == [PLAIN, SLOW]
    assert "given up after" in caplog.text


@pytest.mark.usefixtures("quantized")
def test_a_fault_in_control_is_no_want_of_time() -> None:
    def broken(_: Any) -> float:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(forms.int8_forms(lambda: "net", [], broken, most_lost=0.003))


def test_close_calls_are_those_nearest_to_the_threshold() -> None:
    scores = np.array([0.9, 0.1, 0.52, 0.45, 0.6])
    assert close_calls(scores, 0.5, most=3).tolist() == [2, 3, 4]
    assert close_calls(scores, 0.5).tolist() == [0, 1, 2, 3, 4]


def test_control_runs_close_calls_only_and_counts_all(tiles_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = TinyNet().eval()
    head = Head(np.random.default_rng(0).normal(size=(2, 20)).astype(np.float32), np.zeros(2, np.float32))
    tiles = read_labelled(tiles_dir).tiles[:12]
    reference = tile_logits(tiles, torch_run(ScoreNet(net, head, depth3=8)))
    compiled = ov.Core().compile_model(convert_net(net), "CPU")
    monkeypatch.setattr(forms, "CONTROL_TILES", 12)
    assert agreement_on(tiles, reference, head, threshold=0.5)(compiled) == 1
    asked: list[int] = []
    true_logits = tile_logits

    def upside_down(tiles: Any, run: Any) -> Any:
        asked.append(len(tiles))
        return -true_logits(tiles, run)

    monkeypatch.setattr(forms, "tile_logits", upside_down)
    monkeypatch.setattr(forms, "close_calls", lambda scores, threshold: close_calls(scores, threshold, most=3))
    assert agreement_on(tiles, reference, head, threshold=0.5)(compiled) == 1 - 3 / 12
    assert asked == [3]


def test_only_warnings_of_nncf_are_heard_and_on_stderr(
    tiles_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log, as_nncf_writes = logging.getLogger("nncf"), io.StringIO()
    monkeypatch.setattr(log, "handlers", [logging.StreamHandler(as_nncf_writes)])
    paths = [tile.path for tile in read_labelled(tiles_dir).tiles[:4]]

    def agreement(_: ov.CompiledModel) -> float:
        log.info("asked")
        log.warning("it is close")
        return 1.0

    quantize(convert_net(TinyNet()), paths)
    quantize_with_control(convert_net(TinyNet()), paths, agreement, most_lost=0.003)
    out, err = capsys.readouterr()
    assert (out, as_nncf_writes.getvalue()) == ("", "")
    assert "it is close" in err
    assert "asked" not in err
    log.info("afterwards")
    assert as_nncf_writes.getvalue() == "afterwards\n"
