"""Takes scores, shares, places and names; gives them as people read them, in every report alike. Knows no pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import PureWindowsPath

from cracklens.photo import OtherFiles
from cracklens.report.cracks import Crack, doubtful_ones, length_size, length_text, listed_ones, sure_ones, width_text
from cracklens.report.material.material import Material
from cracklens.report.material.overview import Overview
from cracklens.report.material.review import review_notes
from cracklens.report.words import Words, counted, note_text, note_texts
from cracklens.values import Finding, Inspection, Scale
from cracklens.visible import visible

MOST_KINDS = 10
"""So many suffixes of other files are named, the most frequent ones."""


def score_text(value: float, *, rule: float | None = None, decimals: int = 2) -> str:
    """Give a score for people; rounding makes neither certainty nor impossibility, and never reaches over a rule.

    Args:
        value: 0-1.
        rule: from which on something is decided: what is below it is not printed as it, nor what has reached it below.
        decimals: of the text.

    Example:
        >>> score_text(0.997), score_text(0.42), score_text(0.001), score_text(1.0)
        ('> 0.99', '0.42', '< 0.01', '1.00')
        >>> score_text(0.4999, rule=0.5), score_text(0.4999), score_text(0.3349, rule=0.3345)
        ('0.49', '0.50', '0.34')
    """
    step = 10.0**-decimals
    if 0 < value < step / 2:
        return f"< {step:.{decimals}f}"
    if 1 - step / 2 <= value < 1:
        return f"> {1 - step:.{decimals}f}"
    shown = round(value, decimals)
    if rule is not None and value < rule <= shown:
        shown = math.floor(value / step) * step
    elif rule is not None and shown < rule <= value:
        shown = math.ceil(value / step) * step
    return f"{shown:.{decimals}f}"


def score_number(score: float, rule: float) -> float:
    """Give a score with four decimals for a file, on its side of a rule; near 0 and 1 with six.

    Example:
        >>> score_number(0.49999, 0.5), score_number(0.99999, 0.5)
        (0.4999, 0.99999)
    """
    text = score_text(score, rule=rule, decimals=4)
    return float(text) if text[0] not in "<>" else round(float(score), 6)


def rule_text(threshold: float) -> str:
    """Give a threshold in full: scores are printed on their side of it.

    Example:
        >>> rule_text(0.5), rule_text(0.33451)
        ('0.50', '0.3345')
    """
    text = f"{threshold:.4f}"
    return text[:4] + text[4:].rstrip("0")


def percent_text(share: float) -> str:
    """Give a share for people.

    Example:
        >>> percent_text(0.0341), percent_text(0.0004), percent_text(0.0)
        ('3.4 %', '< 0.1 %', '0 %')
    """
    if share <= 0:
        return "0 %"
    return "< 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"


def place_text(gps: tuple[float, float]) -> str:
    """Give latitude and longitude to the metre.

    Example:
        >>> place_text((47.37689, -8.541694))
        '47.37689° N, 8.54169° W'
    """
    sides = ("N" if gps[0] >= 0 else "S", "E" if gps[1] >= 0 else "W")
    return ", ".join(f"{abs(degrees):.5f}° {side}" for degrees, side in zip(gps, sides, strict=True))


def scale_text(scale: Scale, words: Words) -> str:
    """Give a scale with its uncertainty and where it comes from."""
    said = words["photos.scale"].format(px_per_mm=f"{scale.px_per_mm:.3g}", source=words[f"scale.{scale.source}"])
    how = f", {note_text(scale.note, words)}" if scale.note else ""
    return f"{said}, ± {200 * scale.relative_error:.2g} %{how}"


def facts_of(inspection: Inspection, words: Words) -> tuple[str, ...]:
    """Give what is known of a photo beside what was found in it."""
    height, width = inspection.photo_hw
    facts = [f"{width:,} × {height:,} px"]
    if inspection.taken_at:
        facts.append(words["photos.taken"].format(when=inspection.taken_at.replace("T", " ")))
    if inspection.gps:
        facts.append(place_text(inspection.gps))
    if inspection.direction_deg is not None:
        facts.append(words["photos.looking"].format(degrees=f"{inspection.direction_deg:.0f}"))
    if inspection.scale:
        facts.append(scale_text(inspection.scale, words))
    if inspection.score_map.novelty is not None and inspection.score_map.novelty > 1:
        facts.append(words["photos.unlike_one"])
    return (*facts, *note_texts(inspection.notes, words))


def headline(overview: Overview, words: Words) -> str:
    """Give what a run found, in one sentence."""
    inspected, flagged, failed = len(overview.inspected), len(overview.flagged), len(overview.failures)
    photos = counted(words, "photo", inspected)
    if not inspected:
        return words["title.all_failed" if failed else "title.none"]
    need = words["title.need_one" if flagged == 1 else "title.need_many"].format(flagged=f"{flagged:,}", photos=photos)
    said = need if flagged else words["title.clear"].format(photos=photos)
    if not failed:
        return said
    return said + words["title.failed_one" if failed == 1 else "title.failed_many"].format(n=f"{failed:,}")


def other_sentences(others: OtherFiles, words: Words) -> tuple[str, ...]:
    """Give what lay beside the photos, a sentence for what is no photo and one for what was passed over."""
    said = []
    if others.files:
        counts = [f"{count:,} {visible(suffix) or words['others.bare']}" for suffix, count in others.by_suffix]
        rest = sum(count for _, count in others.by_suffix[MOST_KINDS:])
        kinds = ", ".join(counts[:MOST_KINDS] + ([words["others.more"].format(n=f"{rest:,}")] if rest else []))
        said.append(words["others.kinds"].format(files=counted(words, "other", others.files), kinds=kinds))
    passed = [words["others.folder"].format(name=visible(name), n=f"{count:,}") for name, count in others.passed_over]
    passed += [counted(words, "hidden", others.hidden)] if others.hidden else []
    if passed:
        said.append(words["others.passed"].format(names=", ".join(passed)))
    links = [(visible(folder), visible(note_text(reason, words))) for folder, reason in others.links]
    return (*said, *(words["others.link"].format(folder=folder, reason=reason) for folder, reason in links))


def scale_hint(overview: Overview, words: Words) -> str:
    """Give how to get millimetres where they are missing, else what the uncertainties are; "" without cracks."""
    missing = overview.without_scale
    if not overview.flagged:
        return ""
    if not missing:
        return words["scale.uncertainty"]
    if missing == len(overview.flagged):
        return words["scale.how"]
    some = words["scale.how_some"].format(photos=counted(words, "photo", missing))
    return f"{words['scale.uncertainty']} {some}"


def unlike_hint(overview: Overview, words: Words, *, most: int = 5) -> str:
    """Give which photos look unlike the training data and what that means; "" where none does."""
    if not overview.unlike:
        return ""
    named = ", ".join(visible(file_of(row.photo)) for row in overview.unlike[:most])
    more = len(overview.unlike) - most
    names = named if more <= 0 else words["photos.and_more"].format(names=named, n=f"{more:,}")
    return words["photos.unlike"].format(photos=counted(words, "photo", len(overview.unlike)), names=names)


def run_notes(material: Material) -> tuple[str, ...]:
    """Give what the reader must know of the whole run; that photos are dated far apart, too."""
    seen, words = material.overview.dated, material.options.words()
    notes = (*review_notes(material.options.review, words), *note_texts(material.notes, words))
    if material.options.date or not seen.elsewhere:
        return notes
    said = words["about.dates_apart" if seen.day else "about.dates_unclear"]
    return (*notes, said.format_map(asdict(seen)))


def notices(material: Material) -> tuple[str, ...]:
    """Give what stands under the headline: unlike photos, empty places, and what holds for the whole run."""
    overview, words = material.overview, material.options.words()
    hints = (unlike_hint(overview, words), empty_hint(overview, words), *run_notes(material))
    return tuple(hint for hint in hints if hint)


def empty_hint(overview: Overview, words: Words, *, most: int = 5) -> str:
    """Give how much of which photos has no picture and was not inspected; "" where all have one."""
    partly = overview.partly_empty
    if not partly:
        return ""
    named = ", ".join(f"{file_of(row.photo)} ({percent_text(row.empty_share)})" for row in partly[:most])
    more = len(partly) - most
    names = named if more <= 0 else words["photos.and_more"].format(names=named, n=f"{more:,}")
    return words["photos.empty"].format(photos=counted(words, "photo", len(partly)), names=names)


def photo_sentence(inspection: Inspection, cracks: tuple[Crack, ...], words: Words) -> str:
    """Give what was found in a photo, in a line."""
    listed = listed_ones(cracks)
    sure, doubtful = sure_ones(listed), doubtful_ones(listed)
    said = [words["line.none"]]
    if sure:
        first = min(sure, key=lambda crack: crack.first)
        about = {"width": width_text(first, words), "length": length_text(first, words)}
        about["id"] = f"{first.id} ({words['certainty.check']})" if first.trace.needs_checking else first.id
        said = [words["line.first"].format(cracks=counted(words, "crack", len(sure)), **about)]
    said += [short_sentence(cracks, words)] if len(listed) < len(cracks) else []
    also = (("doubtful", len(doubtful)), ("other_line", len(inspection.other_lines)), ("place", len(inspection.places)))
    said += [f"{counted(words, name, n)}." for name, n in also if n]
    return " ".join(said)


def unnamed_hint(inspection: Inspection, cracks: Sequence[Crack], named: int, words: Words) -> str:
    """Give how many names a photo's picture has no room for; "" where all stand in it."""
    of = len(listed_ones(cracks)) + len(inspection.places)
    return words["photos.unnamed"].format(n=f"{of - named:,}", of=f"{of:,}") if named < of else ""


