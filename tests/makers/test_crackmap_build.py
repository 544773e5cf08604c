"""Takes a few drawn walls laid out as the train sets are; gives faults in the stages of the crack map's maker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from makers.crackmap import __main__ as main
from makers.crackmap import build as module
from makers.crackmap.build import build_map, make_pseudo
from makers.crackmap.card import OFFSETS
from makers.crackmap.crops import INDEX, Crops, Row, crops_path, read_index, write_index
from makers.crackmap.photos import TrainPhoto
from makers.crackmap.plan import LATE_FROM, Build, Recipe
from makers.crackmap.samples import LATE, Sample
from makers.crackmap.scene import SIDE
from makers.crackmap.shards import write_array
from makers.crackmap.sources import Taken, sources_of, write_names
from tests.makers.conftest import saved, split

from cracklens import Detector
from cracklens.errors import DataError, SettingError
from cracklens.models import SMALL_DETECTOR, bundled_map, read_map
from cracklens.training.crackmap import Decoder, MapFit, fit, read_decoder


@pytest.fixture
def knowing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a fit that starts afresh start with the bundled weights: what knows nothing sees no crack in two steps."""
    monkeypatch.setattr(fit, "Decoder", lambda: read_decoder(bundled_map().weights))
    monkeypatch.setattr(module, "CROPS", ((3, 1, 0), (2, 1, 1)))


