"""Takes photos looked at before; gives faults in what is made again, and in what is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.projects.made import tracing_detector
from tests.stand_ins import save_grey

from cracklens import kept, read_photo
from cracklens.artefacts import Artefacts
from cracklens.detector import Detector
from cracklens.kept import inspect_kept
from cracklens.models import bundled_map
from cracklens.values import CrackMap, Photo


@pytest.fixture
def photo(tmp_path: Path) -> Photo:
    return read_photo(save_grey(tmp_path / "a.png", 40))


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Give whether cracks were to be followed, for each look of a detector."""
    looks: list[bool] = []
    look = Detector.look

    def counted(self: Detector, photo: Photo, *, traces: bool = True) -> object:
        looks.append(traces)
        return look(self, photo, traces=traces)

    monkeypatch.setattr(Detector, "look", counted)
    return looks


def with_low(low: float) -> Detector:
    card = bundled_map().card
    return replace(tracing_detector(), map_card=replace(card, settings=replace(card.settings, low=low)))


def test_other_settings_are_followed_from_what_is_kept(photo: Photo, tmp_path: Path, looked: list[bool]) -> None:
    store = Artefacts(tmp_path / "kept")
    first, other = (inspect_kept(photo, with_low(low), store) for low in (0.1, 0.2))
    again = inspect_kept(photo, with_low(0.1), store)
    assert looked == [True]
    assert first.scored_key == other.scored_key == again.scored_key
    assert first.traced_key == again.traced_key != other.traced_key
    assert np.array_equal(first.score_map.values, again.score_map.values)


def test_all_is_made_again_on_request(photo: Photo, tmp_path: Path, looked: list[bool]) -> None:
    for afresh in (False, False, True):
        inspect_kept(photo, with_low(0.1), Artefacts(tmp_path / "kept"), afresh=afresh)
    assert looked == [True, True]


def test_scores_alone_do_not_stand_for_a_look_that_followed_cracks(
    photo: Photo, tmp_path: Path, looked: list[bool]
) -> None:
    for traces in (False, True, False, True):
        inspect_kept(photo, with_low(0.1), Artefacts(tmp_path / "kept"), traces=traces)
    assert looked == [False, True]


def test_the_crack_map_of_a_large_photo_is_not_kept_and_made_again(
    photo: Photo, tmp_path: Path, looked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Artefacts(tmp_path / "kept")
    monkeypatch.setattr(kept, "MOST_PIXELS", photo.pixels[..., 0].size - 1)
    for low, looks in ((0.1, 1), (0.1, 1), (0.2, 2)):
        found = inspect_kept(photo, with_low(low), store)
        assert len(looked) == looks
    assert store.get(found.scored_key, CrackMap) is None
    monkeypatch.setattr(kept, "MOST_PIXELS", photo.pixels[..., 0].size)
    found = inspect_kept(photo, with_low(0.3), store)
    assert store.get(found.scored_key, CrackMap) is not None
