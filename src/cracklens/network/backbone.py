"""Takes windows of pixels; gives feature maps, by OpenVINO on the CPU or torch on the GPU. Knows nothing of cracks."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cracklens.errors import CheckpointError, MissingExtraError, SettingError
from cracklens.models import FLOAT_BACKBONE, INT8_BACKBONE
from cracklens.network.taps import with_crack_map
from cracklens.network.windows import check_windows
from cracklens.values import Backbone, FeatureMaps

Device = Literal["cpu", "cuda", "torch-cpu"]
BUNDLED_NAME = "ResNet50 v1, ImageNet, INT8"
DEVICES: tuple[Device, ...] = ("cpu", "cuda", "torch-cpu")


def open_backbone(
    device: Device = "cpu", *, threads: int | None = None, crack_map: Path | None = None, maps_alone: bool = False
) -> Backbone:
    """Give the bundled backbone for a device.

    Args:
        device: "cpu" is the INT8 network in OpenVINO; "cuda" the float network in torch; "torch-cpu" the same without
            a GPU, as a reference.
        threads: CPU threads of the network; None takes all cores.
        crack_map: `.xml` of a decoder that is joined to the INT8 network; the float one gives no crack map.
        maps_alone: the crack map is all that is read; the feature maps have no channels.

    Raises:
        SettingError: an unknown device, or a GPU that is not there.
        MissingExtraError: torch is asked for and not installed.
    """
    if device not in DEVICES:
        raise SettingError(f"device must be one of {', '.join(DEVICES)}; got {device!r}. Leave it out for the CPU.")
    if device == "cpu":
        return OpenVinoBackbone(INT8_BACKBONE, threads=threads, crack_map=crack_map, maps_alone=maps_alone)
    try:
        from cracklens.network.backbone_torch import TorchBackbone
    except ImportError as error:
        raise MissingExtraError("torch", "train") from error
    return TorchBackbone(FLOAT_BACKBONE, device=device.removeprefix("torch-"))


def open_own_backbone(
    network: Path, *, name: str, device: Device = "cpu", threads: int | None = None
) -> OpenVinoBackbone:
    """Give the backbone that a checkpoint brings itself.

    Args:
        network: its `.xml`, the `.bin` beside it.
        name: how reports call it.
        device: "cpu"; the bundled float network does not stand for it.
        threads: CPU threads of the network; None takes all cores.

    Raises:
        SettingError: another device.
    """
    if device != "cpu":
        raise SettingError(f"A checkpoint with its own network runs on device cpu; got {device!r}. Leave device out.")
    return OpenVinoBackbone(network, name=name, threads=threads)


class OpenVinoBackbone:
    """The INT8 network on the CPU. One inference at a time: it uses all its threads on each window."""

    def __init__(
        self,
        path: Path,
        *,
        name: str = BUNDLED_NAME,
        threads: int | None = None,
        crack_map: Path | None = None,
        maps_alone: bool = False,
    ) -> None:
        """Remember the network's `.xml` and that of a crack map's decoder; read and compiled at the first window."""
        self.name = name
        self._path = path
        self._threads = threads
        self._crack_map = crack_map
        self._maps_alone = maps_alone

    @cached_property
    def hash(self) -> str:
        """SHA-256 over the network's structure and weights; a crack map's decoder changes neither layer3 nor layer4."""
        try:
            parts = self._path.read_bytes(), self._path.with_suffix(".bin").read_bytes()
        except OSError as error:
            expected = "expected an OpenVINO network, .xml and .bin"
            raise CheckpointError(f"{self._path}: {expected} ({error.strerror}). Install cracklens again.") from error
        return hashlib.sha256(b"".join(parts)).hexdigest()

    @cached_property
    def _network(self) -> Any:
        import openvino

        settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        if self._threads is not None:
            settings["INFERENCE_NUM_THREADS"] = self._threads
        core = openvino.Core()
        if self._crack_map is None:
            return core.compile_model(self._path, "CPU", settings)
        network, decoder = core.read_model(self._path), core.read_model(self._crack_map)
        return core.compile_model(with_crack_map(network, decoder, maps_alone=self._maps_alone), "CPU", settings)

    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        """Give the feature maps of windows (N, H, W, 3) uint8 RGB; H and W are multiples of 32.

        Raises:
            SettingError: another shape or dtype.
        """
        check_windows(windows)
        outputs = self._network(windows)
        crack, line = (None, None) if self._crack_map is None else (outputs["crack"], outputs["line"])
        if self._maps_alone:
            n, height, width, _ = windows.shape
            none = [np.zeros((n, 0, height // stride, width // stride), np.float32) for stride in (16, 32)]
            return FeatureMaps(none[0], none[1], crack, line)
        return FeatureMaps(outputs["layer3"], outputs["layer4"], crack, line)

    def release(self) -> None:
        """Give back the memory that is kept for the next window: 0.23 GB after one of 2,560 px."""
        self._network.release_memory()
