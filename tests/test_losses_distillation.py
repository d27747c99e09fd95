"""Losses between student and teacher: naive loops, sample values, gradients, errors."""

import math

import pytest
import torch
from random_embeddings import unit_rows
from torch.nn import functional

from helpers import losses

RAML_TERMS = [losses.raml_absolute, losses.raml_student_teacher, losses.raml_student_student]
COPYING = [losses.regression, losses.absolute_teacher, losses.contextual_similarity]
RELATIONAL = [
    losses.rkd_distance,
    losses.rkd_angle,
    losses.rkd,
    losses.dark_rank,
    losses.relative_teacher,
    losses.relaxed_contrastive,
]


@pytest.fixture
def student():
    return functional.normalize(unit_rows(9, 6, seed=1) + 0.4, dim=1)


@pytest.fixture
def teacher():
    return functional.normalize(unit_rows(9, 6, seed=2) + 0.4, dim=1)


@pytest.fixture
def student_views():
    return unit_rows(3, 4, 6, seed=3)


@pytest.fixture
def teacher_views():
    return unit_rows(3, 4, 6, seed=4)


# --- naive loops over numbers


def dot(x, y):
    return sum(a * b for a, b in zip(x, y, strict=True))


def smooth_l1(x):
    return x**2 / 2 if abs(x) < 1 else abs(x) - 0.5


def naive_raml(student, teacher):
    absolute = student_teacher = student_student = 0.0
    for s, t in zip(student.tolist(), teacher.tolist(), strict=True):
        v = len(s)
        absolute += sum((1 - dot(s[i], t[i])) ** 2 for i in range(v)) / v
        for i in range(v):
            for j in range(v):
                if i != j:
                    share = 1 / (v * (v - 1))
                    student_teacher += share * (dot(s[i], t[j]) - dot(t[i], t[j])) ** 2
                    student_student += share * (dot(s[i], s[j]) - dot(t[i], t[j])) ** 2
    return absolute, student_teacher, student_student


def naive_regression(f, g):
    return sum(math.dist(x, y) ** 2 / 2 for x, y in zip(f, g, strict=True)) / len(f)


def naive_absolute_teacher(f, g):
    return sum(math.dist(x, y) for x, y in zip(f, g, strict=True)) / len(f)


def naive_rkd_distance(f, g):
    pairs = [(i, j) for i in range(len(f)) for j in range(len(f)) if i != j]
    by_student = [math.dist(f[i], f[j]) for i, j in pairs]
    by_teacher = [math.dist(g[i], g[j]) for i, j in pairs]
    unit_s, unit_t = (sum(d) / len(d) for d in (by_student, by_teacher))
    gaps = [s / unit_s - t / unit_t for s, t in zip(by_student, by_teacher, strict=True)]
    return sum(map(smooth_l1, gaps)) / len(pairs)


def naive_rkd_angle(f, g):
    def cosine(x, i, j, k):
        to_i = [a - b for a, b in zip(x[i], x[j], strict=True)]
        to_k = [a - b for a, b in zip(x[k], x[j], strict=True)]
        return dot(to_i, to_k) / math.hypot(*to_i) / math.hypot(*to_k)

    n = range(len(f))
    triplets = [(i, j, k) for i in n for j in n for k in n if len({i, j, k}) == 3]
    return sum(smooth_l1(cosine(f, *ijk) - cosine(g, *ijk)) for ijk in triplets) / len(triplets)


def naive_rkd(f, g):
    return naive_rkd_distance(f, g) + 2 * naive_rkd_angle(f, g)


def naive_dark_rank(f, g, neighbours=4):
    total = 0.0
    for i in range(len(f)):
        waiting = sorted((j for j in range(len(f)) if j != i), key=lambda j: math.dist(g[i], g[j]))
        weight = {j: math.exp(-3 * math.dist(f[i], f[j]) ** 3) for j in waiting}
        for _ in range(min(neighbours, len(waiting))):
            total -= math.log(weight[waiting[0]] / sum(weight[j] for j in waiting))
            waiting.pop(0)
    return total / len(f)


