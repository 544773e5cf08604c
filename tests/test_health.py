"""Takes this installation; gives faults of what `examine` says of it."""

from __future__ import annotations

import json

import pytest
from tests.stand_ins import bundled_detector, grey_detector

import cracklens.health
from cracklens.detector import Detector
from cracklens.errors import CheckpointError
from cracklens.health import examine


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = bundled_detector()
    monkeypatch.setattr(Detector, "load", lambda: shared)


def test_examine_gives_versions_machine_extras_and_a_self_test_that_passes() -> None:
    found = examine()
    assert list(found) == ["versions", "machine", "extras", "self-test"]
    assert found["versions"]["cracklens"] == cracklens.__version__
    assert "missing" not in found["versions"].values()
    assert found["machine"]["cores"] >= 1
    assert found["self-test"]["passed"] is True
    json.dumps(found)


def test_a_detector_that_sees_no_crack_fails_the_self_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Detector, "load", grey_detector)
    found = cracklens.health.self_test()
    high, low = found["score of a drawn crack"], found["score of a drawn intact wall"]
    assert found["passed"] is (high >= grey_detector().card.threshold and high > low)


def test_a_wall_without_cracks_alone_fails_the_self_test(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = cracklens.draw_wall
    monkeypatch.setattr(cracklens.health, "draw_wall", lambda hw, **how: draw(hw, **{**how, "widths_px": ()}))
    assert cracklens.health.self_test()["passed"] is False


def test_what_is_not_installed_is_said_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cracklens.health, "EXTRAS", {"train": ("torch-of-another-world",)})
    monkeypatch.setattr(cracklens.health, "BASE", ("cracklens", "numpy-of-another-world"))
    found = examine()
    assert found["extras"]["train"].startswith("not installed: pip install 'cracklens[train]'")
    assert found["versions"]["numpy-of-another-world"] == "missing"


def test_a_broken_installation_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Detector:
        raise CheckpointError("the head is gone")

    monkeypatch.setattr(Detector, "load", broken)
    with pytest.raises(CheckpointError):
        examine()
