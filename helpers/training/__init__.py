"""What networks are trained to do: metric learning, and distillation from a teacher."""

from helpers.optimisation import TrainingSettings
from helpers.training.batches import class_balanced_rows
from helpers.training.feature_maps import TripletAndFeatureMaps
from helpers.training.heads import NormalisedSoftmaxHead
from helpers.training.loops import distil, distil_with_labels, train_metric
from helpers.training.views import CachedViews, cache_views, draw_views, embed_views, shrunk

__all__ = [
    "TrainingSettings",
    "class_balanced_rows",
    "TripletAndFeatureMaps",
    "NormalisedSoftmaxHead",
    "distil",
    "distil_with_labels",
    "train_metric",
    "CachedViews",
    "cache_views",
    "draw_views",
    "embed_views",
    "shrunk",
]
