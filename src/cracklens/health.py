"""Takes nothing; gives the state of this installation: versions, CPU, extras, a self-test. Changes nothing."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from cracklens.detector import Detector
from cracklens.drawn import draw_wall

BASE = ("cracklens", "numpy", "scipy", "pillow", "openvino", "scikit-learn", "safetensors")
EXTRAS = {
    "train": ("torch", "torchvision", "lightning", "torchmetrics", "nncf", "onnx"),
    "plots": ("matplotlib",),
    "get": ("requests", "kagglehub"),
}
SELF_TEST_SEED = 7


def examine() -> dict[str, dict[str, Any]]:
    """Give versions, machine, extras and the result of a self-test on a drawn wall, by section."""
    return {
        "versions": {"python": platform.python_version(), **{name: _version(name) or "missing" for name in BASE}},
        "machine": _machine(),
        "extras": {name: _extra(name, packages) for name, packages in EXTRAS.items()},
        "self-test": self_test(),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _extra(name: str, packages: tuple[str, ...]) -> str:
    found = {package: _version(package) for package in packages}
    if all(found.values()):
        return ", ".join(f"{package} {of}" for package, of in found.items())
    return f"not installed: pip install 'cracklens[{name}]', or in a checkout: pip install -e '.[{name}]'"


def _machine() -> dict[str, Any]:
    import openvino

    core = openvino.Core()
    return {
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "cpu": core.get_property("CPU", "FULL_DEVICE_NAME"),
        "fast number formats": ", ".join(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")),
    }


def self_test() -> dict[str, Any]:
    """Inspect a drawn wall with a crack and one without, and give their scores and the speed.

    Passed means that the crack scores over the detector's threshold and over the wall without one.
    """
    detector = Detector.load()
    cracked, intact = (
        draw_wall((512, 512), widths_px=widths, seed=SELF_TEST_SEED).as_photo() for widths in ((6.0,), ())
    )
    started = time.perf_counter()
    high, low = detector.score(cracked).peak, detector.score(intact).peak
    return {
        "passed": bool(high >= detector.card.threshold and high > low),
        "score of a drawn crack": round(high, 3),
        "score of a drawn intact wall": round(low, 3),
        "seconds for two 512 px photos": round(time.perf_counter() - started, 2),
    }
