"""Widgets that move without a kernel: pictures drawn once, and controls linked in the browser."""

from helpers.explorers.alignment import alignment_explorer
from helpers.explorers.could_you_tell import could_you_tell
from helpers.explorers.flip_book import flip_book
from helpers.explorers.how_a_loss_pulls import SETTINGS, Pull, Setting, how_a_loss_pulls, pull_of
from helpers.explorers.recall_by_hand import TRAPS, Answers, Counting, recall_by_hand
from helpers.explorers.shelf import shelf

__all__ = [
    "SETTINGS",
    "TRAPS",
    "Answers",
    "Counting",
    "Pull",
    "Setting",
    "alignment_explorer",
    "could_you_tell",
    "flip_book",
    "how_a_loss_pulls",
    "pull_of",
    "recall_by_hand",
    "shelf",
]
