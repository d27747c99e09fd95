"""Widgets that move without a kernel: pictures drawn once, and controls linked in the browser."""

from helpers.course.explorers.alignment import alignment_explorer
from helpers.course.explorers.could_you_tell import could_you_tell
from helpers.course.explorers.dashboard import dashboard, overview
from helpers.course.explorers.flip_book import flip_book
from helpers.course.explorers.how_a_loss_pulls import (
    SETTINGS,
    Pull,
    Setting,
    how_a_loss_pulls,
    pull_of,
)
from helpers.course.explorers.loss_mixer import loss_mixer
from helpers.course.explorers.recall_by_hand import TRAPS, Answers, Counting, recall_by_hand
from helpers.course.explorers.retrieval_browser import retrieval_browser
from helpers.course.explorers.shelf import shelf
from helpers.course.explorers.where_to_save import where_to_save

__all__ = [
    "SETTINGS",
    "TRAPS",
    "Answers",
    "Counting",
    "Pull",
    "Setting",
    "alignment_explorer",
    "could_you_tell",
    "dashboard",
    "flip_book",
    "how_a_loss_pulls",
    "loss_mixer",
    "overview",
    "pull_of",
    "recall_by_hand",
    "retrieval_browser",
    "shelf",
    "where_to_save",
]
