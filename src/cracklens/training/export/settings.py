"""Takes nothing; gives how a checkpoint is exported, with a reason for each default. Loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from cracklens.errors import SettingError
from cracklens.training.nets import FLOAT, MOST_FLIPPED

Format = Literal["openvino", "onnx"]


@dataclass(frozen=True)
class ExportSettings:
    """How a checkpoint is exported.

    Attributes:
        format: "openvino" is the INT8 network the detector runs; "onnx" the float one.
        most_flipped: share of val tiles, 0-1, whose decision may differ from torch's.
        limit: compare so many val tiles, drawn with seed 0; None compares all.
        float_network: of "openvino", the float network: some 3 times slower, for nets that INT8 changes.
        crack_map: which pixels are crack, too: a second network beside a checkpoint's own, as in the detector.
    """

    format: Format = "openvino"
    most_flipped: float = MOST_FLIPPED
    limit: int | None = None
    float_network: bool = False
    crack_map: bool = True

    @property
    def form(self) -> str:
        """What is exported, in words."""
        return f"{FLOAT} openvino" if self.float_network and self.format == "openvino" else self.format

    def __post_init__(self) -> None:
        """Refuse what cannot be done; all faults at once."""
        faults = []
        if self.format not in get_args(Format):
            faults.append(f"format must be one of {', '.join(get_args(Format))}; got {self.format!r}")
        if not 0 <= self.most_flipped <= 1:
            faults.append(f"most_flipped must be 0-1; got {self.most_flipped}")
        if self.limit is not None and self.limit < 1:
            faults.append(f"limit must be ≥ 1; got {self.limit}")
        if faults:
            raise SettingError(f"{'; '.join(faults)}. Leave an option out for its default.")
