"""Retrieval against hand-computed cases, scikit-learn and pytorch-metric-learning."""

import numpy as np
import pytest

from helpers import retrieval
from helpers.retrieval import search


def unit_rows(n, d=16, seed=0):
    rows = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def clustered(labels, seed=0, noise=1.0):
    """Embeddings in which items of one class are near each other, but not always nearest."""
    centres = unit_rows(labels.max() + 1, seed=99)
    rows = centres[labels] + noise * unit_rows(len(labels), seed=seed)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def on_circle(*degrees):
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.fixture
def labels():
    """Classes of different sizes, in mixed order."""
    return np.random.default_rng(1).permutation(np.repeat(np.arange(12), [2, 3, 4, 5, 6, 7] * 2))


class TestMetricsFromRanks:
    @pytest.mark.parametrize(
        ("ranks", "trapezoid", "plain", "at_r"),
        [
            ([0, 2], 0.7917, 0.8333, 0.5),
            ([1, 3], 0.3333, 0.5, 0.25),
            ([4, 9], 0.1278, 0.2, 0.0),
        ],
    )
    def test_published_vectors(self, ranks, trapezoid, plain, at_r):
        assert retrieval.average_precision_trapezoid(ranks, 2) == pytest.approx(trapezoid, abs=5e-5)
        assert retrieval.average_precision(ranks, 2) == pytest.approx(plain, abs=5e-5)
        assert retrieval.average_precision_at_r(ranks, 2) == pytest.approx(at_r)

    def test_many_queries_at_once_with_padding(self):
        ranks, count = np.array([[0, 2], [3, np.inf]]), np.array([2, 1])
        assert retrieval.average_precision(ranks, count) == pytest.approx([5 / 6, 1 / 4])
        assert retrieval.average_precision_trapezoid(ranks, count) == pytest.approx(
            [19 / 24, 1 / 8]
        )
        assert retrieval.average_precision_at_r(ranks, count) == pytest.approx([0.5, 0])

    def test_a_positive_that_is_not_found_counts_as_missing(self):
        assert retrieval.average_precision([0, np.inf], 2) == pytest.approx(0.5)

    def test_recall(self):
        assert not retrieval.recall_at_k([2, 5], 1)
        assert not retrieval.recall_at_k([2, 5], 2)
        assert retrieval.recall_at_k([2, 5], 3)


class TestByHand:
    database = on_circle(10, 20, 30, 40, 50)
    database_labels = np.array([1, 0, 1, 0, 1])

    def test_evaluate(self):
        scores = retrieval.evaluate(
            on_circle(0), self.database, np.array([0]), self.database_labels, ks=(1, 2)
        )
        # The positives of class 0 come at ranks 1 and 3.
        assert not scores.recall[1][0] and scores.recall[2][0]
        assert scores.average_precision == pytest.approx([1 / 2])
        assert scores.average_precision_trapezoid == pytest.approx([1 / 3])
        assert scores.average_precision_at_r == pytest.approx([1 / 4])

    def test_mean(self):
        scores = retrieval.evaluate(
            on_circle(0, 20), self.database, np.array([0, 0]), self.database_labels, ks=(1,)
        )
        mean = scores.mean()
        assert set(mean) == {"recall@1", "mAP", "mAP trapezoid", "MAP@R"}
        assert mean["recall@1"] == 0.5
        assert mean["mAP"] == pytest.approx(scores.average_precision.mean())

    def test_neighbours(self):
        rows, similarities = retrieval.neighbours(on_circle(0, 52), self.database, k=2)
        assert rows.tolist() == [[0, 1], [4, 3]]
        assert similarities[0] == pytest.approx(np.cos(np.deg2rad([10, 20])))
        assert rows.dtype == np.int64 and similarities.dtype == np.float32

    def test_distractors_are_negatives_of_every_query(self):
        scores = retrieval.evaluate(
            on_circle(0), on_circle(5, 10), np.array([0]), np.array([-1, 0]), ks=(1,)
        )
        assert scores.average_precision == pytest.approx([1 / 2])


