"""Takes names of published sets and folders of pictures; gives data that can be trained on, checked and split."""

from cracklens.data.as_html import write_check_page
from cracklens.data.as_text import check_json, check_text, split_text
from cracklens.data.check import CheckResult, check_data
from cracklens.data.get import GetSettings, get_data
from cracklens.data.sources import PUBLISHED, published_set
from cracklens.data.split import GROUPINGS, SplitSettings, split_counts, split_data

__all__ = [
    "GROUPINGS",
    "PUBLISHED",
    "CheckResult",
    "GetSettings",
    "SplitSettings",
    "check_data",
    "check_json",
    "check_text",
    "get_data",
    "published_set",
    "split_counts",
    "split_data",
    "split_text",
    "write_check_page",
]
