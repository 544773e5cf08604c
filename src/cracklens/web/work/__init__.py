"""Takes a project that is served; gives work on it in processes of their own, so that pages do not wait. No route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.web.work.fitting import Fit, Fitting
    from cracklens.web.work.inspecting import Working, working
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "fitting": ("Fit", "Fitting"),
            "inspecting": ("Working", "working"),
        },
    )

__all__ = ["Fit", "Fitting", "Working", "working"]
