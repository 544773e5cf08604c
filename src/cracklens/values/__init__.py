"""The frozen values that travel from photo to report.

Order is (height, width) for sizes and shapes, (x0, y0, x1, y1) for boxes with x1 and y1 exclusive.
"""

from cracklens.values.head import DetailNet, Head, KnownFeatures
from cracklens.values.maps import LEAST_SEEN, LINE_STRIDE_PX, CrackMap, MapSettings, Scored, ScoreMap
from cracklens.values.network import NEIGHBOURHOOD_PX, STRIDE_PX, Backbone, FeatureMaps, Window
from cracklens.values.notes import Note, NoteKind
from cracklens.values.optics import Optics
from cracklens.values.outcomes import CloseUp, Failure, Finding, Inspection, LeftOut, Outcome
from cracklens.values.photo import Photo, Scale, ScaleSource, Source
from cracklens.values.traces import SURE, Branch, Doubt, DoubtKind, End, EndKind, Gap, Interval, Point, Quantity, Trace

__all__ = [
    "LEAST_SEEN",
    "LINE_STRIDE_PX",
    "NEIGHBOURHOOD_PX",
    "STRIDE_PX",
    "SURE",
    "Backbone",
    "Branch",
    "CloseUp",
    "CrackMap",
    "DetailNet",
    "Doubt",
    "DoubtKind",
    "End",
    "EndKind",
    "Failure",
    "FeatureMaps",
    "Finding",
    "Gap",
    "Head",
    "Inspection",
    "Interval",
    "KnownFeatures",
    "LeftOut",
    "MapSettings",
    "Note",
    "NoteKind",
    "Optics",
    "Outcome",
    "Photo",
    "Point",
    "Quantity",
    "Scale",
    "ScaleSource",
    "ScoreMap",
    "Scored",
    "Source",
    "Trace",
    "Window",
]
