"""The training loop: it learns, it can be resumed, and its batches are what they should be."""

import signal

import numpy as np
import pytest
import torch
from torch import nn

from helpers import losses
from helpers.images import ImageSet, as_float
from helpers.networks import embed, small_resnet
from helpers.training import (
    CachedViews,
    NormalisedSoftmaxHead,
    TrainingSettings,
    cache_views,
    class_balanced_rows,
    distil,
    distil_with_labels,
    shrunk,
    train_metric,
)
from helpers.training.batches import CachedBatches, LabelledCachedBatches


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def coloured():
    """Six classes, each a colour with noise, 16 px."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(6) * 10, 8)  # with gaps, as the fine labels of a subset have
    colours = random.integers(40, 216, (6, 3, 1, 1))[labels // 10]
    images = np.clip(colours + random.normal(0, 30, (48, 3, 16, 16)), 0, 255).astype(np.uint8)
    return ImageSet("coloured", images, labels, labels)


def tiny(seed=0):
    return small_resnet(widths=(4, 8), blocks=(1, 1), dimensions=6, seed=seed)


SETTINGS = TrainingSettings(
    steps=20, batch=12, images_per_class=3, learning_rate=1e-2, precision="no"
)


@pytest.fixture(scope="module")
def cache(coloured):
    return cache_views(coloured, tiny(7), (8, 16), views_per_image=3)


def same_weights(first, second):
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def losses_of(history):
    return [record["loss"] for record in history]


class InterruptedHead(NormalisedSoftmaxHead):
    """Presses Ctrl-C while a step is running."""

    def __init__(self, stop_after):
        super().__init__(6, 6)
        self.calls, self.stop_after = 0, stop_after

    def forward(self, embeddings, labels):
        self.calls += 1
        if self.calls == self.stop_after:
            signal.raise_signal(signal.SIGINT)
        return super().forward(embeddings, labels)


def test_metric_learning_lowers_the_loss_and_trains_the_head(coloured):
    head = NormalisedSoftmaxHead(6, 6)
    before = head.class_weights.detach().clone()
    network = tiny()
    history = train_metric(network, coloured, head, SETTINGS)
    assert np.mean(losses_of(history)[-5:]) < 0.7 * np.mean(losses_of(history)[:3])
    assert history[-1]["step"] == 20 and history[-1]["seconds"] > 0
    assert not torch.equal(before, head.class_weights)
    assert not network.training


def test_the_head_is_the_loss_of_its_weights():
    head, embeddings = NormalisedSoftmaxHead(4, 6), torch.randn(5, 6)
    labels = torch.tensor([0, 1, 2, 3, 0])
    expected = losses.normalised_softmax(embeddings, head.class_weights, labels)
    torch.testing.assert_close(head(embeddings, labels), expected)


def test_a_resumed_training_ends_like_an_uninterrupted_one(coloured, tmp_path):
    whole, whole_head = tiny(), NormalisedSoftmaxHead(6, 6)
    expected = train_metric(whole, coloured, whole_head, SETTINGS)
    stopped = tiny()
    with pytest.raises(KeyboardInterrupt, match="step 7 of 20"):
        train_metric(stopped, coloured, InterruptedHead(7), SETTINGS, tmp_path)
    resumed, resumed_head = tiny(seed=3), NormalisedSoftmaxHead(6, 6, seed=3)
    history = train_metric(resumed, coloured, resumed_head, SETTINGS, tmp_path)
    assert same_weights(whole, resumed) and same_weights(whole_head, resumed_head)
    assert losses_of(history) == losses_of(expected)


def test_a_finished_training_is_kept(coloured, tmp_path):
    trained, again = tiny(), tiny(seed=3)
    history = train_metric(trained, coloured, NormalisedSoftmaxHead(6, 6), SETTINGS, tmp_path)
    second = train_metric(again, coloured, InterruptedHead(1), SETTINGS, tmp_path)
    assert second == history and same_weights(trained, again), "no step was made again"


@pytest.mark.parametrize("damage", ["empty", "half", "text", "flipped", "other"])
def test_a_damaged_state_is_named_and_training_starts_over(coloured, tmp_path, damage):
    with pytest.raises(KeyboardInterrupt, match="saved in .*call again"):
        train_metric(tiny(), coloured, InterruptedHead(7), SETTINGS, tmp_path)
    (state,) = tmp_path.iterdir()
    content = state.read_bytes()
    middle = len(content) // 2
    if damage == "other":
        torch.save({"weights": torch.zeros(3)}, state)
    else:
        flipped = bytes(255 - byte for byte in content[:middle]) + content[middle:]
        state.write_bytes(
            {"empty": b"", "half": content[:middle], "text": b"no", "flipped": flipped}[damage]
        )
    whole, resumed = tiny(), tiny()
    train_metric(whole, coloured, NormalisedSoftmaxHead(6, 6), SETTINGS)
    with pytest.warns(UserWarning, match="training.pt is damaged .*starts over"):
        train_metric(resumed, coloured, NormalisedSoftmaxHead(6, 6), SETTINGS, tmp_path)
    assert same_weights(whole, resumed)


def test_a_checkpoint_of_other_settings_is_refused(coloured, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train_metric(tiny(), coloured, InterruptedHead(2), SETTINGS, tmp_path)
    other = TrainingSettings(steps=21, batch=12, images_per_class=3, precision="no")
    with pytest.raises(ValueError, match="delete it"):
        train_metric(tiny(), coloured, NormalisedSoftmaxHead(6, 6), other, tmp_path)


def test_training_repeats_itself_and_leaves_global_random_numbers_alone(coloured):
    before = torch.get_rng_state()
    first, second = tiny(), tiny()
    for network in (first, second):
        train_metric(network, coloured, NormalisedSoftmaxHead(6, 6), SETTINGS)
    assert same_weights(first, second)
    assert torch.equal(before, torch.get_rng_state())


def test_a_broken_loss_stops_the_training(coloured):
    with pytest.raises(FloatingPointError, match="learning_rate"):
        train_metric(tiny(), coloured, lambda f, y: f.sum() * float("nan"), SETTINGS)


def test_frozen_batch_norm_keeps_its_statistics(coloured):
    network = tiny()
    settings = TrainingSettings(
        steps=2, batch=12, images_per_class=3, precision="no", freeze_batch_norm=True
    )
    train_metric(network, coloured, NormalisedSoftmaxHead(6, 6), settings)
    assert torch.all(network.backbone[1].running_mean == 0)


def test_bf16_trains(coloured):
    settings = TrainingSettings(steps=3, batch=12, images_per_class=3, precision="bf16")
    history = train_metric(tiny(), coloured, NormalisedSoftmaxHead(6, 6), settings)
    assert np.isfinite(losses_of(history)).all()


def test_batches_are_class_balanced():
    labels = np.array([-1, -1, -1, 4, 4, 4, 4, 7, 7, 9, 9, 9])
    rows = class_balanced_rows(labels, 3, 3, np.random.default_rng(0))
    drawn = labels[rows].reshape(3, 3)
    assert np.all(drawn == drawn[:, :1])
    assert set(drawn[:, 0]) == {4, 7, 9}
    assert len(set(rows[labels[rows] == 4])) == 3


def test_too_few_classes_are_refused():
    with pytest.raises(ValueError, match="only 2 classes"):
        class_balanced_rows(np.array([0, 0, 1, 1]), 3, 2, np.random.default_rng(0))


def test_cached_views_belong_to_the_teachers_embeddings(coloured):
    teacher = tiny(7)
    cache = cache_views([coloured, coloured], teacher, (16, 16), views_per_image=2, batch=20)
    assert cache.views.shape == (96, 2, 3, 16, 16) and cache.views.dtype == np.uint8
    assert cache.embeddings.shape == (96, 2, 6) and cache.embeddings.dtype == np.float16
    assert np.array_equal(cache.labels, np.tile(coloured.fine, 2))
    again = embed(teacher, cache.views.reshape(-1, 3, 16, 16)).reshape(96, 2, 6)
    assert (again * cache.embeddings).sum(-1).min() > 0.99
    assert teacher.training


def test_views_of_an_image_differ(cache):
    assert (np.ptp(cache.views.astype(int), axis=1).reshape(48, -1).max(axis=1) > 0).all()


def test_distillation_approaches_the_teacher(cache):
    student = tiny(1)
    settings = TrainingSettings(steps=40, batch=24, learning_rate=1e-2, precision="no")
    teacher_before = cache.embeddings.copy()
    history = distil(student, cache, losses.regression, settings)
    assert losses_of(history)[-1] < 0.5 * losses_of(history)[0]
    assert np.array_equal(cache.embeddings, teacher_before)


def test_views_of_an_image_stand_together_for_raml(cache):
    shapes = []

    def loss(student, teacher):
        shapes.append((student.shape, teacher.shape))
        return losses.raml(student, teacher)

    settings = TrainingSettings(steps=2, batch=12, views_together=3, precision="no")
    distil(tiny(1), cache, loss, settings)
    assert shapes == [((4, 3, 6), (4, 3, 6))] * 2


class Copying(nn.Module):
    """A network that returns its images' mean colours, so that batches can be looked at."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, images):
        return self.scale * images.mean(dim=(2, 3))


