"""What a query costs: operations, parameters, seconds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import nn


def macs(network: nn.Module, resolution: int) -> int:
    """Multiply-accumulate operations for one image of ``resolution`` pixels.

    Convolutions and matrix products as torch's flop counter sees them (one MAC = two flops).
    """
    from torch.utils.flop_counter import FlopCounterMode

    image = torch.zeros(1, 3, resolution, resolution, device=_device(network))
    with FlopCounterMode(display=False) as counter, _evaluating(network):
        network(image)
    return counter.get_total_flops() // 2


def parameters(network: nn.Module) -> int:
    """Number of learnable numbers in the network."""
    return sum(parameter.numel() for parameter in network.parameters())


def latency(network: nn.Module, resolution: int, batch: int = 1, repeats: int = 20) -> float:
    """Median seconds to embed one batch, images already in memory, after two warm-up passes."""
    images = torch.rand(batch, 3, resolution, resolution).to(_device(network))
    with _evaluating(network):
        seconds = [_seconds(lambda: network(images), images.device) for _ in range(repeats + 2)]
    return statistics.median(seconds[2:])


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    """Seconds of wall clock until ``work`` is really done."""
    start = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


class _evaluating:
    """Evaluation mode without gradients inside a ``with`` block; the old mode after it."""

    def __init__(self, network: nn.Module) -> None:
        self.network, self.was_training = network, network.training

    def __enter__(self) -> None:
        self.network.eval()
        self.inference = torch.inference_mode()
        self.inference.__enter__()

    def __exit__(self, *error: object) -> None:
        self.inference.__exit__(*error)
        self.network.train(self.was_training)