@pytest.mark.slow
@pytest.mark.usefixtures("knowing")
def test_all_stages_give_a_crack_map_and_are_not_done_twice(data: Path, roads: Path, tmp_path: Path) -> None:
    build = Build(data, roads, tmp_path / "work", quick=0.001, rounds=2, drawn=48, crops=8)
    out = build_map(build)
    part = read_map(out)
    assert part is not None
    assert part.card.recipe["rounds"] == 2
    assert 0.05 <= part.card.settings.edge <= 0.8
    assert (part.card.settings.scales, part.card.settings.offset in OFFSETS) == ((1, 2, 4), True)
    tiles = [row["photo"] for row in read_index(build.agreed(1)) if row["origin"] == "METU" and row["crops"]]
    assert [(one.name, one.n) for one in part.card.data] == [
        ("METU, train", 6 + len(set(tiles))),
        ("SDNET2018, train photos", 3),
        ("SUT-Crack, train", 2),
        ("Cracks-and-Potholes, asphalt", 1),
        ("Cracks-and-Potholes, roads with cracks", 1),
    ]
    files = [data / "splits" / "metu.csv", data / "splits" / "sdnet2018.csv", tmp_path / "sut.csv"]
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    assert [one.split_sha256 for one in part.card.data] == [*sums, None, None]
    figures = {one.name: one for one in part.card.metrics}
    assert figures["width_ratio"].value == pytest.approx(1, abs=0.2)
    assert 0 < figures["ece"].value < figures["ece_from_0.1"].value < 1
    assert {figures[name].n for name in ("width_ratio", "ece", "ece_from_0.1")} == {24}
    assert 0 < figures["length_precision"].value <= 1
    assert figures["length_in_cracked_cells_px"].value > 100
    assert figures["length_precision"].n == 1
    for name in ("dice", "f1_within_2px"):
        assert (figures[name].n, figures[name].data[:14]) == (1, "SUT-Crack, val")
        assert 0 <= figures[name].value <= 1
    stages = ["grounds", "drawn", "fit 0", "int8", "pseudo 1", "fit 1", "edge", "settings"]
    assert list(part.card.recipe["stages_s"]) == stages
    assert list(json.loads((build.work / "stages.json").read_text())) == stages
    assert all(seconds > 0 for seconds in part.card.recipe["stages_s"].values())
    assert part.card.recipe["cores"] >= 1
    before = {path: path.stat().st_mtime_ns for path in build.work.rglob("*") if path.is_file()}
    assert build_map(build) == out
    assert {path: path.stat().st_mtime_ns for path in build.work.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_late_rounds_read_samples_of_their_own(data: Path, tmp_path: Path) -> None:
    plain = replace(LATE, below={}, above={}, magnified=0.0)
    recipes = {"as it is": Recipe(), "other": Recipe(late=plain)}
    builds = {
        name: Build(data, None, tmp_path / name, quick=0.2, drawn=160, crops=8, recipe=of)
        for name, of in recipes.items()
    }
    for build in builds.values():
        for number in (0, LATE_FROM, LATE_FROM + 1):
            module.make_drawn(build, number)
        assert build.counts(LATE_FROM)["METU"] < build.counts(0)["METU"]
        assert (build.samples(LATE_FROM) / "METU.npy").resolve() == (build.shards / "METU.npy").resolve()
    early, late, later = (
        [module.drawn_samples(build, number).batch(0, 13, build.rng(0))[0] for build in builds.values()]
        for number in (0, LATE_FROM, LATE_FROM + 1)
    )
    np.testing.assert_array_equal(early[0], early[1])
    assert not (late[0] == late[1]).all(axis=(1, 2, 3)).any()
    assert not (early[0] == late[0]).all(axis=(1, 2, 3)).any()
    assert not (late[0] == later[0]).all(axis=(1, 2, 3)).any()


def test_no_round_before_one_that_is_done_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[tuple[str, int]] = []
    for name in ("make_pseudo", "make_drawn", "fit_round", "int8_form"):
        monkeypatch.setattr(module, name, lambda _, number, name=name: run.append((name, number)))
    build = Build(tmp_path, None, tmp_path, rounds=4)
    build.claim()
    build.decoder(1).touch()
    module.decoder_of(build)
    rounds = [(name, number) for number in (2, 3) for name in ("make_pseudo", "make_drawn", "fit_round")]
    assert run == [*rounds, ("int8_form", 3)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 7}, "seed 7 where it was 0"),
        ({"without": "Walls"}, "without Walls where it was None"),
        ({"quick": 0.5}, "quick 0.5 where it was 1.0"),
        ({"roads": Path("roads")}, "roads True where it was False"),
        ({"recipe": Recipe(masked=False)}, "another recipe"),
    ],
)
def test_a_folder_of_another_build_is_refused(data: Path, tmp_path: Path, change: dict[str, Any], said: str) -> None:
    build = Build(data, None, tmp_path / "work", rounds=2, shared=tmp_path / "drawn")
    build.claim()
    replace(build, rounds=3, device="cpu").claim()  # it goes on
    replace(build, work=tmp_path / "other", without="Decks").claim()  # beside it, with samples of both
    for run in (module.decoder_of, build_map):
        with pytest.raises(DataError, match=f"begun with; got {said}"):
            run(replace(build, **change))
    (data / "splits" / "metu.csv").write_text("file,group,split\n")
    with pytest.raises(DataError, match=r"got another splits/metu\.csv"):
        build.claim()


def test_a_folder_that_does_not_say_what_it_is_of_is_refused(data: Path, tmp_path: Path) -> None:
    build = Build(data, None, tmp_path / "work", rounds=2)
    build.work.mkdir()
    build.decoder(0).touch()
    with pytest.raises(DataError, match=r"expected build\.json beside decoder0"):
        module.decoder_of(build)


def test_a_decoder_that_sees_no_crack_teaches_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "int8_form", lambda *_: bundled_map().network)
    build = Build(data, None, tmp_path, without="SDNET2018", crops=5000)
    with pytest.raises(DataError, match="expected photos with cracks"):
        make_pseudo(build, 1)
    assert not (build.agreed(1) / INDEX).exists()


class KilledError(BaseException):
    """Nothing in the code may catch it for good."""