def naive_relative_teacher(f, g):
    n = range(len(f))
    gaps = [math.dist(f[i], f[j]) - math.dist(g[i], g[j]) for i in n for j in n]
    return math.sqrt(sum(gap**2 for gap in gaps))


def naive_contextual_similarity(f, g, neighbours=16, temperature=0.1):
    total = 0.0
    for a in range(len(f)):
        near = sorted(range(len(f)), key=lambda j: -dot(g[a], g[j]))[:neighbours]
        by_teacher = [math.exp(dot(g[a], g[j]) / temperature) for j in near]
        by_student = [math.exp(dot(f[a], g[j]) / temperature) for j in near]
        for p, q in zip(by_teacher, by_student, strict=True):
            p, q = p / sum(by_teacher), q / sum(by_student)
            total += p * math.log(p / q)
    return total / len(f)


def naive_relaxed_contrastive(f, g, sigma=1.0, margin=1.0):
    total = 0.0
    for i in range(len(f)):
        mean = sum(math.dist(f[i], x) for x in f) / len(f)
        for j in range(len(f)):
            if i != j:
                w = math.exp(-(math.dist(g[i], g[j]) ** 2) / sigma)
                d = math.dist(f[i], f[j]) / mean
                total += w * d**2 + (1 - w) * max(0.0, margin - d) ** 2
    return total / len(f)


NAIVE = {
    losses.regression: naive_regression,
    losses.absolute_teacher: naive_absolute_teacher,
    losses.contextual_similarity: naive_contextual_similarity,
    losses.rkd_distance: naive_rkd_distance,
    losses.rkd_angle: naive_rkd_angle,
    losses.rkd: naive_rkd,
    losses.dark_rank: naive_dark_rank,
    losses.relative_teacher: naive_relative_teacher,
    losses.relaxed_contrastive: naive_relaxed_contrastive,
}


class TestAgainstNaiveLoops:
    @pytest.mark.parametrize("loss", [*COPYING, *RELATIONAL])
    def test_defaults(self, loss, student, teacher):
        expected = NAIVE[loss](student.tolist(), teacher.tolist())
        assert expected > 0.01
        assert float(loss(student, teacher)) == pytest.approx(expected, rel=1e-6)

    @pytest.mark.parametrize(
        ("loss", "settings"),
        [
            (losses.contextual_similarity, {"neighbours": 3, "temperature": 0.5}),
            (losses.dark_rank, {"neighbours": 2}),
            (losses.dark_rank, {"neighbours": 100}),
            (losses.relaxed_contrastive, {"sigma": 0.3, "margin": 2.0}),
        ],
    )
    def test_settings(self, loss, settings, student, teacher):
        expected = NAIVE[loss](student.tolist(), teacher.tolist(), **settings)
        assert expected != pytest.approx(float(loss(student, teacher)), rel=0.01)
        found = float(loss(student, teacher, **settings))
        assert found == pytest.approx(expected, rel=1e-6)

    def test_weights_of_rkd(self, student, teacher):
        distance, angle = losses.rkd_distance(student, teacher), losses.rkd_angle(student, teacher)
        found = losses.rkd(student, teacher, weight_distance=0.5, weight_angle=7.0)
        assert float(found) == pytest.approx(0.5 * float(distance) + 7 * float(angle))

    @pytest.mark.parametrize("loss", RELATIONAL)
    def test_spaces_of_different_dimensions(self, loss, student):
        teacher = unit_rows(9, 3, seed=8)
        expected = NAIVE[loss](student.tolist(), teacher.tolist())
        assert float(loss(student, teacher)) == pytest.approx(expected, rel=1e-6)

    def test_raml(self, student_views, teacher_views):
        expected = naive_raml(student_views, teacher_views)
        found = [float(term(student_views, teacher_views)) for term in RAML_TERMS]
        assert found == pytest.approx(expected, abs=1e-12)
        whole = losses.raml(student_views, teacher_views, 0.5, 0.25)
        assert float(whole) == pytest.approx(
            expected[0] + 0.5 * expected[1] + 0.25 * expected[2], abs=1e-12
        )