def test_the_teachers_embedding_is_the_one_of_the_same_view(coloured):
    views = np.stack([coloured.images, 255 - coloured.images], axis=1)
    means = as_float(views).mean(dim=(3, 4)).numpy().astype(np.float16)
    cache = CachedViews(views, means, coloured.fine)
    differences = []

    def loss(student, teacher):
        differences.append((student - teacher).abs().max().item())
        return (student - teacher).square().mean()

    for together in (1, 2):
        settings = TrainingSettings(
            steps=1, batch=12, views_together=together, learning_rate=1e-9, precision="no"
        )
        distil(Copying(), cache, loss, settings)
    assert max(differences) < 1e-3


def test_more_views_together_than_cached_are_refused(cache):
    with pytest.raises(ValueError, match="views_per_image"):
        distil(tiny(), cache, losses.raml, TrainingSettings(steps=1, views_together=4))


def test_asymmetric_pair_losses_get_class_balanced_labels(cache):
    seen = []

    def loss(student, teacher, labels):
        seen.append(labels)
        return losses.contrastive(student, teacher, losses.pairs_of(labels))

    distil_with_labels(tiny(1), cache, loss, SETTINGS)
    assert len(seen) == 20
    assert all(
        torch.equal(labels.view(4, 3), labels.view(4, 3)[:, :1].expand(4, 3)) for labels in seen
    )