def photos(read: list[str], kill_at: int | None = None) -> list[TrainPhoto]:
    """Give photos with two random crops each, and one without; reading one of them kills half-way."""

    def crops(number: int, rng: np.random.Generator) -> Iterator[Sample]:
        read.append(f"{number}")
        for crop in range(0 if number == 1 else 2):
            if number == kill_at and crop:
                raise KilledError
            pixels = rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
            yield Sample(pixels, pixels[..., 0])

    def photo(number: int) -> TrainPhoto:
        return TrainPhoto("METU", f"{number}", lambda _, rng: crops(number, rng))

    return [photo(number) for number in range(6)]


@pytest.mark.slow
def test_pseudo_masks_that_were_cut_end_as_those_that_were_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(module, "int8_form", lambda *_: bundled_map().network)
    whole, cut = (Build(tmp_path, None, tmp_path / name, crops=4) for name in ("whole", "cut"))
    for build in (whole, cut):
        build.work.mkdir()
    monkeypatch.setattr(module, "pseudo_photos", lambda *_: photos(read))
    make_pseudo(whole, 2)
    read.clear()
    with monkeypatch.context() as patch:
        patch.setattr(module, "pseudo_photos", lambda *_: photos(read, kill_at=3))
        with pytest.raises(KilledError):
            make_pseudo(cut, 2)
    assert len(list(cut.agreed(2).iterdir())) == 3, "each photo's crops are written once they are made"
    make_pseudo(cut, 2)
    assert read == ["0", "1", "2", "3", "3", "4", "5"]
    files = [{path.name: path.read_bytes() for path in build.agreed(2).iterdir()} for build in (whole, cut)]
    assert files[0] == files[1]
    assert len(files[0]) == 7
    make_pseudo(cut, 2)
    assert len(read) == 7
    other = replace(cut, work=tmp_path / "seed", seed=1)
    other.work.mkdir()
    make_pseudo(other, 2)
    assert (other.agreed(2) / "0000.npy").read_bytes() != files[0]["0000.npy"]


def test_a_batch_knows_no_photos_and_each_crop_comes_before_one_comes_again(tmp_path: Path) -> None:
    rows: list[Row] = []
    for photo, count in enumerate((40, 0, 30, 30)):
        crops = np.zeros((count, 2, 2, 4), np.uint8) + np.uint8(100 * (photo > 0) + 30 * (photo > 2))
        crops += np.arange(count, dtype=np.uint8)[:, None, None, None]
        write_array(crops_path(tmp_path, photo), crops)
        rows.append({"origin": "METU", "photo": f"{photo}", "crops": count})
    write_index(tmp_path, rows)
    source, rng = Crops(tmp_path, seed=3), np.random.default_rng()
    batches = [source.batch(number, 6, rng)[0][:, 0, 0, 0] for number in range(34)]
    found = np.concatenate(batches)
    everything = [*range(40), *range(100, 160)]
    assert sorted(found[:100].tolist()) == everything
    assert sorted(found[100:200].tolist()) == everything
    assert (found[:100] != found[100:200]).any()
    photo_of = np.digitize(found[:96], (100, 130)).reshape(16, 6)
    assert min(len(set(row)) for row in photo_of.tolist()) >= 2, "no batch is of one photo"
    pixels, labels = source.batch(3, 6, rng)
    np.testing.assert_array_equal(pixels[:, 0, 0, 0], batches[3])
    np.testing.assert_array_equal(labels, pixels[..., 0])
    assert len(source.batch(0, 250, rng)[0]) == 250


