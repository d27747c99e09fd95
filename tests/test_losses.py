"""Losses against naive loops, against pytorch-metric-learning, and at their edges."""

import math

import pytest
import torch
from torch.nn import functional

from helpers import losses
from helpers.losses import pairs_of, pairs_with_self

LABELS = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 3, 3])
PAIR_LOSSES = [losses.contrastive, losses.triplet, losses.multi_similarity]
RAML_TERMS = [losses.raml_absolute, losses.raml_student_teacher, losses.raml_student_student]


def unit_rows(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(*shape, generator=generator, dtype=torch.float64)
    return functional.normalize(values, dim=-1)


@pytest.fixture
def student():
    # A common direction makes similarities large enough for every margin to bite.
    return functional.normalize(unit_rows(len(LABELS), 6, seed=1) + 0.4, dim=1)


@pytest.fixture
def teacher():
    return functional.normalize(unit_rows(len(LABELS), 6, seed=2) + 0.4, dim=1)


@pytest.fixture
def student_views():
    return unit_rows(3, 4, 6, seed=3)


@pytest.fixture
def teacher_views():
    return unit_rows(3, 4, 6, seed=4)


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


def naive_raml(student, teacher):
    absolute = student_teacher = student_student = 0.0
    for s, t in zip(student, teacher, strict=True):
        v = len(s)
        absolute += sum(float(1 - s[i] @ t[i]) ** 2 for i in range(v)) / v
        for i in range(v):
            for j in range(v):
                if i != j:
                    share = 1 / (v * (v - 1))
                    student_teacher += share * float(s[i] @ t[j] - t[i] @ t[j]) ** 2
                    student_student += share * float(s[i] @ s[j] - t[i] @ t[j]) ** 2
    return absolute, student_teacher, student_student


@pytest.mark.parametrize("with_self", [False, True])
@pytest.mark.parametrize("asymmetric", [False, True])
@pytest.mark.parametrize(
    ("loss", "naive"),
    [
        (losses.contrastive, naive_contrastive),
        (losses.triplet, naive_triplet),
        (losses.multi_similarity, naive_multi_similarity),
    ],
)
def test_pair_losses_equal_naive_loops(loss, naive, asymmetric, with_self, student, teacher):
    reference = teacher if asymmetric else student
    pairs = pairs_with_self(LABELS) if with_self else pairs_of(LABELS)
    expected = naive(student, reference, with_self)
    assert expected > 0
    assert float(loss(student, reference, pairs)) == pytest.approx(expected, abs=1e-12)


def test_raml_equals_naive_loops(student_views, teacher_views):
    expected = naive_raml(student_views, teacher_views)
    found = [float(term(student_views, teacher_views)) for term in RAML_TERMS]
    assert found == pytest.approx(expected, abs=1e-12)
    whole = losses.raml(student_views, teacher_views, 0.5, 0.25)
    assert float(whole) == pytest.approx(
        expected[0] + 0.5 * expected[1] + 0.25 * expected[2], abs=1e-12
    )


def test_regression_is_half_the_squared_distance(student, teacher):
    half_squared = (student - teacher).square().sum(dim=1).mean() / 2
    assert float(losses.regression(student, teacher)) == pytest.approx(float(half_squared))


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

    def test_contrastive(self):
        query = torch.tensor([[1.0, 0.0]])
        similarity = torch.tensor([0.9, 0.855])
        reference = torch.stack([similarity, (1 - similarity**2).sqrt()], dim=1)
        pairs = losses.Pairs(torch.tensor([[True, False]]), torch.tensor([[False, True]]))
        assert float(losses.contrastive(query, reference, pairs)) == pytest.approx(0.2)

    def test_triplet(self):
        query = torch.tensor([[1.0, 0.0]])
        similarity = 1 - torch.tensor([0.5, 0.4]) / 2
        reference = torch.stack([similarity, (1 - similarity**2).sqrt()], dim=1)
        pairs = losses.Pairs(torch.tensor([[True, False]]), torch.tensor([[False, True]]))
        assert float(losses.triplet(query, reference, pairs)) == pytest.approx(0.2)

    def test_multi_similarity(self):
        reference = torch.stack([self.sixty_degrees, self.sixty_degrees])
        pairs = losses.Pairs(torch.tensor([[True, False]]), torch.tensor([[False, True]]))
        found = losses.multi_similarity(self.east[None], reference, pairs)
        assert float(found) == pytest.approx(0.364, abs=5e-4)

    def test_normalised_softmax(self):
        found = losses.normalised_softmax(
            self.east[None].double(),
            torch.eye(2, dtype=torch.float64),
            torch.tensor([0]),
            label_smoothing=0.0,
        )
        assert float(found) == pytest.approx(1.1e-7, rel=0.03)

    def test_distillation(self):
        student, teacher = self.sixty_degrees.expand(1, 2, 2), self.east.expand(1, 2, 2)
        assert float(losses.regression(student[0], teacher[0])) == pytest.approx(0.5)
        assert float(losses.raml_absolute(student, teacher)) == pytest.approx(0.25)
        assert float(losses.raml_student_teacher(student, teacher)) == pytest.approx(0.25)
        apart = torch.stack([self.east, self.sixty_degrees])[None]
        assert float(losses.raml_student_student(apart, teacher)) == pytest.approx(0.25)


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

    def test_regression(self, student, teacher):
        student.requires_grad_()
        assert torch.autograd.gradcheck(lambda f: losses.regression(f, teacher), [student])

    @pytest.mark.parametrize("loss", [*RAML_TERMS, losses.raml])
    def test_raml(self, loss, student_views, teacher_views):
        student_views.requires_grad_()
        assert torch.autograd.gradcheck(lambda s: loss(s, teacher_views), [student_views])

    def test_none_reaches_the_teacher(self, student_views, teacher_views):
        student_views.requires_grad_()
        teacher_views.requires_grad_()
        losses.raml(student_views, teacher_views).backward()
        losses.regression(student_views[:, 0], teacher_views[:, 0]).backward()
        assert teacher_views.grad is None
        assert student_views.grad.abs().sum() > 0


def random_rotation(d):
    return torch.linalg.qr(unit_rows(d, d, seed=7))[0]


def test_only_relations_within_the_student_survive_its_rotation(student_views, teacher_views):
    rotated = student_views @ random_rotation(6)
    same = losses.raml_student_student(rotated, teacher_views)
    torch.testing.assert_close(same, losses.raml_student_student(student_views, teacher_views))
    for term in [losses.raml_absolute, losses.raml_student_teacher]:
        change = float(term(rotated, teacher_views) - term(student_views, teacher_views))
        assert abs(change) > 0.01


def test_a_rotated_copy_of_the_teacher_is_perfect_only_within_itself(teacher_views):
    rotated = teacher_views @ random_rotation(6)
    assert float(losses.raml_student_student(rotated, teacher_views)) < 1e-20
    assert float(losses.raml_absolute(rotated, teacher_views)) > 1


@pytest.mark.parametrize("loss", PAIR_LOSSES)
def test_symmetric_pair_losses_do_not_change_when_the_space_is_rotated(loss, student):
    rotated = student @ random_rotation(6)
    pairs = pairs_of(LABELS)
    torch.testing.assert_close(loss(rotated, rotated, pairs), loss(student, student, pairs))


class TestEdges:
    @pytest.mark.parametrize("loss", PAIR_LOSSES)
    @pytest.mark.parametrize(
        "labels",
        [torch.zeros(4, dtype=torch.int64), torch.arange(4)],
        ids=["no negative", "no positive"],
    )
    @pytest.mark.parametrize("identical", [False, True])
    def test_finite_in_value_and_gradient(self, loss, labels, identical):
        rows = unit_rows(4, 5).float()
        query = (rows[:1].repeat(4, 1) if identical else rows).requires_grad_()
        value = loss(query, query, pairs_of(labels))
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(query.grad).all()

    def test_a_batch_without_triplets_costs_nothing(self):
        rows = unit_rows(3, 5)
        assert float(losses.triplet(rows, rows, pairs_of(torch.arange(3)))) == 0

    def test_multi_similarity_does_not_overflow(self):
        same = unit_rows(1, 5).float().repeat(4, 1)
        value = losses.multi_similarity(
            same, same, pairs_of(torch.tensor([0, 0, 1, 1])), negative_scale=1e4
        )
        assert torch.isfinite(value)

    def test_a_perfect_student_costs_nothing(self, teacher_views):
        flat = teacher_views[:, 0]
        assert float(losses.regression(flat, flat)) == pytest.approx(0, abs=1e-12)
        assert float(losses.raml(teacher_views, teacher_views)) == pytest.approx(0, abs=1e-12)


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

    def test_labels(self):
        with pytest.raises(ValueError, match="unlabelled"):
            pairs_of(torch.tensor([0, -1]))
        with pytest.raises(ValueError, match=r"vector \[n\], not \[2, 1\]"):
            pairs_with_self(torch.zeros(2, 1, dtype=torch.int64))

    def test_normalised_softmax(self, student):
        weights = unit_rows(4, 6)
        with pytest.raises(ValueError, match=r"labels have shape \[9\].*10 embeddings"):
            losses.normalised_softmax(student, weights, LABELS[:9])
        with pytest.raises(ValueError, match="class_weights has 3 rows"):
            losses.normalised_softmax(student, weights[:3], LABELS)
        with pytest.raises(ValueError, match=r"class_weights \[4, 5\]"):
            losses.normalised_softmax(student, weights[:, :5], LABELS)

    def test_regression(self, student, teacher):
        with pytest.raises(ValueError, match=r"student \[10, 6\] and teacher \[9, 6\]"):
            losses.regression(student, teacher[:9])

    @pytest.mark.parametrize("loss", [*RAML_TERMS, losses.raml])
    def test_raml(self, loss, student_views, teacher_views):
        with pytest.raises(ValueError, match=r"student \[3, 4, 6\] and teacher \[3, 4, 5\]"):
            loss(student_views, teacher_views[..., :5])
        with pytest.raises(ValueError, match=r"must both be \[b, v, d\]"):
            loss(student_views[0], teacher_views[0])

    @pytest.mark.parametrize("loss", [*RAML_TERMS[1:], losses.raml])
    def test_one_view_has_no_relations(self, loss, student_views, teacher_views):
        with pytest.raises(ValueError, match="at least 2"):
            loss(student_views[:, :1], teacher_views[:, :1])
