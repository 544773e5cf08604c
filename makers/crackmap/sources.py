"""Takes what the stages have written of the pictures they read; gives the sources of a card: those that took part."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from makers.crackmap.crops import read_index
from makers.crackmap.grounds import sut_names
from makers.crackmap.origins import METU, ROADS, SURFACES, SUT

from cracklens.files import write_whole
from cracklens.labels import read_labelled
from cracklens.models import DataSource
from cracklens.photo import file_sha256

DOIS = {METU: "10.17632/5y9wdsg2zt", "SDNET2018": "10.15142/T3TD19", SUT: "10.17632/gsbmknrhkv.6"}
ROADS_DOI = "10.17632/t576ydh9v8"
CC, MIT = "CC BY 4.0", "MIT"


@dataclass(frozen=True)
class Taken:
    """What a build was made of.

    Attributes:
        data: folder with `metu/`, `sdnet2018/` and `splits/`.
        origins: that took part.
        drawn: folder of the grounds, with their names.
        agreed: folders of the crops with pseudo-masks.
        sut_split: `benchmarks/splits/sut.csv`.
    """

    data: Path
    origins: Sequence[str]
    drawn: Path
    agreed: Sequence[Path]
    sut_split: Path

    def grounds(self, *origins: str) -> set[str]:
        """Give the names of the pictures that grounds were cut from."""
        return {name for origin in self.origins if origin in origins for name in read_names(self.drawn, origin)}

    def masked(self, *origins: str) -> set[str]:
        """Give the names of the pictures that have crops with pseudo-masks."""
        rows = [row for folder in self.agreed for row in read_index(folder)]
        return {row["photo"] for row in rows if row["origin"] in origins and row["crops"]}


def names_path(folder: Path, origin: str) -> Path:
    """Give the file of the names of an origin's grounds, beside the grounds."""
    return folder / f"{origin}.json"


def write_names(folder: Path, origin: str, names: Sequence[str]) -> None:
    """Write what each ground was cut from."""
    write_whole(names_path(folder, origin), (json.dumps(list(names), indent=0) + "\n").encode())


def link_grounds(folder: Path, other: Path, origins: Iterable[str]) -> None:
    """Let a folder have the grounds of another, with their names: those that are there, and that it has not."""
    folder.mkdir(parents=True, exist_ok=True)
    for origin in origins:
        for name in (f"{origin}.npy", names_path(other, origin).name):
            if (other / name).exists() and not (folder / name).is_symlink() and not (folder / name).exists():
                (folder / name).symlink_to(os.path.relpath(other / name, folder))


def read_names(folder: Path, origin: str) -> list[str]:
    """Give what each ground was cut from."""
    names: list[str] = json.loads(names_path(folder, origin).read_text())
    return names


def sources_of(taken: Taken) -> tuple[DataSource, ...]:
    """Give the sources with how many pictures of each took part: whatever a ground or a crop was cut from."""
    return tuple(one for one in _sources(taken) if one.n)


def _sources(taken: Taken) -> Iterator[DataSource]:
    yield _labelled(taken, "METU, train", taken.data / "metu", METU)
    surfaces = [name for name in SURFACES if name in taken.origins]
    which = "" if len(surfaces) == len(SURFACES) else f" of {' and '.join(surfaces)}"
    yield _labelled(taken, f"SDNET2018, train photos{which}", taken.data / "sdnet2018", *surfaces)
    if SUT in taken.origins:  # the crops of its photos are cut while fitting, of all of them
        names, sha256 = sut_names("train", taken.sut_split), file_sha256(taken.sut_split)
        split = f"benchmarks/splits/{taken.sut_split.name}"
        yield DataSource("SUT-Crack, train", len(names), split, DOIS[SUT], CC, sha256)
    asphalt, roads = len(taken.grounds(ROADS)), len(taken.masked(ROADS))
    yield DataSource("Cracks-and-Potholes, asphalt", asphalt, "of every second", ROADS_DOI, MIT)
    yield DataSource("Cracks-and-Potholes, roads with cracks", roads, "of every third", ROADS_DOI, MIT)


def _labelled(taken: Taken, name: str, folder: Path, *origins: str) -> DataSource:
    """Give a source whose splits lie beside its folder; nothing of a folder is read that took no part."""
    count = len(taken.grounds(*origins) | taken.masked(*origins))
    if not count:
        return DataSource(name, 0, "")
    labelled = read_labelled(folder)
    doi = DOIS[METU if METU in origins else "SDNET2018"]
    return DataSource(name, count, labelled.split_rule or "none", doi, CC, labelled.split_sha256)
