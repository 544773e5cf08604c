"""Takes the public names; gives faults of what a user of the library sees first."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from typing import get_origin

import pytest

import cracklens

DOCUMENTED = [name for name in cracklens.__all__ if get_origin(getattr(cracklens, name)) is None]


def test_public_names_are_few_and_sorted() -> None:
    assert len(cracklens.__all__) <= 20
    order = sorted(cracklens.__all__, key=lambda name: (not name[0].isupper(), name))
    assert cracklens.__all__ == order


@pytest.mark.parametrize("name", cracklens.__all__)
def test_public_name_loads(name: str) -> None:
    namespace: dict[str, object] = {}
    exec(f"from cracklens import {name}", namespace)  # noqa: S102 the statement is under test
    assert namespace[name] is getattr(cracklens, name)


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if hasattr(getattr(cracklens, name), "__doc__")])
def test_public_name_is_documented(name: str) -> None:
    text = inspect.getdoc(getattr(cracklens, name)) or ""
    first = text.splitlines()[0] if text else ""
    assert re.fullmatch(r"[A-Z].{10,}\.", first), f"{name}: {first!r}"


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if inspect.isfunction(getattr(cracklens, name))])
def test_public_functions_are_typed_and_take_few_positions(name: str) -> None:
    signature = inspect.signature(getattr(cracklens, name))
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    assert kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD) <= 1
    assert inspect.Parameter.VAR_KEYWORD not in kinds
    assert signature.return_annotation is not inspect.Signature.empty


def test_a_name_that_is_not_public_is_an_attribute_error_that_lists_them() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'Dectector'; it has .*Detector"):
        _ = cracklens.Dectector  # type: ignore[attr-defined]


def test_dir_lists_public_names() -> None:
    assert {*cracklens.__all__, "__version__"} <= set(dir(cracklens))


def test_python_m_runs_without_a_warning() -> None:
    code = "import cracklens; print(cracklens.__version__)"
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == cracklens.__version__
    assert run.stderr == ""