class TestOwnRow:
    def test_is_never_a_neighbour(self):
        rows = unit_rows(20)
        found, _ = retrieval.neighbours(rows, rows, 19, own_row=np.arange(20))
        for i in range(20):
            assert sorted(found[i]) == [j for j in range(20) if j != i]

    def test_is_not_an_answer(self):
        # Each item is its own nearest; its only positive is the farthest of all.
        embeddings = on_circle(0, 90, 180, 270)
        scores = retrieval.symmetric_test(embeddings, np.array([0, 1, 0, 1]), ks=(1, 3))
        assert not scores.recall[1].any()
        assert scores.recall[3].all()
        assert scores.average_precision == pytest.approx(np.full(4, 1 / 3))

    def test_may_be_anywhere_in_the_database(self):
        database, order = unit_rows(20), np.random.default_rng(0).permutation(20)
        labels = np.arange(20) % 4
        shuffled = retrieval.evaluate(database[order], database, labels[order], labels, order)
        plain = retrieval.symmetric_test(database, labels)
        np.testing.assert_allclose(shuffled.average_precision, plain.average_precision[order])


class TestTies:
    def test_a_constant_embedding_finds_nothing(self):
        # More than one chunk of columns of a matrix product, so that rounding may differ.
        embeddings = np.repeat(unit_rows(1, d=128), 1003, axis=0)
        labels = np.arange(1003) % 100
        scores = retrieval.symmetric_test(embeddings, labels)
        assert not scores.recall[10].any()
        assert scores.average_precision_at_r.max() == 0
        assert scores.mean()["mAP"] < 0.01

    def test_a_tied_positive_ranks_after_every_negative_it_ties_with(self):
        database, labels = on_circle(0, 0, 0, 90), np.array([0, 1, 1, 0])
        ranks, count = retrieval.positive_ranks(on_circle(0), database, np.array([0]), labels)
        assert ranks.tolist() == [[2, 3]]
        assert count.tolist() == [2]

    def test_a_difference_as_small_as_rounding_is_a_tie(self):
        database = on_circle(0, 0)
        database[0] *= 1 + 3e-7
        ranks, _ = retrieval.positive_ranks(on_circle(0), database, np.array([0]), np.array([0, 1]))
        assert ranks.tolist() == [[1]]

    def test_tied_positives_do_not_harm_each_other(self):
        ranks, _ = retrieval.positive_ranks(
            on_circle(0), on_circle(0, 0, 90), np.array([0]), np.array([0, 0, 1])
        )
        assert ranks.tolist() == [[0, 1]]

    def test_tied_neighbours_come_in_the_order_of_their_rows(self):
        rows, _ = retrieval.neighbours(on_circle(0), on_circle(90, 0, 0, 0), k=4)
        assert rows.tolist() == [[1, 2, 3, 0]]


class TestAgainstOtherLibraries:
    def test_average_precision_of_scikit_learn(self, labels):
        sklearn = pytest.importorskip("sklearn.metrics")
        student, teacher = clustered(labels, 0), clustered(labels, 1)
        scores = retrieval.asymmetric_test(student, teacher, labels)
        for i in range(len(labels)):
            others = np.arange(len(labels)) != i
            expected = sklearn.average_precision_score(
                labels[others] == labels[i], teacher[others] @ student[i]
            )
            assert scores.average_precision[i] == pytest.approx(expected)

    @pytest.mark.parametrize("asymmetric", [False, True])
    def test_accuracy_calculator(self, labels, asymmetric):
        pytest.importorskip("pytorch_metric_learning")
        from pytorch_metric_learning.distances import CosineSimilarity
        from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
        from pytorch_metric_learning.utils.inference import CustomKNN

        query, database = clustered(labels, 0), clustered(labels, 1 if asymmetric else 0)
        calculator = AccuracyCalculator(
            include=("precision_at_1", "mean_average_precision_at_r"),
            k="max_bin_count",
            knn_func=CustomKNN(CosineSimilarity()),
        )
        theirs = calculator.get_accuracy(
            query, labels, database, labels, ref_includes_query=not asymmetric
        )
        # With ref_includes_query the library drops the nearest item, which is the query's own only
        # in the symmetric test; so the asymmetric test is compared with own rows left in.
        own_row = None if asymmetric else np.arange(len(labels))
        ours = retrieval.evaluate(query, database, labels, labels, own_row).mean()
        assert ours["recall@1"] == pytest.approx(theirs["precision_at_1"])
        assert ours["MAP@R"] == pytest.approx(theirs["mean_average_precision_at_r"])

    def test_procrustes_of_scipy(self):
        linalg = pytest.importorskip("scipy.linalg")
        source, target = unit_rows(50, seed=0), unit_rows(50, seed=1)
        expected, _ = linalg.orthogonal_procrustes(source, target)
        np.testing.assert_allclose(retrieval.procrustes(source, target), expected, atol=1e-4)