def short_sentence(cracks: Sequence[Crack], words: Words) -> str:
    """Give how many pieces of a photo are too short for a row, and how long they are together."""
    sizes = [length_size(crack) for crack in cracks if not crack.listed]
    length = f"{sum(size.value for size in sizes):,.0f} {sizes[0].unit}"
    return words["line.short"].format(pieces=counted(words, "short", len(sizes)), length=length)


def short_hint(overview: Overview, words: Words) -> str:
    """Give how many pieces have no row in the table of cracks, and why; "" where all have one."""
    number = sum(row.short for row in overview.inspected)
    return words["table.short"].format(pieces=counted(words, "short", number)) if number else ""


def place_size_text(place: Finding, scale: Scale | None) -> str:
    """Give the sides of a place's box: on the surface where the scale is known."""
    x0, y0, x1, y1 = place.box_xyxy
    if scale is None:
        return f"{x1 - x0:,} × {y1 - y0:,} px"
    return f"{(x1 - x0) / scale.px_per_mm:,.0f} × {(y1 - y0) / scale.px_per_mm:,.0f} mm"


def folder_of(photo: str) -> str:
    """Give the part of a name before its file, on any system's separators."""
    return photo.removesuffix(file_of(photo))


def file_of(photo: str) -> str:
    """Give the file of a photo's name, on any system's separators."""
    return PureWindowsPath(photo).name or photo


def metric_text(value: float) -> str:
    """Give a measured figure; no rounding makes it perfect."""
    return "> 0.999" if 0.9995 <= value < 1 else f"{value:.3f}"


def shortened(text: str, most: int) -> str:
    """Give a text with its middle left out where it is longer than so many characters."""
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 + 3 :]}"
