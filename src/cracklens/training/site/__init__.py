"""Takes photos that people have gone through; gives a head fitted to their site, and how good it is. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.training.site.fit import FittedHead, SitePhoto, SiteSettings, fit_to_site
    from cracklens.training.site.places import CRACK, NO_CRACK, UNKNOWN, Labels, Shows, Spoken, labels_of
    from cracklens.training.site.read import Read, read_photo_for
    from cracklens.training.site.tally import Rate, SiteFigures, Tally, figures_of, tally_of
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "fit": ("FittedHead", "SitePhoto", "SiteSettings", "fit_to_site"),
            "places": ("CRACK", "NO_CRACK", "UNKNOWN", "Labels", "Shows", "Spoken", "labels_of"),
            "read": ("Read", "read_photo_for"),
            "tally": ("Rate", "SiteFigures", "Tally", "figures_of", "tally_of"),
        },
    )

__all__ = [
    "CRACK",
    "NO_CRACK",
    "UNKNOWN",
    "FittedHead",
    "Labels",
    "Rate",
    "Read",
    "Shows",
    "SiteFigures",
    "SitePhoto",
    "SiteSettings",
    "Spoken",
    "Tally",
    "figures_of",
    "fit_to_site",
    "labels_of",
    "read_photo_for",
    "tally_of",
]
