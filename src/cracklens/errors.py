"""Takes nothing; gives every error that cracklens raises on purpose. Knows nothing of the rooms that raise them.

```text
CracklensError            one sentence: what was expected, what came, what to do; exit code 1
├── SettingError          an option or argument outside its range
├── PhotoError            a file that cannot be read as a photo
├── CheckpointError       a checkpoint that is missing, damaged, of another version or for another backbone
├── DataError             labelled data that cannot be trained or evaluated on
├── OutputError           a report or checkpoint that cannot be written
├── ProjectError          a project that cannot be opened, or what it does not hold
│   └── ConflictError     a change that came too late: somebody else has changed the same
└── MissingExtraError     an installable part that is not installed; names the command that installs it
```
"""

from __future__ import annotations


class CracklensError(Exception):
    """An error with a sentence for the user; everything below is one."""


class SettingError(CracklensError):
    """An option or argument is outside its range."""


class PhotoError(CracklensError):
    """A file cannot be read as a photo."""


class CheckpointError(CracklensError):
    """A checkpoint is missing, damaged, of another version or made for another backbone."""


class DataError(CracklensError):
    """Labelled data cannot be trained or evaluated on."""


class OutputError(CracklensError):
    """A report or checkpoint cannot be written."""


class ProjectError(CracklensError):
    """A project cannot be opened, or does not hold what was asked for."""


class ConflictError(ProjectError):
    """A change came too late: somebody else has changed the same in the meantime."""


class MissingExtraError(CracklensError):
    """A part of cracklens is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        """Name the missing package and the extra that brings it."""
        how = f"pip install 'cracklens[{extra}]', or in a checkout: pip install -e '.[{extra}]'"
        super().__init__(f"This needs {package}, which is not installed. Run: {how}")
