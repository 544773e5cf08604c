"""Takes the name of a set; gives where it is published, with sizes and checksums. Fetches nothing."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from cracklens.errors import SettingError

Host = Literal["kaggle", "mendeley", "usu"]


@dataclass(frozen=True)
class Publication:
    """One place where a set can be had.

    Attributes:
        host: its short name.
        address: of the file; for Kaggle the data set's handle with its version.
        file: what the download is called here.
        size_bytes: as published, None where it is not.
        sha256: as published, None where it is not; then the first one seen is kept beside the download.
        md5: as published, None where it is not.
        checksums: where they were found, or why there are none.
    """

    host: Host
    address: str
    file: str
    size_bytes: int | None
    sha256: str | None
    md5: str | None
    checksums: str


@dataclass(frozen=True)
class ClassFolder:
    """One folder of pictures of one class.

    Attributes:
        found_as: how it ends in the archive.
        folder: where it goes, with "/".
        pictures: how many it holds when whole.
    """

    found_as: str
    folder: str
    pictures: int


@dataclass(frozen=True)
class PublishedSet:
    """A published set of labelled tiles.

    Attributes:
        name: how the command line and its folder call it.
        title: its own.
        page: where a person finds it.
        doi: of the set.
        licence: as published.
        publications: where it can be had, the default first.
        folders: what lies in it.
    """

    name: str
    title: str
    page: str
    doi: str
    licence: str
    publications: tuple[Publication, ...]
    folders: tuple[ClassFolder, ...]

    @property
    def pictures(self) -> int:
        """How many pictures the whole set has."""
        return sum(folder.pictures for folder in self.folders)


METU = PublishedSet(
    name="metu",
    title="Concrete Crack Images for Classification",
    page="https://data.mendeley.com/datasets/5y9wdsg2zt/2",
    doi="10.17632/5y9wdsg2zt",
    licence="CC BY 4.0",
    publications=(
        Publication(
            "kaggle",
            "arunrk7/surface-crack-detection/versions/1",
            "surface-crack-detection.zip",
            size_bytes=None,
            sha256=None,
            md5=None,
            checksums="none published; kagglehub checks the transfer, the first content seen is kept here",
        ),
        Publication(
            "mendeley",
            "https://data.mendeley.com/public-files/datasets/5y9wdsg2zt/files/"
            "8a70d8a5-bce9-4291-bab9-b48cfb3e87c3/file_downloaded",
            "Concrete Crack Images for Classification.rar",
            size_bytes=241_363_336,
            sha256="08d7dc505a4f5a0330cee2fa2a1ae4b5b4f98bcffd0549b774caf7959bb1f02f",
            md5=None,
            checksums="published by Mendeley Data in the file list of version 2",
        ),
    ),
    folders=(ClassFolder("Positive", "Positive", 20_000), ClassFolder("Negative", "Negative", 20_000)),
)

SDNET2018 = PublishedSet(
    name="sdnet2018",
    title="SDNET2018",
    page="https://digitalcommons.usu.edu/all_datasets/48/",
    doi="10.15142/T3TD19",
    licence="CC BY 4.0",
    publications=(
        Publication(
            "usu",
            "https://digitalcommons.usu.edu/context/all_datasets/article/1047/type/native/viewcontent",
            "DATA_Maguire_20180517_ALL.zip",
            size_bytes=528_286_896,
            sha256=None,
            md5="677411e784f194422c90f52d9ed0d7c6",
            checksums="MD5 published on the set's page for the whole bundle; no SHA-256 is published",
        ),
    ),
    folders=(
        ClassFolder("D/CD", "Decks/Cracked", 2_025),
        ClassFolder("D/UD", "Decks/Non-cracked", 11_595),
        ClassFolder("P/CP", "Pavements/Cracked", 2_608),
        ClassFolder("P/UP", "Pavements/Non-cracked", 21_726),
        ClassFolder("W/CW", "Walls/Cracked", 3_851),
        ClassFolder("W/UW", "Walls/Non-cracked", 14_287),
    ),
)

PUBLISHED: dict[str, PublishedSet] = {of.name: of for of in (METU, SDNET2018)}
"""Every set that `cracklens data get` knows. Addresses and checksums as they stood in 2026."""


def published_set(name: str) -> PublishedSet:
    """Give a set by its name.

    Raises:
        SettingError: no such set; gives the nearest name.

    Example:
        >>> published_set("metu").pictures
        40000
    """
    if name in PUBLISHED:
        return PUBLISHED[name]
    near = difflib.get_close_matches(name, PUBLISHED, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "For data of your own see docs/data.md."
    raise SettingError(f"expected one of {', '.join(PUBLISHED)}; got {name!r}. {hint}")


def publication_of(published: PublishedSet, host: str | None) -> Publication:
    """Give the publication at a host; None takes the default.

    Raises:
        SettingError: the set is not published there.
    """
    for publication in published.publications:
        if host in (None, publication.host):
            return publication
    hosts = ", ".join(publication.host for publication in published.publications)
    raise SettingError(f"{published.name} is published at {hosts}; got {host!r}. Leave --from out for the first.")
