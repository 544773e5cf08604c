"""Takes two reports of the same place at two dates; gives what changed between them, and where that cannot be told."""

from cracklens.compare.folders import compare_folders
from cracklens.compare.pairs import Comparison, NotCompared, Pair

__all__ = ["Comparison", "NotCompared", "Pair", "compare_folders"]
