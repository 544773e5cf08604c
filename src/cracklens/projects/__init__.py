"""Takes photos of a structure and what people decide about their cracks; gives a folder that keeps both. No pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.projects.history import undo
    from cracklens.projects.intake import TakenIn, take_in, take_in_all
    from cracklens.projects.lines import draw, join, move, part, remove, snap
    from cracklens.projects.project import Project, detector_of
    from cracklens.projects.queue import Job, Progress, progress, try_again
    from cracklens.projects.reporting import Held, held, report_of
    from cracklens.projects.review import (
        be_done_with,
        decide,
        describe_crack,
        describe_photo,
        describe_project,
        like_photo,
        set_lists,
        set_scale,
    )
    from cracklens.projects.settings import set_threshold
    from cracklens.projects.signing import Signed, Signing, sign, signatures
    from cracklens.projects.work import work_off
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "history": ("undo",),
            "intake": (
                "TakenIn",
                "take_in",
                "take_in_all",
            ),
            "lines": (
                "draw",
                "join",
                "move",
                "part",
                "remove",
                "snap",
            ),
            "project": (
                "Project",
                "detector_of",
            ),
            "queue": (
                "Job",
                "Progress",
                "progress",
                "try_again",
            ),
            "reporting": (
                "Held",
                "held",
                "report_of",
            ),
            "review": (
                "be_done_with",
                "decide",
                "describe_crack",
                "describe_photo",
                "describe_project",
                "like_photo",
                "set_lists",
                "set_scale",
            ),
            "settings": ("set_threshold",),
            "signing": (
                "Signed",
                "Signing",
                "sign",
                "signatures",
            ),
            "work": ("work_off",),
        },
    )

__all__ = [
    "Held",
    "Job",
    "Progress",
    "Project",
    "Signed",
    "Signing",
    "TakenIn",
    "be_done_with",
    "decide",
    "describe_crack",
    "describe_photo",
    "describe_project",
    "detector_of",
    "draw",
    "held",
    "join",
    "like_photo",
    "move",
    "part",
    "progress",
    "remove",
    "report_of",
    "set_lists",
    "set_scale",
    "set_threshold",
    "sign",
    "signatures",
    "snap",
    "take_in",
    "take_in_all",
    "try_again",
    "undo",
    "work_off",
]
