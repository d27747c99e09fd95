"""Searching a database with queries, and measuring how good the answers are.

In the *symmetric test* one network embeds queries and database; in the *asymmetric test* the
teacher embeds the database and the student the queries. An item never finds itself: its own row of
the database is left out. Ties never count in our favour: a positive that is as similar as a
negative ranks after it, so a network that gives every image the same embedding finds nothing.

Embeddings are ``float32 [n, d]`` with unit rows, similarities are dot products, labels are
``int64 [n]`` and ranks start at 0. Large databases are searched in chunks of queries.
"""

from helpers.retrieval.alignment import procrustes
from helpers.retrieval.evaluation import (
    Scores,
    asymmetric_test,
    evaluate,
    positive_ranks,
    symmetric_test,
)
from helpers.retrieval.intervals import (
    Estimate,
    bootstrap_interval,
    paired_difference_interval,
)
from helpers.retrieval.layout import lay_out, place_on_map
from helpers.retrieval.metrics import (
    average_precision,
    average_precision_at_r,
    average_precision_trapezoid,
    recall_at_k,
)
from helpers.retrieval.revisited import DifficultyScores, revisited_test
from helpers.retrieval.search import neighbours

__all__ = [
    "DifficultyScores",
    "Estimate",
    "Scores",
    "asymmetric_test",
    "average_precision",
    "average_precision_at_r",
    "average_precision_trapezoid",
    "bootstrap_interval",
    "evaluate",
    "lay_out",
    "neighbours",
    "paired_difference_interval",
    "place_on_map",
    "positive_ranks",
    "procrustes",
    "recall_at_k",
    "revisited_test",
    "symmetric_test",
]
