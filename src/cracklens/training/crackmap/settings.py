"""Takes nothing; gives how the recipe `crackmap` runs, with a reason for each default. Loads no torch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, get_args

from cracklens.errors import SettingError
from cracklens.labels.masks import MaskSettings
from cracklens.models import SMALL_DETECTOR
from cracklens.training import Device

AFTER = ("least_agreement", "float_network")
"""Settings of what is made of the weights: a run whose INT8 form was refused goes on with others."""


@dataclass(frozen=True)
class CrackMapSettings:
    """How the recipe `crackmap` runs.

    Attributes:
        masks: how labels become masks.
        detector: whose head is taken along and whose crack map is gone on from: a bundled name or a checkpoint folder.
            The default detector's head was fitted with its crack map and fits no other.
        steps: batches; ≥ 1.
        batch: crops of a step, ≥ 1; half of them are laid around a crack.
        learning_rate: at its highest, above 0; a fifth of that of a decoder that begins afresh.
        side_px: of a crop, a multiple of 32, ≥ 64; that of the shipped decoder.
        val_share: of the photos, where the data gives no splits; above 0, below 1.
        least_agreement: mean Dice that the INT8 form must have with the float one on val, 0-1.
        float_network: write the float form in place of an INT8 one: slower, for decoders that INT8 changes.
        seed: of the split where the data gives none, the crops and their light.
        name: of the crack map; None takes the data's.
        device: what the decoder's steps run on, "auto" a GPU where torch can use one; it may differ when the run goes
            on. The frozen network runs on the CPU, as the one that is shipped.
    """

    masks: MaskSettings = field(default_factory=MaskSettings)
    detector: str = SMALL_DETECTOR
    steps: int = 600
    batch: int = 8
    learning_rate: float = 4e-4
    side_px: int = 384
    val_share: float = 0.2
    least_agreement: float = 0.95
    float_network: bool = False
    seed: int = 0
    name: str | None = None
    device: Device = "auto"

    def __post_init__(self) -> None:
        """Refuse what cannot be run; all faults at once."""
        least = {"steps": 1, "batch": 1, "seed": 0, "side_px": 64}
        faults = [
            f"{name} must be ≥ {low}; got {getattr(self, name)}"
            for name, low in least.items()
            if getattr(self, name) < low
        ]
        if self.side_px % 32:
            faults.append(f"side_px must be a multiple of 32; got {self.side_px}")
        if not 0 < self.learning_rate < math.inf:
            faults.append(f"learning_rate must be above 0; got {self.learning_rate}")
        if not 0 < self.val_share < 1:
            faults.append(f"val_share must be above 0 and below 1; got {self.val_share}")
        if not 0 <= self.least_agreement <= 1:
            faults.append(f"least_agreement must be 0-1; got {self.least_agreement}")
        if self.device not in get_args(Device):
            faults.append(f"device must be one of {', '.join(get_args(Device))}; got {self.device!r}")
        if faults:
            raise SettingError(f"{'; '.join(faults)}. Leave an option out for its default.")

    def recipe(self) -> dict[str, Any]:
        """Give every setting as JSON has it."""
        whole = asdict(self)
        whole["masks"]["images"] = None if self.masks.images is None else str(self.masks.images)
        return whole

    def learning(self) -> dict[str, Any]:
        """Give every setting that the weights depend on; the others may be changed when a run goes on.

        Where the photos lie is none of them: their masks' hash says whether they are the same.
        """
        whole = {name: value for name, value in self.recipe().items() if name not in (*AFTER, "device")}
        whole["masks"].pop("images")
        return whole
