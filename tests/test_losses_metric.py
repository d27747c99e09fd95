"""Metric-learning losses: naive loops, pytorch-metric-learning, gradients, edges."""

import math

import pytest
import torch
from random_embeddings import LABELS, unit_rows
from torch.nn import functional

from helpers import losses
from helpers.losses import Pairs, pairs_of, pairs_with_self

PAIR_LOSSES = [
    losses.contrastive,
    losses.triplet,
    losses.multi_similarity,
    losses.batch_hard_triplet,
]


@pytest.fixture
def student():
    # A common direction makes similarities large enough for every margin to bite.
    return functional.normalize(unit_rows(len(LABELS), 6, seed=1) + 0.4, dim=1)


@pytest.fixture
def teacher():
    return functional.normalize(unit_rows(len(LABELS), 6, seed=2) + 0.4, dim=1)


# --- naive loops over numbers


def positives_and_negatives(i, with_self):
    n = len(LABELS)
    positives = [j for j in range(n) if LABELS[j] == LABELS[i] and (with_self or j != i)]
    return positives, [j for j in range(n) if LABELS[j] != LABELS[i]]


def naive_contrastive(f, g, with_self, margin=0.755):
    total = 0.0
    for i in range(len(f)):
        positives, negatives = positives_and_negatives(i, with_self)
        total += sum(1 - float(f[i] @ g[j]) for j in positives)
        total += sum(max(0.0, float(f[i] @ g[j]) - margin) for j in negatives)
    return total / len(f)


def naive_triplet(f, g, with_self, margin=0.1):
    values = []
    for i in range(len(f)):
        positives, negatives = positives_and_negatives(i, with_self)
        for p in positives:
            for n in negatives:
                gap = float(((f[i] - g[p]) ** 2).sum() - ((f[i] - g[n]) ** 2).sum())
                values.append(max(0.0, gap + margin))
    return sum(values) / len(values)


def naive_multi_similarity(f, g, with_self):
    total = 0.0
    for i in range(len(f)):
        positives, negatives = positives_and_negatives(i, with_self)
        of_positives = sum(math.exp(-2 * (float(f[i] @ g[j]) - 0.5)) for j in positives)
        of_negatives = sum(math.exp(40 * (float(f[i] @ g[j]) - 0.5)) for j in negatives)
        total += math.log(1 + of_positives) / 2 + math.log(1 + of_negatives) / 40
    return total / len(f)


def naive_batch_hard_triplet(f, g, with_self, margin=0.0):
    total = 0.0
    for i in range(len(f)):
        positives, negatives = positives_and_negatives(i, with_self)
        farthest = max(math.dist(f[i].tolist(), g[p].tolist()) for p in positives)
        nearest = min(math.dist(f[i].tolist(), g[n].tolist()) for n in negatives)
        total += max(0.0, farthest - nearest + margin)
    return total / len(f)


@pytest.mark.parametrize("with_self", [False, True])
@pytest.mark.parametrize("asymmetric", [False, True])
@pytest.mark.parametrize(
    ("loss", "naive"),
    [
        (losses.contrastive, naive_contrastive),
        (losses.triplet, naive_triplet),
        (losses.multi_similarity, naive_multi_similarity),
        (losses.batch_hard_triplet, naive_batch_hard_triplet),
    ],
)
def test_pair_losses_equal_naive_loops(loss, naive, asymmetric, with_self, student, teacher):
    reference = teacher if asymmetric else student
    pairs = pairs_with_self(LABELS) if with_self else pairs_of(LABELS)
    expected = naive(student, reference, with_self)
    assert expected > 0
    assert float(loss(student, reference, pairs)) == pytest.approx(expected, rel=1e-7)


def test_batch_hard_triplet_takes_a_margin(student):
    found = losses.batch_hard_triplet(student, student, pairs_of(LABELS), margin=0.3)
    expected = naive_batch_hard_triplet(student, student, False, margin=0.3)
    assert float(found) == pytest.approx(expected, rel=1e-7)


def test_batch_hard_triplet_averages_over_anchors_with_both_kinds_of_pairs(student):
    alone = LABELS.clone()
    alone[[3, 4]] = torch.tensor([7, 8])  # two images without a positive
    pairs = pairs_of(alone)
    with_positives = pairs.positive.any(dim=1)
    kept = Pairs(pairs.positive[with_positives], pairs.negative[with_positives])
    expected = losses.batch_hard_triplet(student[with_positives], student, kept)
    found = losses.batch_hard_triplet(student, student, pairs)
    assert float(found) == pytest.approx(float(expected)) and float(found) > 0


