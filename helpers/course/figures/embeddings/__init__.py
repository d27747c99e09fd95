"""The figures of notebook 01: similarities, losses, rankings, galleries and maps."""

from helpers.course.figures.embeddings.marks import relation_of
from helpers.course.figures.embeddings.neighbours import (
    gallery,
    image_map,
    images_of_splits,
    neighbour_map,
    one_query_several_ways,
    triplets,
)
from helpers.course.figures.embeddings.pulling import pulling, pulls
from helpers.course.figures.embeddings.ranking import intervals, precision_and_recall, rankings
from helpers.course.figures.embeddings.similarity import (
    active_shares,
    circle,
    cosine_scale,
    history,
    pair_loss_curves,
    push_on_negatives,
    similarity_histograms,
    softmax_curves,
    triplet_curves,
)
from helpers.retrieval import lay_out

__all__ = [
    "active_shares",
    "circle",
    "cosine_scale",
    "gallery",
    "history",
    "image_map",
    "images_of_splits",
    "intervals",
    "lay_out",
    "neighbour_map",
    "one_query_several_ways",
    "pair_loss_curves",
    "precision_and_recall",
    "pulling",
    "pulls",
    "push_on_negatives",
    "rankings",
    "relation_of",
    "similarity_histograms",
    "softmax_curves",
    "triplet_curves",
    "triplets",
]
