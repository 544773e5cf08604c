"""Takes reports and backups; gives projects made of them, and backups of projects. Inspects nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.projects.exchange.arrived import Arrived
    from cracklens.projects.exchange.backup import back_up
    from cracklens.projects.exchange.importing import import_report
    from cracklens.projects.exchange.restoring import restore
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "arrived": ("Arrived",),
            "backup": ("back_up",),
            "importing": ("import_report",),
            "restoring": ("restore",),
        },
    )

__all__ = ["Arrived", "back_up", "import_report", "restore"]