def test_normalised_softmax_equals_naive_loop(student):
    weights = 3 * unit_rows(4, 6, seed=5)
    total = 0.0
    for x, label in zip(student, LABELS, strict=True):
        logits = [16 * float(x @ w / w.norm()) for w in weights]
        log_sum = math.log(sum(math.exp(z) for z in logits))
        target = [0.05 / 4 + 0.95 * (c == label) for c in range(4)]
        total -= sum(q * (z - log_sum) for q, z in zip(target, logits, strict=True))
    found = losses.normalised_softmax(student, weights, LABELS)
    assert float(found) == pytest.approx(total / len(student))


class TestSampleValuesOfTheDocstrings:
    sixty_degrees = torch.tensor([0.5, math.sqrt(0.75)])
    east = torch.tensor([1.0, 0.0])

    def reference_at(self, similarity):
        similarity = torch.tensor(similarity, dtype=torch.float64)
        return torch.stack([similarity, (1 - similarity**2).sqrt()], dim=1)

    def value(self, loss, similarity, positive):
        query = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
        positive = torch.tensor([positive])
        return float(loss(query, self.reference_at(similarity), Pairs(positive, ~positive)))

    def test_contrastive(self):
        found = self.value(losses.contrastive, [0.9, 0.855], [True, False])
        assert found == pytest.approx(0.2)

    def test_triplet(self):
        found = self.value(losses.triplet, [1 - 0.5 / 2, 1 - 0.4 / 2], [True, False])
        assert found == pytest.approx(0.2)

    def test_batch_hard_triplet(self):
        similarity = [1 - d**2 / 2 for d in (0.3, 0.6, 0.5, 0.9)]
        found = self.value(losses.batch_hard_triplet, similarity, [True, True, False, False])
        assert found == pytest.approx(0.1)

    def test_multi_similarity(self):
        found = self.value(losses.multi_similarity, [0.5, 0.5], [True, False])
        assert found == pytest.approx(0.364, abs=5e-4)

    def test_normalised_softmax(self):
        found = losses.normalised_softmax(
            self.east[None].double(),
            torch.eye(2, dtype=torch.float64),
            torch.tensor([0]),
            label_smoothing=0.0,
        )
        assert float(found) == pytest.approx(1.1e-7, rel=0.03)


class TestAgainstPytorchMetricLearning:
    @pytest.fixture(autouse=True)
    def library(self):
        self.pml = pytest.importorskip("pytorch_metric_learning")

    def value(self, loss, student, reference, pairs):
        """The library counts the diagonal as positive when references have the same labels, so
        the pairs must be given explicitly: else plain Contr silently becomes Contr+."""
        indices = (*pairs.positive.nonzero(as_tuple=True), *pairs.negative.nonzero(as_tuple=True))
        return float(loss(student, LABELS, indices, ref_emb=reference, ref_labels=LABELS.clone()))

    @pytest.mark.parametrize("make_pairs", [pairs_of, pairs_with_self])
    @pytest.mark.parametrize("asymmetric", [False, True])
    def test_pair_losses(self, student, teacher, asymmetric, make_pairs):
        from pytorch_metric_learning import distances, reducers
        from pytorch_metric_learning import losses as library

        reference = teacher if asymmetric else student
        pairs = make_pairs(LABELS)
        theirs = library.ContrastiveLoss(
            pos_margin=1,
            neg_margin=0.755,
            distance=distances.CosineSimilarity(),
            reducer=reducers.SumReducer(),
        )
        ours = losses.contrastive(student, reference, pairs) * len(student)  # theirs is a sum
        assert float(ours) == pytest.approx(self.value(theirs, student, reference, pairs))

        theirs = library.MultiSimilarityLoss(alpha=2, beta=40, base=0.5)
        ours = losses.multi_similarity(student, reference, pairs)
        assert float(ours) == pytest.approx(self.value(theirs, student, reference, pairs))

    @pytest.mark.parametrize("asymmetric", [False, True])
    def test_triplet(self, student, teacher, asymmetric):
        from pytorch_metric_learning import distances, reducers
        from pytorch_metric_learning import losses as library

        reference = teacher if asymmetric else student
        pairs = pairs_of(LABELS)
        theirs = library.TripletMarginLoss(
            margin=0.1, distance=distances.LpDistance(power=2), reducer=reducers.MeanReducer()
        )
        triplets = torch.where(pairs.positive[:, :, None] & pairs.negative[:, None, :])
        expected = theirs(student, LABELS, triplets, ref_emb=reference, ref_labels=LABELS.clone())
        ours = losses.triplet(student, reference, pairs)
        assert float(ours) == pytest.approx(float(expected))

    def test_batch_hard_triplet(self, student):
        from pytorch_metric_learning import distances, miners, reducers
        from pytorch_metric_learning import losses as library

        hardest = miners.BatchHardMiner(distance=distances.LpDistance())(student, LABELS)
        theirs = library.TripletMarginLoss(
            margin=0.0, distance=distances.LpDistance(), reducer=reducers.MeanReducer()
        )
        ours = losses.batch_hard_triplet(student, student, pairs_of(LABELS))
        assert float(ours) == pytest.approx(float(theirs(student, LABELS, hardest)))

    def test_without_explicit_pairs_the_library_computes_contr_plus(self, student, teacher):
        from pytorch_metric_learning import distances, reducers
        from pytorch_metric_learning import losses as library

        theirs = library.ContrastiveLoss(
            pos_margin=1,
            neg_margin=0.755,
            distance=distances.CosineSimilarity(),
            reducer=reducers.SumReducer(),
        )
        found = float(theirs(student, LABELS, ref_emb=teacher, ref_labels=LABELS.clone()))
        n = len(student)
        plus = n * float(losses.contrastive(student, teacher, pairs_with_self(LABELS)))
        plain = n * float(losses.contrastive(student, teacher, pairs_of(LABELS)))
        assert found == pytest.approx(plus)
        assert found != pytest.approx(plain, rel=1e-2)

    def test_normalised_softmax(self, student):
        from pytorch_metric_learning import losses as library

        theirs = library.NormalizedSoftmaxLoss(4, 6, temperature=1 / 16)
        weights = unit_rows(4, 6, seed=5)
        theirs.W.data = weights.T.clone()
        ours = losses.normalised_softmax(student, weights, LABELS, label_smoothing=0.0)
        assert float(ours) == pytest.approx(float(theirs(student, LABELS).detach()))


