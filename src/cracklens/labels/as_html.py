"""Takes what was found in data; gives a page with contact sheets, without a single fetch. Decides nothing."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from cracklens import __version__
from cracklens.errors import OutputError, PhotoError
from cracklens.files import write_whole
from cracklens.labels.as_text import WEIGHTS
from cracklens.labels.check import CLASS_NAMES, CheckResult, Picture, SameGroup
from cracklens.photo import preview_jpeg, read_photo
from cracklens.report.words import left_out_text
from cracklens.visible import shown_on_page

THUMB_PX = 160
"""Long side of a thumbnail; twice what the page shows."""

PER_CLASS = 30
MAX_GROUPS = 30
"""Groups of each kind that are shown; with PER_GROUP the page stays under about 10 MB."""

PER_GROUP = 6
MAX_UNREADABLE = 500


@dataclass(frozen=True)
class Tile:
    """A picture as the page shows it; `uri` is "" where it cannot be read."""

    picture: Picture
    uri: str


@dataclass(frozen=True)
class Sheet:
    """Groups of duplicates under one heading.

    Attributes:
        key: of its place on the page.
        title: for a person.
        hint: what to do about them.
        groups: tiles of each group that is shown, and how many of it are not.
        n_groups: how many there are in all.
    """

    key: str
    title: str
    hint: str
    groups: list[tuple[list[Tile], int]]
    n_groups: int


def write_check_page(result: CheckResult, path: str | Path) -> Path:
    """Write the page of a check and give its path.

    Raises:
        OutputError: it cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, check_html(result).encode())
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}). Choose another --html.") from error
    return path


def check_html(result: CheckResult) -> str:
    """Give the page of a check; its pictures are read again, a few hundred at most."""
    environment = Environment(
        loader=PackageLoader("cracklens.labels", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown_on_page,
    )
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["why"] = left_out_text
    return environment.get_template("check.html.j2").render(
        result=result,
        version=__version__,
        weights=WEIGHTS,
        unreadable=result.unreadable[:MAX_UNREADABLE],
        contact=[(label, _contact(result, label)) for label in CLASS_NAMES[::-1]],
        sheets=[sheet for sheet in _sheets(result) if sheet.n_groups],
    )


def _contact(result: CheckResult, label: str) -> list[Tile]:
    """Give pictures of one class, evenly spread over the order of their names."""
    broken = {failure.photo for failure in result.unreadable}
    of = [picture for picture in result.pictures if picture.label == label and picture.file not in broken]
    step = max(1.0, len(of) / PER_CLASS)
    return [_tile(result, of[int(i * step)]) for i in range(min(PER_CLASS, len(of)))]


def _sheets(result: CheckResult) -> list[Sheet]:
    leaks = [group for group in result.same if group.leaks]
    disagree = [group for group in result.same if group.disagrees]
    rest = [group for group in result.same if not group.leaks and not group.disagrees]
    anew = "Split anew with --by near-duplicates, or take the copies out."
    decide = "Decide which label is right, or leave both out."
    harmless = "Harmless while each group stays on one side of a split."
    return [
        _sheet(result, "leaks", "On more than one side of the splits", anew, leaks),
        _sheet(result, "labels", "The same picture, both labels", decide, disagree),
        _sheet(result, "same", "Other duplicates", harmless, rest),
    ]


def _sheet(result: CheckResult, key: str, title: str, hint: str, groups: Sequence[SameGroup]) -> Sheet:
    shown = [
        ([_tile(result, picture) for picture in group.pictures[:PER_GROUP]], max(0, len(group.pictures) - PER_GROUP))
        for group in groups[:MAX_GROUPS]
    ]
    return Sheet(key, title, hint, shown, len(groups))


def _tile(result: CheckResult, picture: Picture) -> Tile:
    try:
        photo = read_photo(result.root / picture.file)
    except PhotoError:  # it was there when it was checked
        return Tile(picture, "")
    jpeg = preview_jpeg(photo, long_side_px=THUMB_PX, quality=75)
    return Tile(picture, f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}")
