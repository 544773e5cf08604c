"""Takes measured figures and bars; gives result rows that say by themselves whether a bar holds. Measures nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cracklens.models import DEFAULT_DETECTOR

Sense = Literal["≥", "≤"]
DataKind = Literal["whole", "sample", "limited", "none"]
Split = Literal["val", "test"]


@dataclass(frozen=True)
class Settings:
    """How a benchmark is run.

    Attributes:
        split: the split that is measured; "val" while the detector is still being changed.
        limit: a smoke run on this many tiles or photos; None takes all.
        detector: name or folder of the checkpoint.
    """

    split: Split = "test"
    limit: int | None = None
    detector: str = DEFAULT_DETECTOR

    @property
    def publishable(self) -> bool:
        """Whether what is measured may be written to results.json."""
        return self == Settings()


@dataclass(frozen=True)
class Bar:
    """What a row must reach.

    Attributes:
        row: name of the row.
        sense: "≥" at least, "≤" at most.
        limit: the bar.
        unit: of value and bar; "" for a plain number.
    """

    row: str
    sense: Sense
    limit: float
    unit: str = ""

    def result(self, value: float, *, n: int, **rest: Any) -> Result:
        """Give the row of a measured value; `rest` are fields of `Result`."""
        return Result(self.row, float(value), n, bar=self.limit, sense=self.sense, unit=self.unit, **rest)

    def __str__(self) -> str:
        """Give the bar as text."""
        return f"{self.row} {self.sense} {self.limit:g}{_unit(self.unit)}"


@dataclass(frozen=True)
class Result:
    """One measured figure.

    Attributes:
        name: of the row.
        value: the figure.
        n: of tiles, cells or repeats, as the note says.
        bar: what it must reach; None for a row that only informs.
        sense: whether the bar is a least or a most.
        unit: of value and bar.
        interval: 95 % interval; None without one.
        sides: both sides of a ratio, or the parts of the figure, by name.
        data: the whole set, the sample of it, a limited smoke run, or no labelled data.
        split: measured; None without labelled data.
        note: how it was measured.
    """

    name: str
    value: float
    n: int
    bar: float | None = None
    sense: Sense = "≥"
    unit: str = ""
    interval: tuple[float, float] | None = None
    sides: Mapping[str, float] = field(default_factory=dict)
    data: DataKind = "none"
    split: Split | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the value reaches its bar; None without a bar. A value that is no number reaches none."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.sense == "≥" else self.value <= self.bar

    def as_json(self) -> dict[str, Any]:
        """Give the row as JSON holds it."""
        parts = {name: getattr(self, name) for name in ("name", "value", "unit", "bar", "sense", "holds", "n")}
        interval = list(self.interval) if self.interval else None
        return {**parts, "interval": interval, "sides": dict(self.sides), **self._provenance()}

    def _provenance(self) -> dict[str, Any]:
        return {"data": self.data, "split": self.split, "note": self.note}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Result:
        """Read a row.

        Raises:
            ValueError: its `holds` is not what value and bar give: somebody wrote it by hand.
        """
        fields = {name: value for name, value in raw.items() if name != "holds"}
        interval = tuple(raw["interval"]) if raw["interval"] else None
        row = cls(**{**fields, "interval": interval})
        if row.holds != raw["holds"]:
            raise ValueError(f"{row.name}: holds must be {row.holds}, computed; got {raw['holds']}. Measure it again.")
        return row


@dataclass(frozen=True)
class Benchmark:
    """One thing that is measured.

    Attributes:
        name: of the command.
        what: is measured, in words.
        bars: of its rows; empty where it only informs.
        run: measures it.
        split: its rows in results.json are of; val where what is measured is how something was made.
    """

    name: str
    what: str
    bars: tuple[Bar, ...]
    run: Callable[[Settings], Sequence[Result]]
    split: Split = "test"


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def number(value: float, unit: str = "") -> str:
    """Give a figure with as many digits as a reader needs.

    Example:
        >>> number(0.998488), number(14628.0), number(31.4, "times")
        ('0.99849', '14628', '31.4 times')
    """
    text = f"{value:.0f}" if float(value).is_integer() or abs(value) >= 10_000 else f"{value:.5g}"
    return text + _unit(unit)