def test_chunks_do_not_change_the_result(labels, monkeypatch):
    student, teacher = clustered(labels, 0), clustered(labels, 1)
    own_row = np.arange(len(labels))
    whole = retrieval.asymmetric_test(student, teacher, labels)
    found, _ = retrieval.neighbours(student, teacher, 5, own_row)
    monkeypatch.setattr(search, "CHUNK", 7 * len(labels))
    parts = retrieval.asymmetric_test(student, teacher, labels)
    np.testing.assert_array_equal(parts.average_precision, whole.average_precision)
    np.testing.assert_array_equal(parts.recall[1], whole.recall[1])
    np.testing.assert_array_equal(retrieval.neighbours(student, teacher, 5, own_row)[0], found)


def test_independent_spaces_share_nothing_until_rotated(labels):
    """A rotated copy of the teacher is perfect symmetrically, lost asymmetrically, and saved."""
    teacher = clustered(labels, noise=0.3)
    rotation = np.linalg.qr(np.random.default_rng(5).normal(size=(16, 16)))[0]
    student = (teacher @ rotation).astype(np.float32)
    expected = retrieval.symmetric_test(teacher, labels).mean()["mAP"]
    assert retrieval.symmetric_test(student, labels).mean()["mAP"] == pytest.approx(expected)
    assert retrieval.asymmetric_test(student, teacher, labels).mean()["mAP"] < expected / 2
    aligned = student @ retrieval.procrustes(student, teacher)
    found = retrieval.asymmetric_test(aligned, teacher, labels).mean()["mAP"]
    assert found == pytest.approx(expected)


class TestIntervals:
    def test_of_a_proportion_is_near_the_normal_approximation(self):
        found = np.arange(1000) % 4 == 0
        low, high = retrieval.bootstrap_interval(found)
        half_width = 1.96 * np.sqrt(0.25 * 0.75 / 1000)
        assert low == pytest.approx(0.25 - half_width, abs=0.005)
        assert high == pytest.approx(0.25 + half_width, abs=0.005)

    def test_is_the_same_each_time_and_widens_with_the_level(self):
        values = np.random.default_rng(0).random(200)
        low, high = retrieval.bootstrap_interval(values)
        assert (low, high) == retrieval.bootstrap_interval(values)
        wider = retrieval.bootstrap_interval(values, level=0.99)
        assert wider[0] < low < values.mean() < high < wider[1]

    def test_spread_over_seeds_widens_it(self):
        values = np.random.default_rng(0).random((3, 200))
        apart = values + np.array([[-0.2], [0.0], [0.2]])
        widths = [np.diff(retrieval.mean_interval(v))[0] for v in (values, apart)]
        assert widths[1] > 2 * widths[0]

    def test_seeds_enter_by_students_t(self):
        values = np.array([0.1, 0.2, 0.3, 0.4, 0.5])[:, None] * np.ones(50)
        half = 2.776 * np.std(values[:, 0], ddof=1) / np.sqrt(5)  # t table, 4 degrees, 97.5 %
        low, high = retrieval.mean_interval(values)
        assert (low, high) == pytest.approx((0.3 - half, 0.3 + half), abs=1e-4)

    def test_queries_of_one_group_count_as_one(self):
        values = np.random.default_rng(0).random(60)
        copied, groups = np.repeat(values, 5), np.repeat(np.arange(60), 5)
        assert retrieval.mean_interval(copied, groups) == pytest.approx(
            retrieval.mean_interval(values)
        )

    def test_pairing_removes_what_both_share(self):
        generator = np.random.default_rng(0)
        second = generator.random(300)
        first = second + 0.02 + 0.01 * generator.normal(size=300)
        low, high = retrieval.paired_difference_interval(first, second)
        assert 0.015 < low < 0.02 < high < 0.025

    def test_errors(self):
        with pytest.raises(ValueError, match=r"values have shape \[0\]"):
            retrieval.bootstrap_interval(np.empty(0))
        with pytest.raises(ValueError, match="finite"):
            retrieval.bootstrap_interval(np.array([0.0, np.nan]))
        with pytest.raises(ValueError, match="use mean_interval"):
            retrieval.bootstrap_interval(np.ones((5, 10)))
        with pytest.raises(ValueError, match="one group for each"):
            retrieval.mean_interval(np.ones(5), np.arange(4))
        with pytest.raises(ValueError, match=r"first has shape \[3\] and second \[4\]"):
            retrieval.paired_difference_interval(np.ones(3), np.ones(4))