@pytest.mark.parametrize("name", ["steps", "batch", "learning_rate"])
def test_settings_must_be_positive(name):
    with pytest.raises(ValueError, match=name):
        TrainingSettings(**{name: 0})


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="bf16"):
        TrainingSettings(precision="half")


def test_only_the_used_rows_are_drawn(cache):
    settings = TrainingSettings(steps=1, batch=12, images_per_class=3, precision="no")
    few = cache.only(np.arange(6, 30))
    for batches in (CachedBatches(few, settings), LabelledCachedBatches(few, settings)):
        drawn = {
            int(row) for seed in range(30) for row in batches.rows(np.random.default_rng(seed))
        }
        assert drawn <= set(range(6, 30)) and len(drawn) > 20


def test_views_are_shrunk_to_the_students_resolution(coloured):
    cache = cache_views(coloured, tiny(7), (16, 16), views_per_image=2)
    settings = TrainingSettings(batch=12, resolution=8, views_together=2)
    images, _ = CachedBatches(cache, settings).load(np.array([0, 3]), torch.Generator())
    assert images.shape == (2, 2, 3, 8, 8)
    small = CachedViews(shrunk(cache.views, 8), cache.embeddings, cache.labels)
    same, _ = CachedBatches(small, settings).load(np.array([0, 3]), torch.Generator())
    assert (images.sort(dim=1).values - same.sort(dim=1).values).abs().max() < 1 / 255


def test_uncoupled_views_meet_the_teachers_embedding_of_another_view(cache):
    moved = cache.uncoupled()
    assert np.array_equal(moved.embeddings[:, 0], cache.embeddings[:, 1])
    assert np.array_equal(moved.views, cache.views)
    assert not (moved.embeddings == cache.embeddings).all(axis=2).any()
