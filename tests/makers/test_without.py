"""Takes walls in a colour for each surface; gives what of a surface reaches a crack map that is made without it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.makers.conftest import TINTS
from tests.stand_ins import int8_backbone

pytest.importorskip("torch")

from makers.crackmap import build as module
from makers.crackmap import photos as photos_module
from makers.crackmap import samples, shards, without
from makers.crackmap.build import decoder_of
from makers.crackmap.origins import LEFT_OUT
from makers.crackmap.photos import evenly, sdnet_photos
from makers.crackmap.plan import Build
from makers.crackmap.shards import InTurns

from cracklens.errors import DataError
from cracklens.labels import LabelledTile
from cracklens.models import bundled_map
from cracklens.training.crackmap import Decoder, Mixed, read_decoder
from cracklens.values import Photo

Px = NDArray[np.uint8]

REACHES = {
    "Decks": {"METU", "SUT-Crack", "Pavements", "Walls"},
    "Pavements": {"METU", "Decks", "Walls"},
    "Walls": {"METU", "SUT-Crack", "Decks", "Pavements"},
    "SDNET2018": {"METU"},
}
"""What may reach a crack map made without one."""

HUES = {(0, 0, 0): "METU", (1, 0, 0): "Decks", (0, 1, 0): "Pavements", (0, 0, 1): "Walls", (1, 1, 0): "SUT-Crack"}
"""Whether red, green and blue are stronger than the weakest of them, by origin."""


def origins_of(pictures: Iterable[Px]) -> set[str]:
    """Give whose colours most px of each of some pictures have."""
    strong = [(px > 1.5 * px.min(axis=2, keepdims=True) + 8).mean(axis=(0, 1)) > 0.5 for px in pictures]
    return {HUES.get((bool(red), bool(green), bool(blue)), "none of them") for red, green, blue in strong}


class Here:
    """Runs what is to run in other processes in this one, where its parts can be replaced."""

    def __init__(self, **_: object) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    map = staticmethod(map)


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[Mixed]:
    """Give the sources that decoders are fitted on; each gives the bundled decoder. Samples keep their colour."""
    given: list[Mixed] = []

    def fit(source: Mixed, *_: object, **__: object) -> Decoder:
        given.append(source)
        return read_decoder(bundled_map().weights)

    monkeypatch.setattr(module, "fit_decoder", fit)
    monkeypatch.setattr(module, "int8_form", lambda *_: bundled_map().network)
    monkeypatch.setattr(shards, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(samples, "photographed", lambda _, pixels: pixels.clip(0, 255).astype(np.uint8))
    return given


def crops_of(source: Mixed, *, drawn: bool) -> Iterator[Px]:
    """Give the crops of many batches, drawn ones or all others, as they are before their light is varied."""
    for part, size in source.parts:
        if isinstance(part, InTurns) is drawn:
            for number in range(8):
                yield from part.batch(number, size, np.random.default_rng(number))[0]


@pytest.mark.slow
@pytest.mark.parametrize("data", [TINTS], indirect=True, ids=["coloured"])
def test_no_px_of_what_is_left_out_reaches_the_fit(data: Path, tmp_path: Path, fits: list[Mixed]) -> None:
    reached, others, grounds = {}, {}, {}
    for left_out in LEFT_OUT:
        work, shared = tmp_path / left_out, tmp_path / "shared"
        quick = {"quick": 0.2, "rounds": 2, "drawn": 48, "crops": 6}
        build = Build(data, None, work, without=left_out, shared=shared, **quick)  # type: ignore[arg-type]
        decoder_of(build)
        first, second = fits[-2:]
        reached[left_out] = origins_of(crops_of(first, drawn=True)) | origins_of(crops_of(second, drawn=True))
        others[left_out] = origins_of(crops_of(first, drawn=False)) | origins_of(crops_of(second, drawn=False))
        grounds[left_out] = origins_of(module.range_crops(build, 1))
    assert reached == REACHES
    for left_out, may in REACHES.items():
        assert others[left_out] <= may
        assert grounds[left_out] <= may
    assert others["Pavements"] >= {"Decks", "Walls"}, "their photos have pseudo-masks"
    assert others["Decks"] >= {"Pavements", "Walls", "SUT-Crack"}
    assert {path.stem for path in (tmp_path / "shared").glob("*.npy")} == set(HUES.values())
    for path in (tmp_path / "shared").glob("*.npy"):
        assert origins_of(np.load(path)) == {path.stem}


@pytest.mark.slow
def test_what_one_build_has_drawn_the_next_reads(
    data: Path, tmp_path: Path, fits: list[Mixed], capsys: pytest.CaptureFixture[str]
) -> None:
    def draw(left_out: str) -> Build:
        build = Build(
            data, None, tmp_path / left_out, without=left_out, quick=0.2, drawn=48, crops=8, shared=tmp_path / "shared"
        )
        module.make_drawn(build)
        return build

    walls = draw("Walls")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "shared").rglob("*.np*")}
    batch = module.drawn_samples(walls, 0).batch(3, 13, np.random.default_rng(0))
    capsys.readouterr()
    decks = draw("Decks")
    told = capsys.readouterr().out
    assert "grounds: Walls" in told
    assert "grounds: METU" not in told
    assert f"drawn: {sum(decks.counts(0).values())} of" in told
    assert {path: path.stat().st_mtime_ns for path in before} == before
    again = module.drawn_samples(walls, 0).batch(3, 13, np.random.default_rng(0))
    np.testing.assert_array_equal(batch[0], again[0])
    assert not fits


def test_a_surface_without_photos_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_grounds", lambda *_: iter(()))
    with pytest.raises(DataError, match="expected train photos of METU"):
        module.make_drawn(Build(tmp_path, None, tmp_path / "work", without="SDNET2018"))


def test_a_quick_build_reads_photos_spread_over_every_surface(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    class Blind:
        def maps(self, photo: Photo) -> tuple[SimpleNamespace, SimpleNamespace]:
            read.append(photo.name)
            return SimpleNamespace(values=np.zeros((8, 8))), SimpleNamespace(crack=np.zeros((256, 256), np.uint8))

    def photos(_: Path, surface: str) -> list[list[LabelledTile]]:
        return [[LabelledTile(Path("-"), f"{surface}/{i}", 0, f"{i}", "train")] for i in range(20)]

    monkeypatch.setattr(photos_module, "train_photos", photos)
    monkeypatch.setattr(photos_module, "mosaic", lambda _: np.zeros((256, 256, 3), np.uint8))
    detector: Any = Blind()
    for photo in sdnet_photos(Path("-"), ["Decks", "Walls"], share=0.35, scored=False):
        assert not list(photo.crops(detector, np.random.default_rng()))
    assert read == [f"{surface}/{i}" for surface in ("Decks", "Walls") for i in (0, 2, 5, 8, 11, 14, 17)]
    assert evenly(range(162), 1.0) == list(range(162))
    assert evenly(range(5), 0.001) == [0]
    assert evenly([], 0.35) == []


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Build]:
    """Give the builds that are asked for, in place of hours of them; each gives the bundled decoder."""
    asked: list[Build] = []

    def decoder_of(build: Build) -> Path:
        asked.append(build)
        return bundled_map().network

    monkeypatch.setattr(without, "decoder_of", decoder_of)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return asked


def test_maps_left_out_are_smaller_and_have_a_folder_of_their_own(tmp_path: Path, builds: list[Build]) -> None:
    (tmp_path / "sut").mkdir()
    for surface in ("Decks", "Walls", "SDNET2018"):
        without.map_without(surface, tmp_path)
    assert [build.without for build in builds] == ["Decks", "Walls", "SDNET2018"]
    assert len({build.work for build in builds}) == 3
    assert len({build.shards for build in builds}) == 1
    assert {(build.quick, build.rounds, build.drawn) for build in builds} == {(0.35, 2, 4200)}
    maps = without.map_without("Walls", tmp_path).feature_maps(np.full((1, 256, 256, 3), 200, np.uint8))
    assert maps.crack is not None


def test_photos_with_masks_must_be_there_where_they_take_part(tmp_path: Path, builds: list[Build]) -> None:
    without.map_without("Pavements", tmp_path)
    with pytest.raises(DataError, match="expected sut/ beside"):
        without.map_without("Walls", tmp_path)
    assert len(builds) == 1


def test_another_recipe_makes_another_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = without.build_without("Walls", tmp_path)
    for name, value in (("QUICK", 0.5), ("MAP_ROUNDS", 3), ("DRAWN", 5000)):
        with monkeypatch.context() as patch:
            patch.setattr(without, name, value)
            other = without.build_without("Walls", tmp_path)
        assert other.network.parent != first.network.parent
        assert (other.shards != first.shards) is (name == "QUICK"), "grounds depend on it"


def test_a_map_that_is_made_is_used_and_its_samples_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(without.FOLDER, str(tmp_path / "maps"))
    folder = tmp_path / "maps" / int8_backbone().hash[:12]
    copy(bundled_map().network, folder / "drawn-0.35" / "METU" / "0000.npz")
    for surface in LEFT_OUT:
        work = folder / f"without-{surface}-0.35-2-4200"
        assert (folder / "drawn-0.35").exists(), "there are maps yet to be made"
        without.build_without(surface, tmp_path / "data").claim()
        for of in (".xml", ".bin", ".safetensors"):
            copy(bundled_map().network.with_suffix(of), work / f"decoder1{of}")
        for of in ("pseudo1/0000.npz", "pseudo1/done", "round1.state"):
            copy(bundled_map().network, work / of)
        (tmp_path / "data" / "sut").mkdir(parents=True, exist_ok=True)
        found = without.map_without(surface, tmp_path / "data")
        assert found.feature_maps(np.zeros((1, 256, 256, 3), np.uint8)).crack is not None
        kept = ["build.json", *(f"decoder1{of}" for of in (".bin", ".safetensors", ".xml"))]
        assert sorted(path.name for path in work.iterdir()) == kept
    assert not (folder / "drawn-0.35").exists()


def copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, to)


def test_one_command_makes_the_maps(
    tmp_path: Path, builds: list[Build], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sut").mkdir()
    for words in ([], ["--surface", "Walls", "--surface", "SDNET2018"]):
        monkeypatch.setattr("sys.argv", ["without", str(tmp_path), *words])
        without.main()
    assert [build.without for build in builds] == [*LEFT_OUT, "Walls", "SDNET2018"]
    assert capsys.readouterr().out.count("is made") == 6
