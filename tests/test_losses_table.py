"""All distillation losses under one signature: what they react to, and at their edges."""

import inspect

import pytest
import torch
from random_embeddings import unit_rows
from torch.nn import functional

from helpers import losses
from helpers.losses import DISTILLATION, Pairs, pairs_of, pairs_with_self

LABELS = torch.tensor([0, 0, 1, 1, 1, 2])
FEWEST_IMAGES = 2

# What happens to a loss when the student's whole space is rotated, and the teacher's is not?
CHANGES = {
    "regression",
    "absolute_teacher",
    "raml_absolute",
    "raml_student_teacher",
    "raml",
    "contextual_similarity",
    "contrastive",
    "contrastive_plus",
    "triplet",
    "multi_similarity",
    "contrastive_mined_by_student",
    "contrastive_mined_by_teacher",
    "contrastive_mined_at_random",
    "triplet_mined_by_student",
    "triplet_mined_by_teacher",
    "triplet_mined_at_random",
    "triplet_and_absolute",
}
STAYS = {
    "raml_student_student",
    "relaxed_contrastive",
    "rkd",
    "rkd_distance",
    "rkd_angle",
    "dark_rank",
    "relative_teacher",
    "contrastive_symmetric",
    "triplet_symmetric",
    "multi_similarity_symmetric",
    "batch_hard_triplet",
    "triplet_and_relative",
}
IGNORES_THE_TEACHER = {
    "contrastive_symmetric",
    "triplet_symmetric",
    "multi_similarity_symmetric",
    "batch_hard_triplet",
}

every_loss = pytest.mark.parametrize("name", DISTILLATION)


@pytest.fixture
def student():
    # A common direction makes similarities large enough for every margin to bite.
    return functional.normalize(unit_rows(len(LABELS), 2, 7, seed=1) + 0.4, dim=-1)


@pytest.fixture
def teacher():
    return functional.normalize(unit_rows(len(LABELS), 2, 7, seed=2) + 0.4, dim=-1)


@pytest.fixture
def rotation():
    return torch.linalg.qr(unit_rows(7, 7, seed=3))[0]


def compute(name, student, teacher, labels=LABELS, **settings):
    torch.manual_seed(0)  # for the random pairs
    return DISTILLATION[name].compute(student, teacher, labels, **settings)


class TestEntries:
    def test_titles_tell_them_apart(self):
        titles = [loss.title for loss in DISTILLATION.values()]
        assert len(set(titles)) == len(titles)
        assert max(map(len, titles)) <= 22

    def test_every_distillation_loss_is_in_it(self):
        """A loss of the package is in the table if it compares a student with a teacher."""
        functions = inspect.getmembers(losses, inspect.isfunction)
        taking_both = {
            name
            for name, function in functions
            if list(inspect.signature(function).parameters)[:2] == ["student", "teacher"]
        }
        assert len(taking_both) == 13
        assert taking_both <= set(DISTILLATION)

    def test_labels_are_needed_by_the_pair_losses_alone(self):
        with_labels = {name for name, loss in DISTILLATION.items() if loss.needs_labels}
        words = ("contrastive", "triplet", "multi_similarity")
        assert with_labels == {
            name
            for name in DISTILLATION
            if any(word in name for word in words) and name != "relaxed_contrastive"
        }

    @every_loss
    def test_labels_matter_where_they_are_needed(self, name, student, teacher):
        value = compute(name, student, teacher)
        if DISTILLATION[name].needs_labels:
            others = torch.tensor([0, 1, 1, 2, 0, 2])
            assert abs(float(compute(name, student, teacher, others) - value)) > 1e-6
            with pytest.raises(ValueError, match="labels are None"):
                compute(name, student, teacher, labels=None)
            with pytest.raises(ValueError, match=r"shape \[5\].*each of 6 images"):
                compute(name, student, teacher, LABELS[:5])
        else:
            assert torch.equal(compute(name, student, teacher, labels=None), value)

    @every_loss
    def test_views_that_are_needed(self, name, student, teacher):
        if DISTILLATION[name].views == 1:
            assert torch.isfinite(compute(name, student[:, :1], teacher[:, :1]))
        else:
            assert DISTILLATION[name].views == 2 and name.startswith("raml")
            with pytest.raises(ValueError, match="at least 2"):
                compute(name, student[:, :1], teacher[:, :1])

    @every_loss
    def test_wrong_shapes(self, name, student, teacher):
        with pytest.raises(ValueError, match=r"student \[6, 7\] and teacher \[6, 7\] must both be"):
            compute(name, student[:, 0], teacher[:, 0])
        with pytest.raises(ValueError, match=r"student \[6, 2, 7\] and teacher \[5, 2, 7\]"):
            compute(name, student, teacher[:5])
        with pytest.raises(ValueError, match=r"student \[6, 2, 7\] and teacher \[2, 6, 7\]"):
            compute(name, student, teacher.reshape(2, 6, 7))