def test_the_score_that_teaches_holds_no_crack_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Detector] = []

    def nothing(detector: Detector, _: np.random.Generator) -> Iterator[Sample]:
        asked.append(detector)
        return iter(())

    monkeypatch.setattr(module, "pseudo_photos", lambda *_: [TrainPhoto("METU", "0", nothing)])
    monkeypatch.setattr(module, "int8_form", lambda *_: bundled_map().network)
    with pytest.raises(DataError, match="saw 0 crops"):
        make_pseudo(Build(tmp_path, None, tmp_path), 1)
    assert {(of.card.name, of.head.map_weight) for of in asked} == {(SMALL_DETECTOR, None)}
    assert asked[0].mapper is not None


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give METU and SDNET2018 with a tile of each class, and their splits beside those of SUT-Crack."""
    for name in ("metu", "sdnet2018"):
        for kind in ("Cracked", "Non-cracked"):
            saved(tmp_path / name / kind / "1.png", np.zeros((8, 8, 3), np.uint8))
        rows = [f"{kind}/1.png,{kind},train" for kind in ("Cracked", "Non-cracked")]
        split(tmp_path / "splits" / f"{name}.csv", "file,group,split", rows)
    split(tmp_path / "sut.csv", "file,group,split", ["images/0.png,0,train", "images/1.png,1,val"])
    monkeypatch.setattr("makers.crackmap.plan.SUT_SPLIT", tmp_path / "sut.csv")
    return tmp_path


@pytest.mark.parametrize(
    ("left_out", "rounds", "with_roads", "expected"),
    [
        (None, 2, True, ["METU, train 3", "SDNET2018, train photos 4", "SUT-Crack, train 1", "asphalt 1", "cracks 2"]),
        (None, 1, True, ["METU, train 1", "SDNET2018, train photos 3", "SUT-Crack, train 1", "asphalt 1"]),
        (
            "Walls",
            2,
            False,
            ["METU, train 3", "SDNET2018, train photos of Decks and Pavements 3", "SUT-Crack, train 1"],
        ),
        ("SDNET2018", 2, False, ["METU, train 3"]),
    ],
)
def test_a_source_is_named_if_it_took_part(
    sets: Path, left_out: str | None, rounds: int, with_roads: bool, expected: list[str]
) -> None:
    """Each ground is cut from one picture, Decks/1 and Pavements/1 have crops alone, and METU/a has no crop."""
    build = Build(sets, sets if with_roads else None, sets / "work", without=left_out, rounds=rounds)
    origins = tuple(build.shares)
    build.shards.mkdir(parents=True)
    for origin in origins:
        write_names(build.shards, origin, [f"{origin}/0", f"{origin}/0"])
    agreed = [build.agreed(number) for number in range(1, rounds)]
    crops = {"METU": ("a", "b", "b", "c"), "Decks": ("Decks/0", "Decks/1"), "Roads": ("Roads/0", "Roads/1")}
    rows: list[Row] = [
        {"origin": origin, "photo": name, "crops": int(name != "a")}
        for origin in origins
        for name in crops.get(origin, ())
    ]
    for folder in agreed:
        folder.mkdir()
        write_index(folder, rows)
    found = sources_of(Taken(sets, origins, build.shards, agreed, build.sut_split))
    assert [
        f"{one.name.removeprefix('Cracks-and-Potholes, ').removeprefix('roads with ')} {one.n}" for one in found
    ] == expected
    assert all(one.split_sha256 for one in found if "Potholes" not in one.name)


def test_the_device_that_is_said_is_the_one_of_the_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builds: list[Build] = []
    fits: list[MapFit] = []

    def fitted(*_: object, settings: MapFit, **__: object) -> Decoder:
        fits.append(settings)
        return read_decoder(bundled_map().weights)

    monkeypatch.setattr(main, "build_map", builds.append)
    monkeypatch.setattr(module, "fit_decoder", fitted)
    monkeypatch.setattr(module, "_source", lambda *_: None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for said in ((), ("--device", "cpu"), ("--device", "cuda")):
        monkeypatch.setattr("sys.argv", ["crackmap", str(tmp_path), "--work", str(tmp_path / f"{len(builds)}"), *said])
        main.main()
    assert [build.device for build in builds] == ["auto", "cpu", "cuda"]
    for build in builds:
        build.work.mkdir()
    for build in builds[:2]:
        module.fit_round(build, 0)
    assert [of.device for of in fits] == ["cpu", "cpu"]
    with pytest.raises(SettingError, match="device cuda needs a GPU"):
        module.fit_round(builds[2], 0)
