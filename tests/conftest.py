"""Takes nothing; gives the folders of real photos, and the settings of hypothesis. Knows nothing of what is tested."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from filelock import FileLock

REPO = Path(__file__).parents[1]

# No deadline, since a busy core is no fault of the code; no database and no chance, so that two runs are one.
hypothesis.settings.register_profile("repeatable", deadline=None, database=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("repeatable")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what reads the real photos as `real`, so that no test can forget it."""
    for item in items:
        if {"data_dir", "sample_dir"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Give what makes a folder by its name, once for all processes of a run; not to be changed by those who get it."""
    own = tmp_path_factory.getbasetemp()
    root = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "once"
    root.mkdir(exist_ok=True)

    def made(name: str, make: Callable[[Path], object]) -> Path:
        whole = root / f"{name}.whole"
        with FileLock(root / f"{name}.lock"):
            if not whole.exists():
                make(root / name)
                whole.touch()
        return root / name

    return made


@pytest.fixture(scope="session")
def repo_dir() -> Path:
    """Give the root of the repository."""
    return REPO


@pytest.fixture(scope="session")
def sample_dir() -> Path:
    """Give the small real sample, which is everywhere, laid out as docs/data.md says. Not to be written to."""
    return REPO / "tests" / "data" / "real"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Give the folder that docs/data.md describes, where the small sample is not enough.

    Skip aloud where it is absent, fail where it must be there.
    """
    folder = Path(os.environ.get("CRACKLENS_DATA") or REPO.parent / "shared" / "data")
    if folder.is_dir():
        return folder.resolve()
    reason = "real photos are needed: expected ../shared/data or $CRACKLENS_DATA, see docs/data.md"
    if os.environ.get("CRACKLENS_REQUIRE_DATA") == "1":
        pytest.fail(f"{reason}; CRACKLENS_REQUIRE_DATA is 1", pytrace=False)
    pytest.skip(reason)
