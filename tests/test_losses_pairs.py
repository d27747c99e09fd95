"""Pairs from labels, and the mining of hard ones."""

import pytest
import torch
from random_embeddings import LABELS, unit_rows

from helpers import losses
from helpers.losses import Pairs, mine, pairs_of, pairs_with_self


@pytest.fixture
def student():
    return unit_rows(len(LABELS), 6, seed=1)


@pytest.fixture
def teacher():
    return unit_rows(len(LABELS), 6, seed=2)


class TestPairs:
    def test_of_labels(self):
        labels = torch.tensor([4, 2, 4])
        yes, no = True, False
        others = [[no, yes, no], [yes, no, yes], [no, yes, no]]
        assert pairs_of(labels).positive.tolist() == [[no, no, yes], [no, no, no], [yes, no, no]]
        assert pairs_of(labels).negative.tolist() == others
        with_self = pairs_with_self(labels)
        assert with_self.positive.tolist() == [[yes, no, yes], [no, yes, no], [yes, no, yes]]
        assert with_self.negative.tolist() == others

    def test_errors(self):
        with pytest.raises(ValueError, match="unlabelled"):
            pairs_of(torch.tensor([0, -1]))
        with pytest.raises(ValueError, match=r"vector \[n\], not \[2, 1\]"):
            pairs_with_self(torch.zeros(2, 1, dtype=torch.int64))


class TestMining:
    def kept(self, mask):
        return [row.nonzero().flatten().tolist() for row in mask]

    @pytest.mark.parametrize(("positives", "negatives"), [(None, 2), (1, 3), (2, 1)])
    def test_equals_sorting_each_row(self, student, teacher, positives, negatives):
        similarity = student @ teacher.T
        mined = mine(pairs_of(LABELS), similarity, positives, negatives)
        for i in range(len(LABELS)):
            near_last = sorted(range(len(LABELS)), key=lambda j: float(similarity[i, j]))
            of_class = [j for j in near_last if LABELS[j] == LABELS[i] and j != i]
            of_others = [j for j in reversed(near_last) if LABELS[j] != LABELS[i]]
            hard_positives, hard_negatives = of_class[:positives], of_others[:negatives]
            assert self.kept(mined.positive)[i] == sorted(hard_positives)
            assert self.kept(mined.negative)[i] == sorted(hard_negatives)

    def test_sample_value_of_the_docstring(self):
        pairs = Pairs(torch.zeros(1, 3, dtype=torch.bool), torch.ones(1, 3, dtype=torch.bool))
        mined = mine(pairs, torch.tensor([[0.1, 0.7, 0.4]]), negatives=2)
        assert self.kept(mined.negative) == [[1, 2]]
        assert self.kept(mined.positive) == [[]]

    def test_fewer_candidates_than_asked_for_are_all_kept(self, student):
        pairs = pairs_of(LABELS)
        mined = mine(pairs, student @ student.T, positives=100, negatives=100)
        assert torch.equal(mined.positive, pairs.positive)
        assert torch.equal(mined.negative, pairs.negative)

    def test_student_and_teacher_find_different_pairs(self, student, teacher):
        pairs = pairs_of(LABELS)
        by_student = mine(pairs, student @ student.T, negatives=2).negative
        by_teacher = mine(pairs, teacher @ teacher.T, negatives=2).negative
        assert (by_student.sum(dim=1) == 2).all() and not torch.equal(by_student, by_teacher)

    def test_hard_pairs_cost_more_than_random_ones(self, student):
        pairs = pairs_of(LABELS)
        n = len(LABELS)
        noise = torch.rand(n, n, generator=torch.Generator().manual_seed(0))
        hard = losses.triplet(student, student, mine(pairs, student @ student.T, 1, 2))
        at_random = losses.triplet(student, student, mine(pairs, noise, 1, 2))
        assert hard > at_random

    def test_no_gradient_through_the_choice(self, student):
        student.requires_grad_()
        mined = mine(pairs_of(LABELS), student @ student.T)
        assert mined.positive.dtype == mined.negative.dtype == torch.bool

    def test_errors(self, student):
        pairs = pairs_of(LABELS)
        with pytest.raises(ValueError, match=r"similarity has shape \[10, 9\].*\[10, 10\]"):
            mine(pairs, student @ student[:9].T)
        for settings in [{"positives": 0}, {"negatives": 0}]:
            with pytest.raises(ValueError, match="at least 1 positive and 1 negative"):
                mine(pairs, student @ student.T, **settings)
