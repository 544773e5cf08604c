"""Takes a width in mm; gives where it stands to each value of a guide. Knows no photo, no verdict and no wording."""

from __future__ import annotations

import difflib
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
        where: what it is named for.
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

    Attributes:
        title: for the heading of a report.
        source: document and table, as a report cites it.
        values: its lines, widest first as printed there, or by category.
        remarks: what a reader must know beside the numbers, a sentence each.
    """

    title: str
    source: str
    values: tuple[GuideValue, ...]
    remarks: tuple[str, ...]


ACI_224R = Guide(
    "ACI 224R-01, Control of Cracking in Concrete Structures",
    "ACI 224R-01, table 4.1",
    (
        GuideValue(0.41, "dry air or protective membrane", ("dry air",)),
        GuideValue(0.30, "humidity, moist air, soil", ("humidity",)),
        GuideValue(0.18, "deicing chemicals", ("deicing",)),
        GuideValue(0.15, "seawater and seawater spray, wetting and drying", ("seawater",)),
        GuideValue(0.10, "water-retaining structures", ("water-retaining",)),
    ),
    (
        "The guide adds: It should be expected that a portion of the cracks in the structure will exceed these values.",
        "It goes on: With time, a significant portion can exceed these values.",
        "They are for reinforced concrete under service loads, at the tensile face.",
    ),
)
_DRY, _WET = ("X0", "XC1"), ("XC2", "XC3", "XC4")
EN_1992 = Guide(
    "EN 1992-1-1:2004, Eurocode 2, Design of concrete structures",
    "EN 1992-1-1, table 7.1N",
    (
        GuideValue(0.40, "reinforced and unbonded prestressed members in X0 and XC1, quasi-permanent loads", _DRY),
        GuideValue(
            0.30,
            "reinforced and unbonded prestressed members in XC2–XC4, XD1, XD2 and XS1–XS3, quasi-permanent loads",
            (*_WET, "XD1", "XD2", "XS1", "XS2", "XS3"),
        ),
        GuideValue(
            0.20,
            "prestressed members with bonded tendons in X0 and XC1–XC4, frequent loads",
            tuple(f"{of} bonded" for of in (*_DRY, *_WET)),
        ),
    ),
    (
        "The table limits widths that are calculated in design; a width measured on site under other loads differs.",
        "For bonded tendons in XD1, XD2 and XS1–XS3 it asks for decompression and names no width.",
        "For bonded tendons in XC2–XC4 decompression is to be checked too, under quasi-permanent loads.",
        "Members with unbonded tendons have the values of reinforced ones.",
        "In X0 and XC1 the value of 0.4 mm is set for appearance, as width has no influence on durability there.",
        "National Annexes may set other values.",
    ),
)
BRE_251 = Guide(
    "BRE Digest 251, Assessment of damage in low-rise buildings",
    "BRE Digest 251, table 1",
    (
        GuideValue(0.1, "category 0, hairline cracks"),
        GuideValue(1.0, "category 1"),
        GuideValue(5.0, "category 2"),
        GuideValue(15.0, "category 3, or several cracks of, say, 3 mm"),
        GuideValue(25.0, "category 4"),
    ),
    (
        "Width is one sign of a category among others, such as the number of cracks and whether doors still close.",
        "Above 25 mm, usually category 5, the digest too looks at more than the width.",
    ),
)
GUIDES = MappingProxyType[str, Guide]({"aci224r": ACI_224R, "en1992": EN_1992, "bre251": BRE_251})
"""By the name on the command line; "none" has no table."""


def compare_with_guide(width: Quantity, guide: GuideName, *, exposure: str = "") -> tuple[GuideComparison, ...]:
    """Give where a width stands to each value of a guide: exceeds it, within it, or not to be told apart from it.

    A width is within a value only where the upper end of its interval is, and exceeds it only where the lower end does:
    a wider crack is never said to stand lower.

    Args:
        width: with its interval.
        guide: "none" has no values.
        exposure: of the element, in the guide's words; then its value alone is compared. "" compares with all.

    Raises:
        SettingError: no such guide.

    Example:
        >>> compare_with_guide(Quantity(0.52, 0.44, 0.60), "aci224r")[0].relation
        'exceeds'
    """
    check_guide(guide)
    if guide == "none":
        return ()
    lines = [line for line in GUIDES[guide].values if _same(exposure) in map(_same, line.exposures)]
    return tuple(GuideComparison(_relation(width, line.value_mm), line) for line in lines or GUIDES[guide].values)


def exposure_fault(exposure: str, guide: GuideName) -> str:
    """Give what is wrong with an exposure, "" where nothing is: a guide without exposures takes any.

    Example:
        >>> exposure_fault("xc4", "en1992"), exposure_fault("XC9", "en1992")[:38]
        ('', 'exposure must be of X0, XC1, XC2, XC3,')
    """
    known = [name for line in GUIDES[guide].values for name in line.exposures] if guide != "none" else []
    if not exposure or not known or _same(exposure) in map(_same, known):
        return ""
    return f"exposure must be of {', '.join(known)}; got {exposure!r}"


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
