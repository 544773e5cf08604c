"""Takes a folder, CSV or file of annotations; gives photos with what is marked in them, and why others are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cracklens.errors import DataError, SettingError
from cracklens.labels.dataset import group_of, official_splits, split_file, stated_rule, unmatched
from cracklens.labels.masks.annotations import matched, read_annotations
from cracklens.labels.masks.categories import crack_names
from cracklens.labels.masks.layouts import Pairs, csv_pairs, folder_pairs, split_of
from cracklens.labels.masks.shapes import Line, Shape, Truth, painted, size_text
from cracklens.labels.pictures import find_pictures
from cracklens.photo import file_sha256
from cracklens.report.words import left_out_text
from cracklens.values import LeftOut

ANNOTATIONS = (".json", ".xml")
WIDTHS_PX = (1.0, 50.0)
MAX_REASONS = 3

Row = Mapping[str, str]


@dataclass(frozen=True)
class MaskSettings:
    """How labels become masks.

    Attributes:
        images: folder of the photos that a file of annotations names; None looks beside the file.
        cracks: categories that are cracks; empty takes what is called crack.
        line_width_px: of lines, which have none: thin, since what is wrongly called crack is learnt; 1-50.
    """

    images: Path | None = None
    cracks: tuple[str, ...] = ()
    line_width_px: float = 3.0

    def __post_init__(self) -> None:
        """Refuse a width that no line of a crack has."""
        if not WIDTHS_PX[0] <= self.line_width_px <= WIDTHS_PX[1]:
            raise SettingError(f"line_width_px must be 1-50; got {self.line_width_px}. Leave it out for 3.")


@dataclass(frozen=True)
class MaskedPhoto:
    """A photo and what is marked as crack in it.

    Attributes:
        path: where it lies.
        file: its name inside the data.
        group: what must not be on both sides of a split.
        split: None where the data gives none.
        shapes: cracks in it.
        hw: its size as the labels say; None where they do not.
        line_width_px: of lines.
    """

    path: Path
    file: str
    group: str
    split: str | None
    shapes: tuple[Shape, ...]
    hw: tuple[int, int] | None
    line_width_px: float

    def truth(self, hw: tuple[int, int]) -> Truth:
        """Give which px of the photo are crack.

        Args:
            hw: of the photo, upright.

        Raises:
            DataError: its labels are of another size, or cannot be read.
        """
        if self.hw is not None and self.hw != hw:
            came = f"it was labelled at {size_text(self.hw)} and is {size_text(hw)}"
            raise DataError(f"{came}; label the photo as it is, or take the one that was labelled")
        return painted(self.shapes, hw, line_width_px=self.line_width_px)


@dataclass(frozen=True)
class MaskedSet:
    """Photos with masks and where they come from.

    Attributes:
        name: folder or file name.
        photos: in order of their names.
        split_rule: how the splits were made; None where there are none.
        split_sha256: of the file that gives the splits; None where none does.
        left_out: photos and masks that cannot be learnt from, with the reason.
        remarks: what was taken for granted, a clause each.
    """

    name: str
    photos: tuple[MaskedPhoto, ...]
    split_rule: str | None
    split_sha256: str | None
    left_out: tuple[LeftOut, ...]
    remarks: tuple[str, ...]


def read_masked(data: Path, settings: MaskSettings | None = None) -> MaskedSet:
    """Read photos with masks: a folder with images and masks, a CSV with file and mask, or a file of annotations.

    A file is COCO JSON, a JSON export of Label Studio, or CVAT's XML for images. `splits/NAME.csv` beside the folder or
    file gives splits and groups, as for tiles; so do columns of the CSV, and folders called train, val and test.

    Args:
        data: folder or file.
        settings: how labels become masks; None takes the defaults.

    Raises:
        DataError: nothing of the kind, or no photo of it can be learnt from.
    """
    settings = settings or MaskSettings()
    annotated = data.is_file() and data.suffix.lower() in ANNOTATIONS
    if (settings.images or settings.cracks) and not annotated:
        raise SettingError(f"images and cracks are for files of annotations; {data} is none. Leave them out.")
    if annotated:
        return _from_annotations(data, settings)
    if data.is_dir():
        found = find_pictures(data)
        pairs = folder_pairs(found.files, data)
        return _split(data, _photos(pairs, found.files, settings), official_splits(data), found.left_out)
    if data.is_file() and data.suffix.lower() == ".csv":
        pairs, rows = csv_pairs(data)
        return _by_csv(data, _photos(pairs, {file: data.parent / file for file in pairs}, settings), rows)
    expected = "expected a folder with images and masks, a .csv, or a .json or .xml of annotations"
    raise DataError(f"{data}: {expected}; it is none. Unpack what is packed; see docs/train.md.")


Read = tuple[list[MaskedPhoto], list[LeftOut]]


def _photos(pairs: Pairs, files: Mapping[str, Path], settings: MaskSettings) -> Read:
    photos, left_out = [], []
    for file, one in sorted(pairs.items()):
        if one.fault:
            left_out.append(LeftOut(file, one.fault))
        else:
            width = settings.line_width_px
            photos.append(MaskedPhoto(files[file], file, file, split_of(file), one.shapes, one.hw, width))
    return photos, left_out


def _from_annotations(data: Path, settings: MaskSettings) -> MaskedSet:
    """Give the photos of a file of annotations with their cracks; other categories mark nothing."""
    found = matched(read_annotations(data), data, settings.images)
    photos, left_out = _photos(found.pairs, found.files, settings)
    counts = Counter(shape.name for photo in photos for shape in photo.shapes)
    if photos:
        cracks = crack_names(counts, settings.cracks, source=str(data))
        cleared = [replace(one, shapes=tuple(of for of in one.shapes if of.name in cracks)) for one in photos]
        remarks = (*found.remarks, *_remarks(photos, cleared, settings))
        photos = cleared
    else:
        remarks = found.remarks
    return _split(data, (photos, [*left_out, *found.left_out]), official_splits(data), remarks)


def _remarks(before: list[MaskedPhoto], after: list[MaskedPhoto], settings: MaskSettings) -> Iterator[str]:
    kept = {of.name for one in after for of in one.shapes}
    others = Counter(of.name for one in before for of in one.shapes if of.name not in kept)
    if others:
        yield f"these shapes are no crack: {', '.join(f'{name} ({count})' for name, count in sorted(others.items()))}"
    lines = sum(isinstance(of.form, Line) for one in after for of in one.shapes)
    if lines:
        yield f"{lines} lines count as {settings.line_width_px:g} px wide; --line-width says otherwise"
    bare = [one.file for one in before if not one.shapes]
    if bare:
        yield f"{len(bare)} photos have no shape and count as free of cracks, {bare[0]} first"


def _by_csv(data: Path, read: Read, rows: Mapping[str, Row]) -> MaskedSet:
    photos = [
        replace(one, group=group_of(rows[one.file]), split=rows[one.file].get("split") or None) for one in read[0]
    ]
    given = all(one.split for one in photos)
    rule = (stated_rule(map(dict, rows.values())) or f"column split of {data.name}") if given else None
    return _checked(data, (photos, read[1]), (rule, file_sha256(data) if given else None), ())


def _split(data: Path, read: Read, rows: Mapping[str, Row], remarks: tuple[str, ...]) -> MaskedSet:
    """Give the photos with the splits of `splits/NAME.csv`, or of folders called so, or with none."""
    photos, left_out = read
    if rows:
        named = [one for one in photos if one.file in rows]
        placed = [replace(one, group=group_of(rows[one.file]), split=rows[one.file]["split"]) for one in named]
        rule = stated_rule(map(dict, rows.values())) or f"splits/{split_file(data).name}"
        more = tuple(unmatched([one.file for one in photos], rows, split_file(data).stem))
        return _checked(data, (placed, left_out), (rule, file_sha256(split_file(data))), (*remarks, *more))
    if {"train", "val"} <= {one.split for one in photos}:
        return _checked(data, read, ("folders of the data", None), remarks)
    return _checked(data, ([replace(one, split=None) for one in photos], left_out), (None, None), remarks)


def _checked(data: Path, read: Read, split: tuple[str | None, str | None], remarks: tuple[str, ...]) -> MaskedSet:
    photos, left_out = read
    if not photos:
        reasons = "; ".join(f"{one.photo}: {left_out_text(one)}" for one in left_out[:MAX_REASONS])
        came = f"{len(left_out)} cannot be learnt from: {reasons}" if left_out else "; ".join(remarks) or "nothing"
        raise DataError(f"{data}: expected photos with masks; {came}. See docs/train.md.")
    name = data.name if data.is_dir() else data.stem
    return MaskedSet(name, tuple(photos), *split, tuple(left_out), remarks)
