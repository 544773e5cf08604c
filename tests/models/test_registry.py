"""Takes names of detectors; gives faults where one is not found or a misspelt one gets no hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from cracklens.errors import CheckpointError
from cracklens.models import registry
from cracklens.models.registry import FLOAT_BACKBONE, INT8_BACKBONE, bundled_detectors, find_checkpoint


@pytest.fixture
def weights(tmp_path, monkeypatch):
    for name in ("concrete-frozen", "asphalt-frozen"):
        (tmp_path / "detectors" / name).mkdir(parents=True)
        (tmp_path / "detectors" / name / "card.json").write_text("{}")
    (tmp_path / "detectors" / "half-written").mkdir()
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path)
    return tmp_path


def test_the_bundled_backbones_are_there():
    assert all(path.is_file() for path in (INT8_BACKBONE, INT8_BACKBONE.with_suffix(".bin"), FLOAT_BACKBONE))


def test_names_are_of_folders_with_a_card(weights):
    assert bundled_detectors() == ("asphalt-frozen", "concrete-frozen")


def test_name_gives_its_folder(weights):
    assert find_checkpoint("concrete-frozen") == weights / "detectors" / "concrete-frozen"


def test_path_gives_itself(weights, tmp_path):
    assert find_checkpoint(tmp_path) == find_checkpoint(str(tmp_path)) == tmp_path


def test_a_name_is_of_the_bundled_detector_whatever_the_current_folder_holds(weights, tmp_path, monkeypatch):
    (tmp_path / "site" / "concrete-frozen").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "site")
    assert find_checkpoint("concrete-frozen") == weights / "detectors" / "concrete-frozen"
    own = tmp_path / "site" / "concrete-frozen"
    for path in ("./concrete-frozen", "concrete-frozen/", Path("concrete-frozen"), own):
        assert find_checkpoint(path).resolve() == own


@pytest.mark.parametrize("name", ["concrete", "concret-frozen", "Concrete-Frozen", "concrete_frozen"])
def test_misspelt_name_gets_the_nearest(weights, name):
    with pytest.raises(CheckpointError, match=rf"{name}: expected .*Did you mean 'concrete-frozen'\?"):
        find_checkpoint(name)


def test_strange_name_gets_all(weights):
    with pytest.raises(CheckpointError, match=r"Bundled: asphalt-frozen, concrete-frozen\."):
        find_checkpoint("/no/such/path")
