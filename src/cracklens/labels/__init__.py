"""Takes folders and tables of labelled pictures; gives them with splits, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.labels.as_html import write_check_page
    from cracklens.labels.as_text import check_json, check_text, split_text
    from cracklens.labels.check import CheckResult, check_data
    from cracklens.labels.dataset import SPLITS, LabelledSet, LabelledTile, read_labelled
    from cracklens.labels.split import GROUPINGS, SplitSettings, split_counts, split_data
    from cracklens.labels.splits import Needs, of_split, with_splits
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "as_html": ("write_check_page",),
            "as_text": ("check_json", "check_text", "split_text"),
            "check": ("CheckResult", "check_data"),
            "dataset": ("SPLITS", "LabelledSet", "LabelledTile", "read_labelled"),
            "split": ("GROUPINGS", "SplitSettings", "split_counts", "split_data"),
            "splits": ("Needs", "of_split", "with_splits"),
        },
    )

__all__ = [
    "GROUPINGS",
    "SPLITS",
    "CheckResult",
    "LabelledSet",
    "LabelledTile",
    "Needs",
    "SplitSettings",
    "check_data",
    "check_json",
    "check_text",
    "of_split",
    "read_labelled",
    "split_counts",
    "split_data",
    "split_text",
    "with_splits",
    "write_check_page",
]
