"""Takes labelled pictures; gives faults of how they are split and what training reads of it. Fits nothing."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.published.made import make_set, save, texture

from cracklens.errors import DataError, OutputError, SettingError
from cracklens.labels.dataset import LabelledTile, read_labelled
from cracklens.labels.split import GROUPINGS, SplitSettings, _drawn, split_counts, split_data


@pytest.fixture(scope="module")
def bridges_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of 8 bridges with two pictures of each class, empty ones. Not to be written to."""
    folder = tmp_path_factory.mktemp("split") / "bridges"
    for bridge in range(8):
        for of in ("Cracked", "Non-cracked"):
            for i in range(4):
                path = folder / f"Bridge {bridge}" / of / f"{bridge}-{i}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def groups_of(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in rows_of(path):
        found.setdefault(row["group"], set()).add(row["split"])
    return found


BY = SplitSettings("folder", val_share=0.25, test_share=0.25)


@pytest.mark.parametrize(
    ("how", "groups"),
    [
        (SplitSettings("folder", val_share=0.25, test_share=0.25), [f"Bridge {i}" for i in range(8)]),
        (SplitSettings("regex", pattern=r"(\d)-\d\.jpg", val_share=0.25, test_share=0.25), [str(i) for i in range(8)]),
        (SplitSettings("regex", pattern=r"(B).* (\d)/", val_share=0.25, test_share=0.25), [f"B/{i}" for i in range(8)]),
    ],
    ids=["folder", "regex", "two groups"],
)
def test_groups_stay_whole(bridges_dir: Path, tmp_path: Path, how: SplitSettings, groups: list[str]) -> None:
    out = tmp_path / "splits.csv"
    found = split_data(bridges_dir, out=out, settings=how)
    sides = groups_of(out)
    assert sorted(sides) == groups
    assert all(len(of) == 1 for of in sides.values())
    assert split_counts(found)["train"]["cracked"] == 16
    assert split_counts(found)["val"] == split_counts(found)["test"] == {"cracked": 8, "intact": 8}


