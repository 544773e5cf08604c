"""Takes a guide; gives in SQL which cracks exceed it, by the rule and the words of reports. Reads no rows."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, false

from cracklens.measuring import GUIDES
from cracklens.measuring.guides import GuideName
from cracklens.measuring.millimetres import COVERAGE
from cracklens.projects.records import CrackRow, PhotoRow
from cracklens.report import words_of
from cracklens.report.cracks import Crack, check_sentence, guide_of, guide_text
from cracklens.values import SURE


def exceeds(guide: str) -> ColumnElement[bool]:
    """Give which cracks of photos exceed a guide: their width with its whole interval is over its lowest value.

    It is what `report.cracks.guide_of` says, of those that a report may hold: listed ones that nobody rejected, and
    what a person drew or confirmed. What the photo and the scale leave open add as squares (`width_mm`), so that no
    root is needed, which SQLite may lack.

    Args:
        guide: of the project; nothing exceeds "none".
    """
    if guide not in GUIDES:
        return false()
    lowest_mm = min(line.value_mm for line in GUIDES[guide].values)
    over = CrackRow.width_px - lowest_mm * PhotoRow.px_per_mm
    by_photo = CrackRow.width_px - CrackRow.width_low_px
    by_scale = COVERAGE * PhotoRow.scale_error * CrackRow.width_px
    confirmed = CrackRow.decision == "confirmed"
    held = (CrackRow.listed | CrackRow.by_hand | confirmed) & (CrackRow.decision != "rejected")
    sure = (CrackRow.confidence >= SURE) | confirmed
    return held & sure & (over > 0) & (over * over > by_photo * by_photo + by_scale * by_scale)


def beside_guide(crack: Crack, guide: GuideName) -> tuple[str, bool]:
    """Give where a crack stands to a guide once a person has confirmed it: a sentence, and whether it exceeds it.

    Args:
        crack: with sizes in mm; "" is said of one without, and of one that needs checking that it does.
        guide: of the project; "" is said of none.
    """
    beside = guide_of(replace(crack, trace=replace(crack.trace, confidence=1.0)), guide)
    words = words_of()
    check = check_sentence(crack, words) if guide != "none" else ""
    said = words["cracks.guide"].format(sentences=guide_text(crack, beside, words)) if beside else check
    return said, any(one.relation == "exceeds" for one in beside)