class TestErrors:
    def test_wrong_shape(self):
        with pytest.raises(ValueError, match=r"query must be embeddings \[n, d\].*\[16\]"):
            retrieval.neighbours(unit_rows(5)[0], unit_rows(5), 1)
        with pytest.raises(ValueError, match=r"database must be embeddings.*\[0, 16\]"):
            retrieval.neighbours(unit_rows(5), unit_rows(5)[:0], 1)

    def test_different_dimensions(self):
        with pytest.raises(ValueError, match="query has dimension 16 but database 8"):
            retrieval.neighbours(unit_rows(5), unit_rows(5, d=8), 1)

    def test_not_a_number(self, labels):
        broken = clustered(labels)
        broken[3, 2] = np.nan
        with pytest.raises(ValueError, match="query contains NaN"):
            retrieval.symmetric_test(broken, labels)
        with pytest.raises(ValueError, match="database contains NaN"):
            retrieval.asymmetric_test(clustered(labels), broken, labels)

    def test_not_of_unit_length(self, labels):
        with pytest.raises(ValueError, match="length 2 to 2, not 1; divide"):
            retrieval.symmetric_test(2 * clustered(labels), labels)

    def test_half_precision_is_good_enough(self, labels):
        rows = clustered(labels).astype(np.float16)
        assert retrieval.symmetric_test(rows, labels).mean()["mAP"] > 0

    def test_labels_of_another_length(self, labels):
        rows = clustered(labels)
        with pytest.raises(ValueError, match=r"query_labels have shape \[10\]"):
            retrieval.symmetric_test(rows, labels[:10])
        with pytest.raises(ValueError, match=r"database_labels have shape \[9\]"):
            retrieval.evaluate(rows, unit_rows(len(rows)), labels, labels[:9])

    def test_words_as_labels(self, labels):
        with pytest.raises(ValueError, match="query_labels are <U.*number the classes"):
            retrieval.symmetric_test(clustered(labels), labels.astype(str))

    def test_queries_that_find_themselves(self, labels):
        noise = unit_rows(len(labels))
        with pytest.warns(UserWarning, match="give own_row, or use symmetric_test"):
            scores = retrieval.evaluate(noise, noise, labels, labels)
        assert scores.mean()["recall@1"] == 1

    def test_unlabelled_query(self, labels):
        with pytest.raises(ValueError, match="unlabelled"):
            retrieval.symmetric_test(clustered(labels), np.where(labels == 3, -1, labels))

    def test_a_class_with_one_image(self, labels):
        labels[0] = 77
        with pytest.raises(ValueError, match="1 queries have no positive.*label 77"):
            retrieval.symmetric_test(unit_rows(len(labels)), labels)
        with pytest.raises(ValueError, match="no positive.*label 5"):
            retrieval.evaluate(unit_rows(1), unit_rows(3), np.array([5]), np.array([0, 1, 2]))

    def test_k_beyond_the_database(self, labels):
        rows = clustered(labels)
        with pytest.raises(ValueError, match=f"choose k from 1 to {len(labels) - 1}"):
            retrieval.symmetric_test(rows, labels, ks=(len(labels),))
        with pytest.raises(ValueError, match="k is 0"):
            retrieval.neighbours(rows, rows, 0)

    def test_own_row(self, labels):
        rows, own_row = clustered(labels), np.arange(len(labels))
        with pytest.raises(ValueError, match=r"own_row has shape \[3\]"):
            retrieval.evaluate(rows, rows, labels, labels, own_row[:3])
        with pytest.raises(ValueError, match="the database has rows 0"):
            retrieval.neighbours(rows, rows, 1, own_row + 1)
        with pytest.raises(ValueError, match="another label"):
            retrieval.evaluate(rows, rows, labels, labels, np.roll(own_row, 1))

    def test_student_and_teacher_of_different_images(self, labels):
        rows = clustered(labels)
        with pytest.raises(ValueError, match=f"student has 5 rows and teacher {len(rows)}"):
            retrieval.asymmetric_test(rows[:5], rows, labels)

    def test_procrustes(self):
        with pytest.raises(ValueError, match="source has 4 rows and target 5"):
            retrieval.procrustes(unit_rows(4), unit_rows(5))
        with pytest.raises(ValueError, match="source has dimension 16 but target 8"):
            retrieval.procrustes(unit_rows(5), unit_rows(5, d=8))
