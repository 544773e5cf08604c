"""Takes nothing; gives what there is to say beside the figures, as a code with amounts. Knows no words.

The words of each code stand in the catalogue of reports, `report/words/languages`, under `notes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

NoteKind = Literal[
    # how a photo was read
    "pages", "converted", "values", "as_said", "as_bytes", "as_bits", "as_unit", "stretched", "bands", "bands_cmyk",
    "grey_bands", "empty", "empty_little", "adobe_rgb", "wider_colours", "gamma", "no_profile", "profile",
    "profile_unnamed", "profile_other", "profile_broken", "exif_broken", "xmp_broken", "orientation", "odd_header",
    "named", "drawn",
    # when, where and which way it was taken
    "date_left_out", "date_unreadable", "date_future", "date_unset", "date_gps", "date_changed", "dates_contradict",
    "place_unreadable", "place_off_globe", "place_zero", "place_no_side", "place_datum", "place_old",
    "direction_magnetic", "direction_unsaid",
    # its scale, or why there is none
    "marker", "marker_slanted", "marker_none", "marker_other_size", "markers_differ", "focal", "focal_zoomed",
    "distance_offered", "distance_differs", "scale_carried", "scales_contradict", "by_given", "by_table", "by_marker",
    "by_exif", "no_exif_scale", "near", "panorama", "cropped", "fisheye", "lens_unknown", "zoom_absurd", "strip",
    "focal_absurd", "focal_none", "resized", "size_unsaid", "focal_contradict", "film_zoom", "film_cut",
    # what was not followed, and what holds for a whole run
    "tracing_left_out", "no_width_left_out", "rows_unmatched", "rows_unmatched_more",
    # what two dates say
    "dates_swapped", "scales_of_dates", "overlap", "outside", "part", "longer", "wider", "longer_wider", "less_seen",
    "one_photo_only", "not_as_older", "not_as_newer", "photo_changed", "photo_gone", "because", "detectors_differ",
    "maps_differ", "map_settings_differ", "map_unsaid_older", "map_unsaid_newer",
    # why a photo was not inspected
    "interrupted", "too_large", "result_gone", "drive_failed", "same_file", "same_file_missed", "developed",
    "developed_missed", "folder_closed",
    # what is known of a site's detector
    "promise_kept", "promise_lower", "promise_too_few", "taught",
    # why a linked folder was not followed
    "leads_back", "searched_already",
    # why a labelled picture cannot be used
    "photo_not_there", "file_not_there", "mask_unnamed", "mask_lacks", "mask_alone", "not_one_pair", "named_twice",
    "image_unlisted", "annotated_by_none", "annotated_often", "annotated_turned", "annotated_sizes",
]  # fmt: skip
"""What can be said."""


@dataclass(frozen=True)
class Note:
    """One thing that a reader must know.

    Attributes:
        kind: which; a report has the words.
        amounts: what fills them in, by name; a note where one is the reason of another.
    """

    kind: NoteKind
    amounts: Mapping[str, str | int | float | Note] = field(default_factory=dict, hash=False)