class TestSampleValuesOfTheDocstrings:
    sixty_degrees = torch.tensor([0.5, math.sqrt(0.75)], dtype=torch.float64)
    east = torch.tensor([1.0, 0.0], dtype=torch.float64)
    line = torch.tensor([[0.0], [1.0], [2.0]], dtype=torch.float64)
    corners = torch.eye(3, dtype=torch.float64)

    def test_copying(self):
        student, teacher = self.sixty_degrees[None], self.east[None]
        assert float(losses.regression(student, teacher)) == pytest.approx(0.5)
        assert float(losses.absolute_teacher(student, teacher)) == pytest.approx(1)

    def test_raml(self):
        student, teacher = self.sixty_degrees.expand(1, 2, 2), self.east.expand(1, 2, 2)
        assert float(losses.raml_absolute(student, teacher)) == pytest.approx(0.25)
        assert float(losses.raml_student_teacher(student, teacher)) == pytest.approx(0.25)
        apart = torch.stack([self.east, self.sixty_degrees])[None]
        assert float(losses.raml_student_student(apart, teacher)) == pytest.approx(0.25)

    def test_rkd(self):
        found = float(losses.rkd_distance(self.corners, self.line))
        assert found == pytest.approx(0.0625, rel=1e-6)
        found = float(losses.rkd_angle(self.corners, self.line))
        assert found == pytest.approx(1.25 / 3, rel=1e-6)

    def test_dark_rank(self):
        found = float(losses.dark_rank(self.corners, self.line))
        assert found == pytest.approx(math.log(2), rel=1e-6)

    def test_relative_teacher(self):
        found = losses.relative_teacher(0.5 * self.line[:2], self.line[:2])
        assert float(found) == pytest.approx(0.5 * math.sqrt(2), rel=1e-6)

    def test_contextual_similarity(self):
        teacher = torch.eye(2, dtype=torch.float64)
        found = losses.contextual_similarity(teacher.flip(0), teacher, temperature=1.0)
        assert float(found) == pytest.approx(math.tanh(0.5))

    def test_relaxed_contrastive(self):
        student, teacher = self.line[:2], torch.zeros(2, 1, dtype=torch.float64)
        found = losses.relaxed_contrastive(student, teacher)
        assert float(found) == pytest.approx(4, rel=1e-6)


class TestGradients:
    @pytest.mark.parametrize("loss", [*COPYING, *RELATIONAL])
    def test_of_rows(self, loss, student, teacher):
        student.requires_grad_()
        assert torch.autograd.gradcheck(lambda f: loss(f, teacher), [student])

    @pytest.mark.parametrize("loss", [*RAML_TERMS, losses.raml])
    def test_of_views(self, loss, student_views, teacher_views):
        student_views.requires_grad_()
        assert torch.autograd.gradcheck(lambda s: loss(s, teacher_views), [student_views])

    @pytest.mark.parametrize("loss", [*COPYING, *RELATIONAL])
    def test_none_reaches_the_teacher(self, loss, student, teacher):
        student.requires_grad_()
        teacher.requires_grad_()
        loss(student, teacher).backward()
        assert teacher.grad is None
        assert student.grad.abs().sum() > 0

    def test_the_absolute_teacher_pulls_all_distances_alike(self, teacher):
        """Its gradient keeps its length near the teacher; that of the regression fades."""
        for step in [0.5, 0.005]:
            moved = (teacher + step * unit_rows(9, 6, seed=9)).requires_grad_()
            losses.absolute_teacher(moved, teacher).backward()
            lengths = 9 * moved.grad.norm(dim=1)
            assert torch.allclose(lengths, torch.ones_like(lengths))


