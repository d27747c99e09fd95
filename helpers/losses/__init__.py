"""What a network is trained to do: metric-learning losses and distillation losses.

A pair loss compares query embeddings with reference embeddings. Training is *symmetric* when both
come from one network, *asymmetric* when the references come from the teacher g, and the same
function serves both (``f`` and ``g`` are embeddings of the same batch, ``y`` its labels)::

    contrastive(f, f, pairs_of(y))                      # symmetric
    contrastive(f, g, pairs_of(y))                      # asymmetric
    contrastive(f, g, pairs_with_self(y))               # asymmetric, "Contr+" of AML
    contrastive(f, g, mine(pairs_of(y), f @ g.T))       # asymmetric, of hard pairs only

A distillation loss compares the student's embeddings of a batch with the teacher's and needs no
labels: ``regression(f, g)`` copies embeddings, ``rkd(f, g)`` copies relations. `DISTILLATION` has
them all, the asymmetric pair losses too, under one signature.

Embeddings have unit rows, so a similarity is a dot product and a squared distance is 2 − 2 times
it. Every loss returns a tensor without dimensions; its value and gradient are finite even when an
anchor has no positive or no negative, or when embeddings are identical.

Sources: AML is Budnik & Avrithis, "Asymmetric metric learning for knowledge transfer", CVPR 2021;
RAML is Suma & Tolias, "Large-to-small image resolution asymmetry in deep metric learning", WACV
2023; "Learning Metrics from Teachers" is by Yu et al., CVPR 2019. Formulas follow AML's poster and
the authors' published code. The other losses name their sources.
"""

from helpers.losses.copying import absolute_teacher, regression
from helpers.losses.features import HintMap, attention, hints
from helpers.losses.metric import (
    batch_hard_triplet,
    contrastive,
    multi_similarity,
    normalised_softmax,
    triplet,
)
from helpers.losses.neighbours import contextual_similarity, relaxed_contrastive
from helpers.losses.pairs import Pairs, mine, pairs_of, pairs_with_self
from helpers.losses.raml import raml, raml_absolute, raml_student_student, raml_student_teacher
from helpers.losses.relational import (
    dark_rank,
    relative_teacher,
    rkd,
    rkd_angle,
    rkd_distance,
)
from helpers.losses.table import DISTILLATION, DistillationLoss

__all__ = [
    "DISTILLATION",
    "DistillationLoss",
    "HintMap",
    "Pairs",
    "absolute_teacher",
    "attention",
    "batch_hard_triplet",
    "contextual_similarity",
    "contrastive",
    "dark_rank",
    "hints",
    "mine",
    "multi_similarity",
    "normalised_softmax",
    "pairs_of",
    "pairs_with_self",
    "raml",
    "raml_absolute",
    "raml_student_student",
    "raml_student_teacher",
    "regression",
    "relative_teacher",
    "relaxed_contrastive",
    "rkd",
    "rkd_angle",
    "rkd_distance",
    "triplet",
]
