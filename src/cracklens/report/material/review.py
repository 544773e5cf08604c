"""Takes nothing; gives what people said of the lines in a report, for its writers. Knows no project and no page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from cracklens.report.cracks import Crack
from cracklens.report.words import Words

Reason = Literal["joint", "edge", "stain", "shadow", "cable", "plant", "writing", "other"]
"""What a rejected line is; the words stand in the catalogue under "reason"."""


@dataclass(frozen=True)
class Verdict:
    """What a person said of one line.

    Attributes:
        decision: that it is a crack, or none.
        reason: what a rejected line is, as a code.
        severity, element, note: in the person's own words; "" where nothing was said.
        by: who decided; "" of local use without accounts.
        at: when, "YYYY-MM-DDTHH:MM:SSZ".
    """

    decision: Literal["confirmed", "rejected"]
    reason: str = ""
    severity: str = ""
    element: str = ""
    note: str = ""
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class Rejected:
    """A line that a person says is no crack.

    Attributes:
        photo: its photo's name.
        crack: what was measured.
        verdict: of it.
    """

    photo: str
    crack: Crack
    verdict: Verdict


@dataclass(frozen=True)
class Signature:
    """Who signs a report.

    Attributes:
        name, role, date: as they are to stand there; the date is YYYY-MM-DD.
        revision: of the project, from 1.
        state_sha256: of all that the project held then.
        drawn_png: the signature as a picture; b"" where the name is typed.
    """

    name: str
    role: str
    date: str
    revision: int
    state_sha256: str
    drawn_png: bytes = b""


@dataclass(frozen=True)
class Review:
    """What people said of all photos of a report.

    Attributes:
        verdicts: of the cracks in it, by id.
        rejected: lines that are no cracks, in the order of the photos.
        undecided: how many lines nobody has decided on.
        not_gone_through: how many inspected photos nobody was done with.
        signature: None of a draft.
    """

    verdicts: Mapping[str, Verdict] = field(default_factory=lambda: MappingProxyType({}))
    rejected: tuple[Rejected, ...] = ()
    undecided: int = 0
    not_gone_through: int = 0
    signature: Signature | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """All that people wrote, to find fonts for it."""
        verdicts = (*self.verdicts.values(), *(of.verdict for of in self.rejected))
        said = [text for of in verdicts for text in (of.severity, of.element, of.note, of.by)]
        signed = (self.signature.name, self.signature.role) if self.signature else ()
        return (*dict.fromkeys(said), *(of.photo for of in self.rejected), *signed)

    def verdict_of(self, crack: Crack) -> Verdict | None:
        """Give what was said of a crack; None where nothing was."""
        return self.verdicts.get(crack.id)


def verdict_text(crack: Crack, verdict: Verdict, words: Words) -> str:
    """Give what a person said of a line, in a line."""
    by = words["review.by"].format(who=verdict.by) if verdict.by else ""
    hand = words["review.by_hand"] if crack.trace.by_hand else ""
    reason = words[f"reason.{verdict.reason}"] if verdict.decision == "rejected" else ""
    decided = words["review.rejected" if verdict.decision == "rejected" else "review.confirmed"]
    what = ", ".join(filter(None, (decided, reason, hand)))
    said = [f"{what} {by}".strip() + (f", {day_of(verdict)}" if verdict.at else "")]
    named = {"review.severity": verdict.severity, "review.element": verdict.element, "review.note": verdict.note}
    said += [words[name].format(text=text) for name, text in named.items() if text]
    return ". ".join(part.rstrip(".") for part in said) + "."


def day_of(verdict: Verdict) -> str:
    """Give when a person decided, to the minute, in UTC."""
    return f"{verdict.at[:10]} {verdict.at[11:16]} UTC"


def review_notes(review: Review | None, words: Words) -> tuple[str, ...]:
    """Give what a reader must know of a review that is not complete, a sentence each; nothing of one that is."""
    if review is None:
        return ()
    undecided = words["review.undecided_one" if review.undecided == 1 else "review.undecided_many"]
    left_out = words["review.not_gone_through_one" if review.not_gone_through == 1 else "review.not_gone_through_many"]
    counts = ((undecided, review.undecided), (left_out, review.not_gone_through))
    left = [text.format(n=f"{n:,}") for text, n in counts if n]
    return (*left, *(() if review.signature else (words["review.draft"],)))
