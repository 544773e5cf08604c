"""Takes batches of labelled crops; gives a decoder fitted on what the frozen network sees in them, resumable."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cracklens.errors import CheckpointError
from cracklens.files import write_whole
from cracklens.training import Device, device_there
from cracklens.training.crackmap.decoder import STRIDE, Decoder, as_input
from cracklens.training.crackmap.source import CRACK, LINE, OTHER, UNSURE, Mixed
from cracklens.training.crackmap.taps import Taps

OTHER_WEIGHT = 0.1
"""In the map of lines, of ground that may have lines nobody has marked."""

DICE_SHARE, LINE_SHARE = 0.5, 0.4
"""Of the overlap and of the map of lines in what is made small, against 1 for the cross-entropy of cracks."""

WARM_STEPS = 100
WEIGHT_DECAY = 1e-4


@dataclass(frozen=True)
class MapFit:
    """How long and how fast a decoder is fitted.

    Attributes:
        steps: batches.
        rate: of AdamW, at its highest; it falls along half a cosine.
        seed: of the first weights.
        save_every: steps between two saved states.
        bfloat16: multiply in 16 bits, with float32 weights: twice as fast where the CPU can; not on a GPU that cannot.
        device: what the decoder's steps run on, see `device_there`. The frozen network runs on the CPU, as it is used.
        dice_share: of the overlap of cracks in what is made small, beside 1 for their cross-entropy.
    """

    steps: int
    rate: float = 2e-3
    seed: int = 0
    save_every: int = 100
    bfloat16: bool = True
    device: Device = "auto"
    dice_share: float = DICE_SHARE


Told = Callable[[int, int, float], None]
"""Called with (done, of all) steps and the smoothed loss."""


def fit_decoder(
    source: Mixed,
    taps: Taps,
    *,
    settings: MapFit,
    state: Path,
    start: Decoder | None = None,
    told: Told | None = None,
) -> Decoder:
    """Give a decoder with averaged weights, fitted on batches that the frozen network has read.

    Args:
        source: of the batches.
        taps: the frozen network.
        settings: how long.
        state: a file that is written every hundred steps and gone on from.
        start: a decoder to go on from; None begins afresh.
        told: hears of the progress.

    Raises:
        SettingError: a GPU is asked for and there is none.
        CheckpointError: the state is damaged.
    """
    device = torch.device(device_there(settings.device))
    torch.manual_seed(settings.seed)
    decoder = Decoder()
    if start is not None:
        decoder.load_state_dict(start.state_dict())
    decoder = decoder.to(device).to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(decoder.parameters(), settings.rate, weight_decay=WEIGHT_DECAY)
    averaged = {name: value.clone() for name, value in decoder.state_dict().items()}
    first, smooth = 0, 0.0
    if state.exists():
        first, smooth, averaged = _resumed(state, decoder, optimiser)
    for step in range(first, settings.steps):
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * _pace(step, settings.steps)
        loss = batch_loss(decoder, taps, *source.batch(step), settings)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        _average(averaged, decoder, step)
        smooth = loss.item() if step == 0 else 0.98 * smooth + 0.02 * loss.item()
        if (step + 1) % settings.save_every == 0 or step + 1 == settings.steps:
            _save(state, step + 1, smooth, averaged, decoder, optimiser)
        if told:
            told(step + 1, settings.steps, smooth)
    decoder.load_state_dict(averaged)
    return decoder.cpu().eval()


def _pace(step: int, steps: int) -> float:
    """Give the share of the highest rate: a short rise, then half a cosine down to a hundredth."""
    return min(1.0, (step + 1) / WARM_STEPS) * (0.5 * (1 + math.cos(math.pi * step / steps)) + 0.01)


def batch_loss(
    decoder: Decoder, taps: Taps, pixels: NDArray[np.uint8], labels: NDArray[np.uint8], settings: MapFit
) -> Tensor:
    """Give the loss of a batch, on the decoder's device: what the frozen network reads on the CPU is taken there."""
    device = next(decoder.parameters()).device
    maps = {tap: of.to(device) for tap, of in taps(np.ascontiguousarray(pixels)).items()}
    seen = as_input(torch.from_numpy(pixels).to(device)).contiguous(memory_format=torch.channels_last)
    able = device.type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=settings.bfloat16 and able):
        crack, line = decoder(seen, maps)
    return map_loss(crack.float(), line.float(), torch.from_numpy(labels).to(device), dice_share=settings.dice_share)


def map_loss(crack: Tensor, line: Tensor, labels: Tensor, *, dice_share: float = DICE_SHARE) -> Tensor:
    """Give what is made small: cross-entropy of each px and overlap of the cracks, cross-entropy of the lines.

    Args:
        crack: (N, H, W) logits.
        line: (N, H / 4, W / 4) logits.
        labels: (N, H, W) uint8 of the values in `source`.
        dice_share: of the overlap.
    """
    is_crack, care = (labels == CRACK).float(), (labels != UNSURE).float()
    each = functional.binary_cross_entropy_with_logits(crack, is_crack, reduction="none")
    entropy = (each * care).mean()
    found = torch.sigmoid(crack) * care
    overlap = (2 * (found * is_crack).sum() + 1) / (found.sum() + is_crack.sum() + 1)
    is_line, other = (
        functional.max_pool2d((labels == value).float()[:, None], STRIDE)[:, 0] for value in (LINE, OTHER)
    )
    weight = 1 - (1 - OTHER_WEIGHT) * other * (1 - is_line)
    lines = (functional.binary_cross_entropy_with_logits(line, is_line, reduction="none") * weight).mean()
    return entropy + dice_share * (1 - overlap) + LINE_SHARE * lines


def _average(averaged: dict[str, Tensor], decoder: Decoder, step: int) -> None:
    """Move, in place, averaged weights towards those of now; early ones are forgotten faster."""
    kept = min(0.999, (step + 1) / (step + 20))
    with torch.no_grad():
        for name, value in decoder.state_dict().items():
            if value.dtype.is_floating_point:
                averaged[name].mul_(kept).add_(value, alpha=1 - kept)
            else:
                averaged[name].copy_(value)


def _save(path: Path, step: int, smooth: float, averaged: dict[str, Tensor], decoder: Decoder, optimiser: Any) -> None:
    packed = BytesIO()
    state = {"decoder": decoder.state_dict(), "optimiser": optimiser.state_dict(), "averaged": averaged}
    torch.save({"step": step, "smooth": smooth, **state}, packed)
    write_whole(path, packed.getvalue())


def _resumed(path: Path, decoder: Decoder, optimiser: Any) -> tuple[int, float, dict[str, Tensor]]:
    """Give step, loss and averaged weights of a state; sets those of the decoder and the optimiser, in place."""
    state, device = read_state(path), next(decoder.parameters()).device
    decoder.load_state_dict(state["decoder"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"], state["smooth"], {name: value.to(device) for name, value in state["averaged"].items()}


def read_state(path: Path) -> dict[str, Any]:
    """Give what a fit has saved, on the CPU, whatever device it ran on.

    Raises:
        CheckpointError: damaged, or with code.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return {**state, "step": int(state["step"])}
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, TypeError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path}: the file is damaged ({error}). Start anew in another folder.") from error
