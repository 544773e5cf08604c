"""Takes the files pytest found; gives, of src/, those with an example, so that torch is not loaded for nothing."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

SRC = Path(__file__).parent / "src"
NEEDS_TORCH = ("import torch", "from torch", "import nncf")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out modules without an example, and where torch is absent those that need it; None leaves it to pytest."""
    if not collection_path.is_relative_to(SRC) or collection_path.suffix != ".py":
        return None
    text = collection_path.read_text(encoding="utf-8")
    needs_torch = any(line in text for line in NEEDS_TORCH)
    return True if ">>>" not in text or (needs_torch and find_spec("torch") is None) else None