class TestRotations:
    def test_the_table_of_this_test_is_complete(self):
        assert CHANGES | STAYS == set(DISTILLATION) and not CHANGES & STAYS

    @every_loss
    def test_of_the_students_space_alone(self, name, student, teacher, rotation):
        value = compute(name, student, teacher)
        rotated = compute(name, student @ rotation, teacher)
        if name in STAYS:
            torch.testing.assert_close(rotated, value)
        else:
            assert abs(float(rotated - value)) > 0.01 * abs(float(value)) + 0.001

    @every_loss
    def test_of_both_spaces_together(self, name, student, teacher, rotation):
        rotated = compute(name, student @ rotation, teacher @ rotation)
        torch.testing.assert_close(rotated, compute(name, student, teacher))

    @every_loss
    def test_a_rotated_copy_of_the_teacher_is_as_good_only_for_relations(self, name, rotation):
        classes = 2 * unit_rows(3, 7, seed=4)[LABELS]  # a teacher that has learned something
        teacher = functional.normalize(classes[:, None] + unit_rows(6, 2, 7, seed=2), dim=-1)
        copy, rotated = compute(name, teacher, teacher), compute(name, teacher @ rotation, teacher)
        if name in STAYS:
            torch.testing.assert_close(rotated, copy)
        else:
            assert float(rotated) > float(copy) + 0.001


class TestTheTeacher:
    @every_loss
    def test_no_gradient_reaches_it(self, name, student, teacher):
        student.requires_grad_()
        teacher.requires_grad_()
        value = compute(name, student, teacher)
        assert value.ndim == 0
        value.backward()
        assert teacher.grad is None
        assert student.grad.abs().sum() > 0

    @every_loss
    def test_it_is_heard_unless_training_is_symmetric(self, name, student, teacher):
        value, other = compute(name, student, teacher), compute(name, student, teacher.flip(0))
        if name in IGNORES_THE_TEACHER:
            assert torch.equal(value, other)
        else:
            assert abs(float(value - other)) > 1e-4


@every_loss
def test_gradients(name, student, teacher):
    student.requires_grad_()
    assert torch.autograd.gradcheck(lambda f: compute(name, f, teacher), [student])


class TestViews:
    """The views of an image are rows of their own, with its label."""

    labels = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2])

    @pytest.fixture
    def f(self, student):
        return student.reshape(12, 7)

    @pytest.fixture
    def g(self, teacher):
        return teacher.reshape(12, 7)

    def equal(self, name, student, teacher, expected, **settings):
        found = float(compute(name, student, teacher, **settings))
        assert found == pytest.approx(float(expected), rel=1e-12)

    def test_losses_without_labels(self, student, teacher, f, g):
        names = [name for name, loss in DISTILLATION.items() if not loss.needs_labels]
        for name in names:
            views = name.startswith("raml")
            loss = getattr(losses, name)
            self.equal(name, student, teacher, loss(student, teacher) if views else loss(f, g))

    @pytest.mark.parametrize("name", ["contrastive", "triplet", "multi_similarity"])
    def test_pair_losses(self, name, student, teacher, f, g):
        loss, pairs = getattr(losses, name), pairs_of(self.labels)
        self.equal(name, student, teacher, loss(f, g, pairs))
        self.equal(f"{name}_symmetric", student, teacher, loss(f, f, pairs))

    def test_contrastive_plus(self, student, teacher, f, g):
        expected = losses.contrastive(f, g, pairs_with_self(self.labels))
        self.equal("contrastive_plus", student, teacher, expected)

    def test_batch_hard_triplets_with_a_teacher(self, student, teacher, f, g):
        own = losses.batch_hard_triplet(f, f, pairs_of(self.labels))
        absolute, relative = losses.absolute_teacher(f, g), losses.relative_teacher(f, g)
        self.equal("batch_hard_triplet", student, teacher, own)
        self.equal("triplet_and_absolute", student, teacher, own + absolute)
        self.equal("triplet_and_relative", student, teacher, own + 0.3 * relative)
        self.equal("triplet_and_absolute", student, teacher, own + 5 * absolute, weight=5.0)
        self.equal("triplet_and_relative", student, teacher, own + 5 * relative, weight=5.0)

    def test_settings_of_the_underlying_loss(self, student, teacher, f, g):
        pairs = pairs_of(self.labels)
        for name, margin in [("contrastive", 0.1), ("triplet", 0.7)]:
            expected = getattr(losses, name)(f, g, pairs, margin=margin)
            self.equal(name, student, teacher, expected, margin=margin)
        own = losses.batch_hard_triplet(f, f, pairs, margin=0.4)
        self.equal(
            "triplet_and_absolute",
            student,
            teacher,
            own + losses.absolute_teacher(f, g),
            margin=0.4,
        )
        self.equal(
            "rkd", student, teacher, losses.rkd_angle(f, g), weight_distance=0, weight_angle=1
        )


