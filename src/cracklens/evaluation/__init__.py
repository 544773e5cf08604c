"""Takes scores and labels; gives metrics, pictures and score cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.evaluation.gallery import KINDS, open_galleries
    from cracklens.evaluation.page import PICTURE_WORDS, evaluation_page, score_card_page
    from cracklens.evaluation.plots import draw_all
    from cracklens.evaluation.protocol import LogitCache, all_logits, cautions, check_split, peak_logits, score_tiles
    from cracklens.evaluation.scorecard import ALWAYS, GREY, LEAVE_ONE_OUT, Cell, ScoreCard, Surface, of_ten, score_cell
    from cracklens.evaluation.sheets import gallery_png, score_card_png
    from cracklens.evaluation.summary import Evaluation
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "gallery": ("KINDS", "open_galleries"),
            "page": ("PICTURE_WORDS", "evaluation_page", "score_card_page"),
            "plots": ("draw_all",),
            "protocol": ("LogitCache", "all_logits", "cautions", "check_split", "peak_logits", "score_tiles"),
            "scorecard": ("ALWAYS", "GREY", "LEAVE_ONE_OUT", "Cell", "ScoreCard", "Surface", "of_ten", "score_cell"),
            "sheets": ("gallery_png", "score_card_png"),
            "summary": ("Evaluation",),
        },
    )

__all__ = [
    "ALWAYS",
    "GREY",
    "KINDS",
    "LEAVE_ONE_OUT",
    "PICTURE_WORDS",
    "Cell",
    "Evaluation",
    "LogitCache",
    "ScoreCard",
    "Surface",
    "all_logits",
    "cautions",
    "check_split",
    "draw_all",
    "evaluation_page",
    "gallery_png",
    "of_ten",
    "open_galleries",
    "peak_logits",
    "score_card_page",
    "score_card_png",
    "score_cell",
    "score_tiles",
]
