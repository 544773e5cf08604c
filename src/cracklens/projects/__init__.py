"""Takes photos of a structure and what people decide about their cracks; gives a folder that keeps both. No pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.projects.intake import TakenIn, take_in, take_in_all
    from cracklens.projects.lines import cut, draw, join, move, remove, snap
    from cracklens.projects.project import Project, detector_of
    from cracklens.projects.promising import Promised, promise_of
    from cracklens.projects.queue import Job, Progress, progress
    from cracklens.projects.reporting import Held, held, report_of
    from cracklens.projects.review import (
        be_done_with,
        decide,
        describe_crack,
        describe_photo,
        describe_project,
        like_photo,
        set_scale,
        undo,
    )
    from cracklens.projects.signing import Signed, Signing, sign, signatures
    from cracklens.projects.teaching import LEAST_PHOTOS, Taught, taught_of, teach, use
    from cracklens.projects.views import (
        About,
        Counts,
        CrackView,
        PhotoView,
        WallPhoto,
        about,
        counts_of,
        crack_map_of,
        photo_view,
        wall,
    )
    from cracklens.projects.work import work_off
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "intake": (
                "TakenIn",
                "take_in",
                "take_in_all",
            ),
            "lines": (
                "cut",
                "draw",
                "join",
                "move",
                "remove",
                "snap",
            ),
            "project": (
                "Project",
                "detector_of",
            ),
            "promising": (
                "Promised",
                "promise_of",
            ),
            "queue": (
                "Job",
                "Progress",
                "progress",
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
                "set_scale",
                "undo",
            ),
            "signing": (
                "Signed",
                "Signing",
                "sign",
                "signatures",
            ),
            "teaching": (
                "LEAST_PHOTOS",
                "Taught",
                "taught_of",
                "teach",
                "use",
            ),
            "views": (
                "About",
                "Counts",
                "CrackView",
                "PhotoView",
                "WallPhoto",
                "about",
                "counts_of",
                "crack_map_of",
                "photo_view",
                "wall",
            ),
            "work": ("work_off",),
        },
    )

__all__ = [
    "LEAST_PHOTOS",
    "About",
    "Counts",
    "CrackView",
    "Held",
    "Job",
    "PhotoView",
    "Progress",
    "Project",
    "Promised",
    "Signed",
    "Signing",
    "TakenIn",
    "Taught",
    "WallPhoto",
    "about",
    "be_done_with",
    "counts_of",
    "crack_map_of",
    "cut",
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
    "photo_view",
    "progress",
    "promise_of",
    "remove",
    "report_of",
    "set_scale",
    "sign",
    "signatures",
    "snap",
    "take_in",
    "take_in_all",
    "taught_of",
    "teach",
    "undo",
    "use",
    "wall",
    "work_off",
]
