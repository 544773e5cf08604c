"""Takes photos of a structure and what people decide about their cracks; gives a folder that keeps both. No pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.projects.intake import TakenIn, take_in, take_in_all
    from cracklens.projects.project import Project, detector_of
    from cracklens.projects.queue import Job, Progress, progress
    from cracklens.projects.review import be_done_with, decide, describe_crack, describe_photo, set_scale, undo
    from cracklens.projects.views import About, CrackView, PhotoView, WallPhoto, about, crack_map_of, photo_view, wall
    from cracklens.projects.work import work_off
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "intake": ("TakenIn", "take_in", "take_in_all"),
            "project": ("Project", "detector_of"),
            "queue": ("Job", "Progress", "progress"),
            "review": ("be_done_with", "decide", "describe_crack", "describe_photo", "set_scale", "undo"),
            "views": ("About", "CrackView", "PhotoView", "WallPhoto", "about", "crack_map_of", "photo_view", "wall"),
            "work": ("work_off",),
        },
    )

__all__ = [
    "About",
    "CrackView",
    "Job",
    "PhotoView",
    "Progress",
    "Project",
    "TakenIn",
    "WallPhoto",
    "about",
    "be_done_with",
    "crack_map_of",
    "decide",
    "describe_crack",
    "describe_photo",
    "detector_of",
    "photo_view",
    "progress",
    "set_scale",
    "take_in",
    "take_in_all",
    "undo",
    "wall",
    "work_off",
]