def test_training_reads_what_was_written(bridges_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "er" / "splits.csv"
    found = split_data(bridges_dir, out=out, settings=BY)
    read = read_labelled(out)
    assert [(t.path.resolve(), t.label, t.group, t.split) for t in read.tiles] == [
        (t.path.resolve(), t.label, t.group, t.split) for t in found.tiles
    ]
    assert read.split_rule == found.split_rule == "by folder, seed 0"


def test_a_csv_beside_the_folder_is_read_by_the_folders_name(bridges_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bridges_dir, tmp_path / "bridges")
    out = tmp_path / "splits" / "bridges.csv"
    split_data(folder, out=out, settings=BY)
    assert rows_of(out)[0]["file"].startswith("../bridges/Bridge 0/")
    by_folder, by_csv = read_labelled(folder), read_labelled(out)
    assert [(t.label, t.group, t.split) for t in by_folder.tiles] == [(t.label, t.group, t.split) for t in by_csv.tiles]
    assert by_folder.split_rule == "by folder, seed 0"
    assert {t.split for t in read_labelled(folder, given_splits=False).tiles} == {None}


def test_the_same_seed_gives_the_same_bytes_and_another_another(bridges_dir: Path, tmp_path: Path) -> None:
    outs = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    for out, seed in zip(outs, (0, 0, 1), strict=True):
        split_data(bridges_dir, out=out, settings=SplitSettings("folder", seed=seed, val_share=0.25, test_share=0.25))
    first, second, other = (out.read_text() for out in outs)
    assert first == second != other.replace("seed 1", "seed 0")


def test_a_random_split_says_that_it_leaks(bridges_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "splits.csv"
    split_data(bridges_dir, out=out, settings=SplitSettings("random", val_share=0.25))
    assert read_labelled(out).split_rule == "random by tile: leaks if tiles of one photo are on both sides, seed 0"
    assert len(groups_of(out)) == 64


def test_near_duplicates_stay_together(tmp_path: Path) -> None:
    folder = make_set(tmp_path / "mine", per_class=28)
    for seed in range(10):
        save(folder / "Cracked" / f"{seed:03}-mirrored.png", texture(seed, crack=True)[:, ::-1])
    seen: list[tuple[str, int, int]] = []
    out = tmp_path / "splits.csv"
    split_data(folder, out=out, settings=SplitSettings("near-duplicates"), on_progress=lambda *at: seen.append(at))
    group_of = {Path(row["file"]).name: row["group"] for row in rows_of(out) if "/Cracked/" in row["file"]}
    for seed in range(10):
        assert group_of[f"{seed:03}.png"] == group_of[f"{seed:03}-mirrored.png"]
    assert all(len(of) == 1 for of in groups_of(out).values())
    assert seen[-1] == ("comparing", 66, 66)
    assert ("reading", 66, 66) in seen


def test_a_column_of_a_csv(bridges_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bridges_dir, tmp_path / "bridges")
    files = sorted(path.relative_to(tmp_path).as_posix() for path in folder.rglob("*.jpg"))
    lines = [f"{file},{'no' if 'Non' in file else 'yes'},north{file[15]}" for file in files]
    (tmp_path / "tiles.csv").write_text("\n".join(["file,label,bridge", *lines]) + "\n")
    how = SplitSettings("column", column="bridge", val_share=0.25, test_share=0.25)
    split_data(tmp_path / "tiles.csv", out=tmp_path / "splits.csv", settings=how)
    assert sorted(groups_of(tmp_path / "splits.csv")) == [f"north{i}" for i in range(8)]
    (tmp_path / "tiles.csv").write_text("\n".join(["file,label,bridge", *lines[1:], f"{files[0]},1,"]) + "\n")
    with pytest.raises(
        DataError, match=r"a value in the column bridge of every row; 1 rows have none, 'bridges/Bridge 0"
    ):
        split_data(tmp_path / "tiles.csv", out=tmp_path / "other.csv", settings=how)
    with pytest.raises(DataError, match="missing brigde"):
        split_data(
            tmp_path / "tiles.csv", out=tmp_path / "other.csv", settings=SplitSettings("column", column="brigde")
        )


@settings(max_examples=30)
@given(
    groups=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=8, max_size=30),
    shares=st.sampled_from([(0.15, 0.15), (0.1, 0.2), (0.25, 0.0), (0.3, 0.3)]),
    seed=st.integers(0, 9),
)
def test_any_groups_are_split_whole_with_both_classes_on_every_side(
    groups: list[tuple[int, int]], shares: tuple[float, float], seed: int
) -> None:
    tiles = [
        LabelledTile(Path(f"{g}-{label}-{i}"), f"{g}-{label}-{i}", label, str(g), None)
        for g, counts in enumerate(groups)
        for label in (0, 1)
        for i in range(counts[label])
    ]
    splits = _drawn(tiles, SplitSettings("folder", seed=seed, val_share=shares[0], test_share=shares[1]))
    sides: dict[str, set[str]] = {}
    for tile, split in zip(tiles, splits, strict=True):
        sides.setdefault(tile.group, set()).add(split)
    assert all(len(of) == 1 for of in sides.values())
    wanted = {"train", "val"} | ({"test"} if shares[1] else set())
    assert {(tile.label, split) for tile, split in zip(tiles, splits, strict=True)} == {
        (label, split) for label in (0, 1) for split in wanted
    }


# Bad input


def refused(data: Path, tmp_path: Path, match: str, error: type[Exception] = SettingError, **how: Any) -> None:
    out = tmp_path / "refused.csv"
    with pytest.raises(error, match=match):
        split_data(data, out=out, settings=SplitSettings(**how))
    assert not out.exists()


def test_patterns_that_cannot_be_used(bridges_dir: Path, tmp_path: Path) -> None:
    refused(bridges_dir, tmp_path, "pattern must have a group", by="regex", pattern=r"\d+")
    refused(bridges_dir, tmp_path, r"64 of 64 do not, 'Bridge 0/Crack", by="regex", pattern=r"(x+)y")
    refused(bridges_dir, tmp_path, "pattern must be a regular expression", by="regex", pattern="(")
    refused(bridges_dir, tmp_path, "got 1", DataError, by="regex", pattern="(Bridge)")


def test_settings_that_do_not_go_together(bridges_dir: Path, tmp_path: Path) -> None:
    refused(bridges_dir, tmp_path, f"by must be one of {', '.join(GROUPINGS)}; got 'photo'", by="photo")
    refused(bridges_dir, tmp_path, "--pattern goes with --by regex", by="regex")
    refused(bridges_dir, tmp_path, "--pattern goes with --by regex", by="folder", pattern="(a)")
    refused(bridges_dir, tmp_path, "--column goes with --by column", by="column")
    refused(bridges_dir, tmp_path, "--by column needs a CSV", by="column", column="group")
    for shares in ((0.0, 0.1), (0.5, 0.5), (-0.1, 0.1), (0.1, -0.1)):
        refused(bridges_dir, tmp_path, "val must be over 0", by="folder", val_share=shares[0], test_share=shares[1])


def test_data_that_cannot_be_split(tmp_path: Path) -> None:
    for i, of in enumerate(("Cracked", "Cracked", "Intact")):
        save(tmp_path / "few" / of / f"{i}.png", texture(i))
    refused(
        tmp_path / "few",
        tmp_path,
        "expected at least 3 groups with pictures of each class; got 1",
        DataError,
        by="random",
    )
    save(tmp_path / "one" / "Cracked" / "1.png", texture(1))
    refused(tmp_path / "one", tmp_path, "expected pictures of both classes", DataError, by="random")
    (tmp_path / "none").mkdir()
    refused(tmp_path / "none", tmp_path, "got no picture", DataError, by="random")


def test_pictures_that_cannot_be_read_stop_a_split_by_what_they_show(tmp_path: Path) -> None:
    folder = make_set(tmp_path / "mine", per_class=4)
    (folder / "Cracked" / "empty.jpg").touch()
    refused(folder, tmp_path, r"1 cannot, Cracked/empty.jpg \(the file is empty", DataError, by="near-duplicates")


def test_too_few_pictures_in_val_are_said_at_once(bridges_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bridges_dir, tmp_path / "few")
    for path in folder.rglob("*-[123].jpg"):
        path.unlink()
    refused(folder, tmp_path, "expected at least 4 cracked tiles in val", DataError, by="folder")


def test_a_split_is_never_written_over(bridges_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "splits.csv"
    split_data(bridges_dir, out=out, settings=BY)
    before = out.read_bytes()
    with pytest.raises(OutputError, match="expected a name that is free, since a test split must not change"):
        split_data(bridges_dir, out=out, settings=BY)
    assert out.read_bytes() == before


def test_out_that_cannot_be_written_is_a_sentence(bridges_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Choose another --out"):
        split_data(bridges_dir, out=tmp_path / "file" / "splits.csv", settings=BY)
