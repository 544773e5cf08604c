"""Takes the notebook; gives faults of its form, and what it shows when it is run on a few tiles. Knows no library."""

from __future__ import annotations

import ast
import base64
import re
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "crack_detection.ipynb"
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:home|Users|tmp|var|root|work|opt|mnt|content|usr)/|[A-Z]:\\\\")
LARGEST = 1_500_000
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8"

pytestmark = [
    # Of the kernel's client, not ours: it has no news for who reads a result here.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:jupyter_client.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq.*"),
    pytest.mark.filterwarnings("ignore:Proactor event loop:RuntimeWarning"),
]


def read() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def outputs(cell: Any) -> list[Any]:
    return list(cell.get("outputs", []))


def texts(notebook: Any) -> str:
    """Give all that a notebook's cells print."""
    found = [output for cell in notebook.cells for output in outputs(cell)]
    plain = [str(output.get("data", {}).get("text/plain", "")) for output in found]
    return "\n".join([*(str(output.get("text", "")) for output in found), *plain])


def pictures(cell: Any) -> list[bytes]:
    found = [output.get("data", {}) for output in outputs(cell)]
    return [base64.b64decode(data[kind]) for data in found for kind in ("image/png", "image/jpeg") if kind in data]


def cell_with(notebook: Any, words: str) -> Any:
    """Give the one code cell with these words."""
    (found,) = [cell for cell in notebook.cells if cell.cell_type == "code" and words in cell.source]
    return found


def test_notebook_is_valid_and_small() -> None:
    nbformat.validate(read())
    assert NOTEBOOK.stat().st_size < LARGEST


def test_notebook_code_can_be_parsed() -> None:
    for cell in read().cells:
        if cell.cell_type == "code":
            ast.parse(re.sub(r"^(\s*)%.*$", r"\1pass", cell.source, flags=re.MULTILINE))


def test_notebook_names_no_path_of_a_machine() -> None:
    notebook = read()
    sources = "\n".join(cell.source for cell in notebook.cells)
    assert not MACHINE_PATH.findall(sources + "\n" + texts(notebook))


def test_notebook_is_kept_without_errors_and_in_order() -> None:
    cells = [cell for cell in read().cells if cell.cell_type == "code"]
    assert not [output for cell in cells for output in outputs(cell) if output.output_type == "error"]
    assert not [output for cell in cells for output in outputs(cell) if output.get("name") == "stderr"]
    counts = [cell.execution_count for cell in cells]
    assert counts in ([None] * len(cells), list(range(1, len(cells) + 1))), "clear its outputs, or run all cells once"


@pytest.mark.slow
def test_notebook_runs_on_a_few_tiles(data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("torch")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("CRACKLENS_NOTEBOOK_FAST", "1")
    monkeypatch.setenv("CRACKLENS_DATA", str(data_dir))
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # the folder it works in
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = read()
    client = nbclient.NotebookClient(
        notebook, timeout=None, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parent)}}
    )
    client.execute()  # raises where a cell fails

    said = texts(notebook)
    for words in ("macro avg", "F1", "AUROC", "4,098 weights learn", "loaded again", "have a twin in train"):
        assert words in said
    assert said.count("support") >= 2, "a classification report of each recipe"
    assert any(picture.startswith(PNG) for picture in pictures(cell_with(notebook, '"confusion.png"')))
    assert any(picture.startswith(JPEG) for picture in pictures(cell_with(notebook, "show_heatmaps(photo")))
    assert any(picture.startswith(JPEG) for picture in pictures(cell_with(notebook, "show_samples(own)")))


def test_what_it_prints_of_the_threshold_is_what_frozen_says_today() -> None:
    from cracklens.training.on_card import MOST_THRESHOLD, threshold_rule

    notebook = read()
    printed = texts(notebook)
    (least,) = re.findall(r"FrozenSettings\(least_recall=(0\.\d+)\)", cell_with(notebook, "FrozenSettings(").source)
    assert threshold_rule(float(least)) in " ".join(printed.split())
    (threshold,) = set(re.findall(r"threshold,? (\d\.\d{3})", printed))
    assert float(threshold) <= MOST_THRESHOLD
