"""Takes a width in mm; gives where it stands to each value of a guide. Knows no photo, no verdict and no wording."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from cracklens.errors import SettingError
from cracklens.values import Quantity

GuideName = Literal["aci224r", "en1992", "bre251", "none"]
"""What `--guide` takes."""

Relation = Literal["within", "exceeds", "not told apart"]
"""Where a width with its interval stands to a value."""


@dataclass(frozen=True)
class GuideValue:
    """One line of a guide's table.

    Attributes:
        value_mm: the crack width it names.
        where: code of what it is named for; a report has the words.
        exposures: how a table of elements names that.
    """

    value_mm: float
    where: str
    exposures: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class GuideComparison:
    """Where a width stands to one line of a guide's table.

    Attributes:
        relation: of the width with its whole interval; "not told apart" where the value lies in it.
        value: the line.
    """

    relation: Relation
    value: GuideValue


@dataclass(frozen=True)
class Guide:
    """A table of crack widths that engineers refer to.

    The words of its codes stand in the catalogue of reports, in the section of its name.

    Attributes:
        name: on the command line.
        source: document and table, as a report cites it.
        values: its lines, widest first as printed there, or by category.
        remarks: codes of what a reader must know beside the numbers, a sentence each.
        without_value: exposures that it knows and its table has no value for.
    """

    name: GuideName
    source: str
    values: tuple[GuideValue, ...]
    remarks: tuple[str, ...]
    without_value: tuple[str, ...] = ()


ACI_224R = Guide(
    "aci224r",
    "ACI 224R-01, table 4.1",
    (
        GuideValue(0.41, "dry", ("dry air",)),
        GuideValue(0.30, "humid", ("humidity",)),
        GuideValue(0.18, "deicing", ("deicing",)),
        GuideValue(0.15, "seawater", ("seawater",)),
        GuideValue(0.10, "water_retaining", ("water-retaining",)),
    ),
    ("some_exceed", "more_exceed", "reinforced"),
)
_DRY, _WET = ("X0", "XC1"), ("XC2", "XC3", "XC4")
EN_1992 = Guide(
    "en1992",
    "EN 1992-1-1, table 7.1N",
    (
        GuideValue(0.40, "reinforced_dry", _DRY),
        GuideValue(0.30, "reinforced_wet", (*_WET, "XD1", "XD2", "XS1", "XS2", "XS3")),
        GuideValue(0.20, "bonded", tuple(f"{of} bonded" for of in (*_DRY, *_WET))),
    ),
    ("calculated", "decompression", "decompression_too", "unbonded", "appearance", "annexes"),
    tuple(f"{of}{number}" for of, most in (("XF", 4), ("XA", 3), ("XM", 3)) for number in range(1, most + 1)),
)
BRE_251 = Guide(
    "bre251",
    "BRE Digest 251, table 1",
    tuple(GuideValue(mm, f"category_{number}") for number, mm in enumerate((0.1, 1.0, 5.0, 15.0, 25.0))),
    ("one_sign", "widest"),
)
GUIDES = MappingProxyType[str, Guide]({of.name: of for of in (ACI_224R, EN_1992, BRE_251)})
"""By the name on the command line; "none" has no table."""


def compare_with_guide(width: Quantity, guide: GuideName, *, exposure: str = "") -> tuple[GuideComparison, ...]:
    """Give where a width stands to each value of a guide: exceeds it, within it, or not to be told apart from it.

    A width is within a value only where the upper end of its interval is, and exceeds it only where the lower end does:
    a wider crack is never said to stand lower.

    Args:
        width: with its interval.
        guide: "none" has no values.
        exposure: of the element, in the guide's words, several apart by commas; then the value of the strictest alone
            is compared, and none where the table has none; of a guide without exposures the values next to the width.
            "" compares with all.

    Raises:
        SettingError: no such guide.

    Example:
        >>> compare_with_guide(Quantity(0.52, 0.44, 0.60), "aci224r")[0].relation
        'exceeds'
    """
    check_guide(guide)
    if guide == "none":
        return ()
    named = _classes(exposure)
    values = GUIDES[guide].values
    by_exposure = bool(named) and any(line.exposures for line in values)
    if by_exposure:
        known = [line for line in values if {*map(_same, line.exposures)} & named]
        values = tuple(sorted(known, key=lambda line: line.value_mm)[:1])
    found = [GuideComparison(_relation(width, line.value_mm), line) for line in values]
    if by_exposure or not named:
        return tuple(found)
    by = {of: [one for one in found if one.relation == of] for of in ("exceeds", "not told apart", "within")}
    return (*by["exceeds"][-1:], *by["not told apart"], *by["within"][:1])


def exposure_fault(exposure: str, guide: GuideName) -> str:
    """Give what is wrong with an exposure, "" where nothing is: a guide without exposures takes any.

    Example:
        >>> exposure_fault("xc4, XD1, XF2", "en1992"), exposure_fault("XC9", "en1992")[:38]
        ('', 'exposure must be of X0, XC1, XC2, XC3,')
    """
    of = GUIDES.get(guide)
    known = [name for line in of.values for name in line.exposures] if of else []
    if not of or not known or _classes(exposure) <= {*map(_same, known), *map(_same, of.without_value)}:
        return ""
    without = f"; {', '.join(of.without_value)} may stand beside them" if of.without_value else ""
    return f"exposure must be of {', '.join(known)}, several apart by commas{without}; got {exposure!r}"


def _classes(exposure: str) -> set[str]:
    """Give the exposures that are named, apart by commas, semicolons, slashes or plus signs."""
    return {_same(part) for part in re.split(r"[,;/+]", exposure) if part.strip()}


def _same(exposure: str) -> str:
    return " ".join(exposure.casefold().replace("-", " ").split())


def check_guide(guide: str) -> None:
    """Refuse a name that is no guide's.

    Raises:
        SettingError: no such guide; names the nearest.
    """
    known = get_args(GuideName)
    if guide not in known:
        near = difflib.get_close_matches(guide.lower(), known, n=1, cutoff=0.3)
        advice = f"Did you mean {near[0]!r}?" if near else "Leave it out for none."
        raise SettingError(f"guide must be of {', '.join(known)}; got {guide!r}. {advice}")


def _relation(width: Quantity, value_mm: float) -> Relation:
    if width.high_mm <= value_mm:
        return "within"
    return "exceeds" if width.low_mm > value_mm else "not told apart"