class TestMining:
    labels = TestViews.labels

    def hard_pairs(self, similarity, positives, negatives):
        """Of each row the least similar positives, the most similar negatives, by sorting."""
        n = len(self.labels)
        kept = Pairs(torch.zeros(n, n, dtype=torch.bool), torch.zeros(n, n, dtype=torch.bool))
        for i, row in enumerate(similarity.tolist()):
            order = sorted(range(n), key=row.__getitem__)
            same = [j for j in order if self.labels[j] == self.labels[i] and j != i]
            different = [j for j in order if self.labels[j] != self.labels[i]]
            kept.positive[i, same[:positives]] = True
            kept.negative[i, different[-negatives:]] = True
        return kept

    @pytest.mark.parametrize("loss", ["contrastive", "triplet"])
    @pytest.mark.parametrize("miner", ["by_student", "by_teacher", "at_random"])
    @pytest.mark.parametrize(("positives", "negatives"), [(1, 5), (2, 3)])
    def test_who_chooses_the_pairs(self, loss, miner, positives, negatives, student, teacher):
        f, g = student.reshape(12, 7), teacher.reshape(12, 7)
        torch.manual_seed(0)
        similarity = {"by_student": f @ g.T, "by_teacher": g @ g.T, "at_random": torch.rand(12, 12)}
        pairs = self.hard_pairs(similarity[miner], positives, negatives)
        expected = getattr(losses, loss)(f, g, pairs)
        settings = {} if positives == 1 else {"positives": 2, "negatives": 3}
        found = compute(f"{loss}_mined_{miner}", student, teacher, **settings)
        assert float(found) == pytest.approx(float(expected), rel=1e-12)

    def test_random_pairs_change_from_step_to_step(self, student, teacher):
        loss = DISTILLATION["contrastive_mined_at_random"].compute
        values = {float(loss(student, teacher, LABELS)) for _ in range(5)}
        assert len(values) > 1

    def test_mined_triplets_are_harder_than_all_triplets(self, student, teacher):
        everything = compute("triplet", student, teacher)
        assert compute("triplet_mined_by_student", student, teacher) > everything


class TestEdges:
    @every_loss
    @pytest.mark.parametrize(
        "labels",
        [[0, 0, 0, 0], [0, 1, 2, 3], [0, 0, 1, 2], [5, 3, 5, 3]],
        ids=["no negative", "no positive", "one positive only", "two classes"],
    )
    @pytest.mark.parametrize("embeddings", ["random", "teacher's", "identical"])
    @pytest.mark.parametrize("images", [FEWEST_IMAGES, 4])
    def test_finite_in_value_and_gradient(self, name, labels, embeddings, images):
        views = DISTILLATION[name].views
        raw, teacher = unit_rows(images, views, 5).float(), unit_rows(images, views, 5, seed=1)
        if embeddings == "identical":
            raw = raw[:1, :1].expand(images, views, 5).clone()
        raw.requires_grad_()
        student = functional.normalize(raw, dim=-1)
        teacher = teacher.float() if embeddings == "random" else student.detach()
        value = compute(name, student, teacher, torch.tensor(labels[:images]))
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(raw.grad).all() and raw.grad.abs().max() < 1000
