"""Typical mistakes in each problem set: the spoiled answer, and what its author must be told."""

from __future__ import annotations

from typing import NamedTuple


class Wrong(NamedTuple):
    """The code that stands in place of an answer, and a part of the message that it must get."""

    code: str
    says: str


BUDGET = Wrong(
    """
from helpers.course import leaderboard


def best_query():
    return leaderboard.shipped("teacher"), 24
""",
    "the budget is",
)

WRONG = {
    "1_metric_learning": {
        "similarities": Wrong(
            "def similarities(query, database):\n    return query @ database.T", "Not normalised"
        ),
        "contrastive": Wrong(
            """
def contrastive(query, reference, pairs, margin):
    similarity = query @ reference.T
    return ((1 - similarity)[pairs.positive].sum() +
            (similarity - margin)[pairs.negative].sum()) / len(query)
""",
            "Negative terms are left in",
        ),
        "triplet": Wrong(
            """
def triplet(query, reference, pairs, margin):
    squared = 2 - 2 * query @ reference.T
    anchor, positive = pairs.positive.nonzero(as_tuple=True)
    gaps = squared[anchor, positive][:, None] - squared[anchor]
    return functional.relu(gaps)[pairs.negative[anchor]].mean()
""",
            "The margin is missing",
        ),
        # In the same half as the contrastive loss, which its right answer uses.
        "leaderboard": BUDGET,
        "mining": Wrong(
            """
def hardest_negatives(similarity, negative, count):
    places = similarity.topk(count, dim=1).indices
    return torch.zeros_like(negative).scatter(1, places, True)
""",
            "Positives are among them",
        ),
        "recall": Wrong(
            """
def recall_at_k(embeddings, labels, k):
    nearest = np.argsort(-embeddings @ embeddings.T, axis=1)[:, :k]
    return (labels[nearest] == labels[:, None]).any(axis=1).mean()
""",
            "The query counts as its own match",
        ),
        "precision": Wrong(
            """
def average_precision(ranks):
    with np.errstate(divide="ignore"):
        return (np.arange(1, len(ranks) + 1) / ranks).mean()
""",
            "Ranks start at 0",
        ),
    },
    "2_asymmetric_testing": {
        "neighbours": Wrong(
            """
def neighbours(query, database, k):
    return np.argsort(query @ database.T, axis=1)[:, :k]
""",
            "These are the least similar images",
        ),
        "recall": Wrong(
            """
def asymmetric_recall(student, teacher, labels, k):
    similarity = teacher @ student.T
    np.fill_diagonal(similarity, -np.inf)
    nearest = np.argsort(-similarity, axis=1)[:, :k]
    return (labels[nearest] == labels[:, None]).any(axis=1).mean()
""",
            "Query and database are swapped",
        ),
        "chance": Wrong(
            """
def chance(labels):
    return ((labels[:, None] == labels).mean(axis=1)).mean()
""",
            "The query may find itself here",
        ),
        "alignment": Wrong(
            "def alignment(student, teacher):\n    return (student @ teacher.T).mean()",
            "A mean over all pairs of images",
        ),
        "procrustes": Wrong(
            """
def rotation(source, target):
    left, _, right = np.linalg.svd(source.T @ target)
    return left @ right.T
""",
            "is transposed already",
        ),
        "regression": Wrong(
            """
def regression(student, teacher):
    return 1 - (student * teacher).sum(dim=1).mean()
""",
            "a gradient reaches the teacher",
        ),
        "leaderboard": Wrong(
            """
from helpers.course import leaderboard


def best_query():
    return leaderboard.shipped("teacher"), 20
""",
            "It keeps to the budget, but finds no more than",
        ),
    },
    "3_architecture_or_resolution": {
        "convolution": Wrong(
            """
def macs(side, channels_in, channels_out, kernel, stride):
    return side**2 * kernel**2 * channels_in * channels_out
""",
            "stride",
        ),
        "network": Wrong(
            """
def macs_of_network(side, layers):
    return sum((side // stride) ** 2 * kernel**2 * channels_in * channels_out
               for channels_in, channels_out, kernel, stride in layers)
""",
            "The image keeps its size here",
        ),
        "width": Wrong(
            """
def width_of_equal_macs(width, side, small_side):
    return round(width * (small_side / side) ** 2)
""",
            "Squared once too often",
        ),
        "front": Wrong(
            """
def pareto_front(macs, recall):
    return ~((macs[:, None] < macs) & (recall[:, None] > recall)).any(axis=0)
""",
            "only if it is better in both",
        ),
        "latency": Wrong(
            """
def fitted_latency(macs, milliseconds):
    return np.array([0, macs @ milliseconds / (macs @ macs)])
""",
            "A line through zero",
        ),
        "paired": Wrong(
            """
def paired_difference(first, second):
    errors = [values.std(ddof=1) / np.sqrt(len(values)) for values in (first, second)]
    return np.array([(first - second).mean(), np.hypot(*errors)])
""",
            "subtract seed by seed",
        ),
        "leaderboard": BUDGET,
    },
    "4_distillation_losses": {
        "absolute": Wrong(
            """
def raml_absolute(student, teacher):
    return (1 - (student * teacher.detach()).sum(dim=2)).mean(dim=1).sum()
""",
            "quare",
        ),
        "views": Wrong(
            """
def raml_student_teacher(student, teacher):
    teacher = teacher.detach()
    gaps = student @ teacher.transpose(1, 2) - teacher @ teacher.transpose(1, 2)
    return gaps.square().mean(dim=(1, 2)).sum()
""",
            "A view is compared with itself",
        ),
        "rkd": Wrong(
            """
def rkd_distance(student, teacher):
    others = ~torch.eye(len(student), dtype=torch.bool)
    return functional.smooth_l1_loss(
        torch.cdist(student, student)[others], torch.cdist(teacher, teacher)[others].detach()
    )
""",
            "Not divided by their mean",
        ),
        "copy": Wrong(
            """
def absolute_teacher(student, teacher):
    return (student - teacher.detach()).square().sum(dim=1).mean()
""",
            "quare",
        ),
        "relations": Wrong(
            """
def relative_teacher(student, teacher):
    gaps = torch.cdist(student, student) - torch.cdist(teacher, teacher).detach()
    return gaps.abs().mean()
""",
            "A mean over pairs",
        ),
        "rotation": Wrong(
            """
def change_by_rotation(loss, student, teacher, rotation):
    return (loss(student @ rotation, teacher @ rotation) - loss(student, teacher)).abs()
""",
            "Both spaces are rotated",
        ),
        "choice": Wrong(
            """
def chosen_setting(validation, test):
    choice = test.mean(axis=1).argmax()
    return np.array([choice, test[choice].mean()])
""",
            "The setting is chosen on the test species",
        ),
        "leaderboard": Wrong(
            """
from helpers.course import leaderboard


def best_query():
    return leaderboard.shipped("student-24")
""",
            "This asks for two things",
        ),
    },
}
