"""The figures of notebook 01: similarities, losses, rankings, galleries and maps."""

from helpers.figures.embeddings.marks import relation_of
from helpers.figures.embeddings.neighbours import (
    gallery,
    image_map,
    images_of_splits,
    lay_out,
    neighbour_map,
    triplets,
)
from helpers.figures.embeddings.ranking import intervals, precision_and_recall, rankings
from helpers.figures.embeddings.similarity import (
    active_shares,
    circle,
    cosine_scale,
    history,
    pair_loss_curves,
    push_on_negatives,
    similarity_histograms,
    triplet_curves,
)

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
    "pair_loss_curves",
    "precision_and_recall",
    "push_on_negatives",
    "rankings",
    "relation_of",
    "similarity_histograms",
    "triplet_curves",
    "triplets",
]