class TestGradients:
    @pytest.mark.parametrize("loss", PAIR_LOSSES)
    def test_pair_losses(self, loss, student, teacher):
        pairs = pairs_of(LABELS)
        student.requires_grad_()
        assert torch.autograd.gradcheck(lambda f: loss(f, teacher, pairs), [student])
        assert torch.autograd.gradcheck(lambda f: loss(f, f, pairs), [student])

    def test_normalised_softmax(self, student):
        weights = unit_rows(4, 6, seed=5).requires_grad_()
        student.requires_grad_()
        assert torch.autograd.gradcheck(
            lambda f, w: losses.normalised_softmax(f, w, LABELS), [student, weights]
        )


class TestEdges:
    @pytest.mark.parametrize("loss", PAIR_LOSSES)
    @pytest.mark.parametrize(
        "labels",
        [torch.zeros(4, dtype=torch.int64), torch.arange(4), torch.tensor([0, 0, 1, 2])],
        ids=["no negative", "no positive", "one positive only"],
    )
    @pytest.mark.parametrize("identical", [False, True])
    def test_finite_in_value_and_gradient(self, loss, labels, identical):
        rows = unit_rows(4, 5).float()
        query = (rows[:1].repeat(4, 1) if identical else rows).requires_grad_()
        value = loss(query, query, pairs_of(labels))
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(query.grad).all()

    @pytest.mark.parametrize("loss", [losses.triplet, losses.batch_hard_triplet])
    def test_a_batch_without_triplets_costs_nothing(self, loss):
        rows = unit_rows(3, 5)
        assert float(loss(rows, rows, pairs_of(torch.arange(3)))) == 0

    def test_batch_hard_triplet_of_twins_in_different_classes(self):
        """Its nearest negative is at distance 0, where a bare square root has no gradient."""
        rows = unit_rows(3, 5).float()
        rows = rows[[0, 1, 0, 2]].requires_grad_()
        losses.batch_hard_triplet(rows, rows, pairs_of(torch.tensor([0, 0, 1, 1]))).backward()
        assert torch.isfinite(rows.grad).all() and rows.grad.abs().max() < 100

    def test_multi_similarity_does_not_overflow(self):
        same = unit_rows(1, 5).float().repeat(4, 1)
        value = losses.multi_similarity(
            same, same, pairs_of(torch.tensor([0, 0, 1, 1])), negative_scale=1e4
        )
        assert torch.isfinite(value)


class TestErrors:
    @pytest.mark.parametrize("loss", PAIR_LOSSES)
    def test_pair_losses(self, loss, student, teacher):
        pairs = pairs_of(LABELS)
        with pytest.raises(ValueError, match=r"query \[10, 6\] and reference \[10, 5\]"):
            loss(student, teacher[:, :5], pairs)
        with pytest.raises(ValueError, match=r"query \[6\]"):
            loss(student[0], teacher, pairs)
        with pytest.raises(ValueError, match=r"pairs.positive has shape \[10, 10\] .* \[10, 9\]"):
            loss(student, teacher[:9], pairs)

    def test_normalised_softmax(self, student):
        weights = unit_rows(4, 6)
        with pytest.raises(ValueError, match=r"labels have shape \[9\].*10 embeddings"):
            losses.normalised_softmax(student, weights, LABELS[:9])
        with pytest.raises(ValueError, match="class_weights has 3 rows"):
            losses.normalised_softmax(student, weights[:3], LABELS)
        with pytest.raises(ValueError, match=r"class_weights \[4, 5\]"):
            losses.normalised_softmax(student, weights[:, :5], LABELS)
