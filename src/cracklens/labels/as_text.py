"""Takes what was found in data; gives it as text for a terminal, or as JSON for a program. Opens no file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from cracklens.labels.check import CheckResult, SameGroup
from cracklens.report.words import left_out_text
from cracklens.visible import visible, visible_json

MAX_LISTED = 10
WEIGHTS = {"stops": "stops training", "flatters": "flatters the figures", "look": "worth a look"}


def check_text(result: CheckResult) -> str:
    """Give what was found, a line a fact, with a line feed at the end of each."""
    sizes = [f"{size.width_px} x {size.height_px} px ({size.pictures:,})" for size in result.sizes[:3]]
    more = f", {len(result.sizes) - 3} more sizes" if len(result.sizes) > 3 else ""
    lines = [
        f"{result.name}: {len(result.pictures):,} pictures, {', '.join(sizes) or 'none readable'}{more}",
        *_count_lines(result.counts),
        f"  {'duplicates':<12}{result.surplus_exact:,} exact, {result.surplus_near:,} near",
        f"  {'splits':<12}{result.split_rule or 'none given'}",
    ]
    lines += [f"  {WEIGHTS[problem.weight]}: {visible(problem.sentence)}" for problem in result.problems]
    lines += _listed("cannot be read", [visible(f"{of.photo}: {left_out_text(of)}") for of in result.unreadable])
    lines += _listed("both labels", [_group_line(group) for group in result.same if group.disagrees])
    lines += _listed("on both sides", [_group_line(group) for group in result.same if group.leaks])
    lines += [] if result.problems else ["  nothing stands in the way of training"]
    return "\n".join(lines) + "\n"


def split_text(counts: dict[str, dict[str, int]], rule: str | None) -> str:
    """Give the counts of a split and its rule for a terminal."""
    return "\n".join([*_count_lines(counts), f"  rule        {rule}"]) + "\n"


def check_json(result: CheckResult) -> str:
    """Give what was found as JSON: facts, problems, every unreadable file, every group of duplicates."""
    whole = {
        "name": result.name,
        "pictures": len(result.pictures),
        "counts": result.counts,
        "sizes": [asdict(size) for size in result.sizes],
        "unreadable": [{"file": of.photo, "reason": left_out_text(of)} for of in result.unreadable],
        "duplicates": {
            "surplus_exact": result.surplus_exact,
            "surplus_near": result.surplus_near,
            "groups": [asdict(group) | {"disagrees": group.disagrees, "leaks": group.leaks} for group in result.same],
        },
        "split_rule": result.split_rule,
        "leaking": result.leaking,
        "problems": [asdict(problem) for problem in result.problems],
        "sound": result.sound,
    }
    return visible_json(json.dumps(whole, indent=2, ensure_ascii=False)) + "\n"


def _count_lines(counts: dict[str, dict[str, int]]) -> list[str]:
    lines = []
    for row, of in counts.items():
        share = 100 * of["cracked"] / max(1, sum(of.values()))
        lines.append(f"  {row:<12}{of['cracked']:>7,} cracked {of['intact']:>7,} intact  ({share:.1f} % cracked)")
    return lines


def _group_line(group: SameGroup) -> str:
    return " = ".join(
        f"{visible(picture.file)} ({', '.join(filter(None, (picture.label, picture.split)))})"
        for picture in group.pictures
    )


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    more = [f"    and {len(lines) - MAX_LISTED:,} more; --html and --json show all"] if len(lines) > MAX_LISTED else []
    return [f"  {title}:", *(f"    {line}" for line in lines[:MAX_LISTED]), *more] if lines else []
