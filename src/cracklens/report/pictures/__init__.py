"""Takes score maps and traces; gives what is drawn over a photo. Knows no file format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.report.pictures.bar import ScaleBar, scale_bar
    from cracklens.report.pictures.heatmap import laid_over, legend_png, overlay_png, paint_heatmap
    from cracklens.report.pictures.labels import labels_of
    from cracklens.report.pictures.names import Box, Named, place_names
    from cracklens.report.pictures.ribbon import area_px, ribbons
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "bar": ("ScaleBar", "scale_bar"),
            "heatmap": ("laid_over", "legend_png", "overlay_png", "paint_heatmap"),
            "labels": ("labels_of",),
            "names": ("Box", "Named", "place_names"),
            "ribbon": ("area_px", "ribbons"),
        },
    )

__all__ = [
    "Box",
    "Named",
    "ScaleBar",
    "area_px",
    "labels_of",
    "laid_over",
    "legend_png",
    "overlay_png",
    "paint_heatmap",
    "place_names",
    "ribbons",
    "scale_bar",
]
