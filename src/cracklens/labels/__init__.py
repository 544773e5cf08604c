"""Takes folders and tables of labelled pictures; gives them with splits, and what is wrong with them."""

from __future__ import annotations

from cracklens.labels.as_html import write_check_page
from cracklens.labels.as_text import check_json, check_text, split_text
from cracklens.labels.check import CheckResult, check_data
from cracklens.labels.dataset import LabelledSet, LabelledTile, read_labelled
from cracklens.labels.split import GROUPINGS, SplitSettings, split_counts, split_data

__all__ = [
    "GROUPINGS",
    "CheckResult",
    "LabelledSet",
    "LabelledTile",
    "SplitSettings",
    "check_data",
    "check_json",
    "check_text",
    "read_labelled",
    "split_counts",
    "split_data",
    "split_text",
    "write_check_page",
]