class TestPerfectStudents:
    @pytest.mark.parametrize(
        "loss",  # all but a likelihood and a contrast, which are never 0
        [x for x in NAIVE if x not in (losses.dark_rank, losses.relaxed_contrastive)],
    )
    def test_a_copy_of_the_teacher_costs_nothing(self, loss, teacher):
        assert float(loss(teacher, teacher)) == pytest.approx(0, abs=1e-12)

    @pytest.mark.parametrize("loss", [*RAML_TERMS, losses.raml])
    def test_a_copy_of_the_teachers_views_costs_nothing(self, loss, teacher_views):
        assert float(loss(teacher_views, teacher_views)) == pytest.approx(0, abs=1e-12)

    def test_dark_rank_prefers_the_teachers_order(self, student, teacher):
        assert losses.dark_rank(teacher, teacher) < losses.dark_rank(student, teacher)

    @pytest.mark.parametrize("loss", [losses.rkd_distance, losses.rkd_angle, losses.rkd])
    def test_rkd_ignores_the_scale_of_the_student(self, loss, student, teacher):
        torch.testing.assert_close(loss(3 * student, teacher), loss(student, teacher))

    @pytest.mark.parametrize("loss", [*COPYING, *RELATIONAL])
    def test_a_step_down_the_gradient_helps(self, loss, student, teacher):
        student.requires_grad_()
        before = loss(student, teacher)
        before.backward()
        after = loss(student.detach() - 1e-4 * student.grad, teacher)
        assert after < before


class TestEdges:
    @pytest.mark.parametrize("loss", [*COPYING, *RELATIONAL])
    @pytest.mark.parametrize("images", [2, 3, 9])
    def test_identical_embeddings(self, loss, images):
        """Two networks that give every image the same embedding, as a collapsed student does."""
        same = unit_rows(1, 6).float().repeat(images, 1)
        student = same.clone().requires_grad_()
        value = loss(student, same)
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(student.grad).all() and student.grad.abs().max() < 100

    @pytest.mark.parametrize("loss", RELATIONAL)
    def test_a_pair_of_twins(self, loss, student, teacher):
        """Two images that only the student finds identical: distance 0, where √ has no slope."""
        student = student.float()[[0, 0, 2, 3, 4, 5, 6, 7, 8]].requires_grad_()
        loss(student, teacher.float()).backward()
        assert torch.isfinite(student.grad).all() and student.grad.abs().max() < 1000

    def test_two_images_make_no_angle(self, student, teacher):
        assert float(losses.rkd_angle(student[:2], teacher[:2])) == 0


class TestErrors:
    @pytest.mark.parametrize("loss", COPYING)
    def test_copying(self, loss, student, teacher):
        with pytest.raises(ValueError, match=r"student \[9, 6\] and teacher \[8, 6\]"):
            loss(student, teacher[:8])
        with pytest.raises(ValueError, match=r"student \[9, 6\] and teacher \[9, 5\]"):
            loss(student, teacher[:, :5])

    @pytest.mark.parametrize("loss", RELATIONAL)
    def test_relational(self, loss, student, teacher):
        with pytest.raises(ValueError, match=r"student \[9, 6\] and teacher \[8, 6\]"):
            loss(student, teacher[:8])
        with pytest.raises(ValueError, match=r"student \[3, 3, 6\]"):
            loss(student.view(3, 3, 6), teacher)
        with pytest.raises(ValueError, match="give at least 2"):
            loss(student[:1], teacher[:1])

    def test_neighbours(self, student, teacher):
        with pytest.raises(ValueError, match="neighbours is 0"):
            losses.dark_rank(student, teacher, neighbours=0)
        with pytest.raises(ValueError, match="neighbours is 1"):
            losses.contextual_similarity(student, teacher, neighbours=1)

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


@pytest.mark.parametrize("name", ["rkd_distance", "rkd_angle", "dark_rank"])
def test_half_precision_gives_finite_losses_and_gradients(name):
    rows = functional.normalize(
        torch.randn(2, 8, 16, generator=torch.Generator().manual_seed(0)), dim=2
    )
    student, teacher = rows[0].half().requires_grad_(), rows[1].half()
    loss = getattr(losses, name)(student, teacher)
    loss.backward()
    assert loss.item() == pytest.approx(getattr(losses, name)(rows[0], rows[1]).item(), rel=0.01)
    assert student.grad.isfinite().all()
