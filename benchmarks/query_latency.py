"""How long a query takes: every network of notebook 04 against the full network on 96 px.

    python benchmarks/query_latency.py [--rounds 10] [--batches 1 32] [--threads 1]

Prints ratios only, all measured in one run: milliseconds of different machines, or of one machine
on different days, do not compare.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

import torch
from torch import nn

from helpers.cost import latency, macs
from helpers.networks import small_resnet
from helpers.recipes import NetworkRecipe
from helpers.recipes.architectures import BUDGETS, FULL, NETWORKS

FULL_RESOLUTION = 96

Queries = Mapping[str, tuple[nn.Module, int]]
"""By name, a network and the side in pixels of the image it sees."""


def build(shape: NetworkRecipe) -> nn.Module:
    """The network with random weights, which are as fast as trained ones."""
    return small_resnet(
        shape.widths,
        shape.blocks,
        shape.stem_stride,
        shape.dimensions,
        convolutions=shape.convolutions,
    )


def compared() -> Queries:
    """The full network on the full image first, then all ways to spend each budget."""
    full = build(FULL)
    queries = {f"full network, {FULL_RESOLUTION} px": (full, FULL_RESOLUTION)}
    for budget in BUDGETS:
        queries[f"small image, {budget} px"] = (full, budget)
        for kind, shapes in NETWORKS.items():
            queries[f"{kind} network, budget of {budget} px"] = (
                build(shapes[budget]),
                FULL_RESOLUTION,
            )
    return queries


def best_seconds(queries: Queries, batch: int, rounds: int) -> dict[str, float]:
    """The least seconds for a batch over several rounds through all queries.

    Rounds spread each query's measurements over the whole run, and what else the machine does can
    only slow a query down: so the least is the least disturbed.
    """
    found = [
        {
            name: latency(network, side, batch, repeats=3)
            for name, (network, side) in queries.items()
        }
        for _ in range(rounds)
    ]
    return {name: min(seconds[name] for seconds in found) for name in queries}


def report(queries: Queries, batches: Sequence[int], rounds: int) -> str:
    """A table: MACs and times as shares of the first query's."""
    first = next(iter(queries))
    counted = {name: macs(network, side) for name, (network, side) in queries.items()}
    measured = {batch: best_seconds(queries, batch, rounds) for batch in batches}
    lines = [f"{'':34}{'MACs':>8}" + "".join(f"{f'batch {batch}':>10}" for batch in batches)]
    for name in queries:
        shares = [found[name] / found[first] for found in measured.values()]
        cells = "".join(f"{share:10.3f}" for share in shares)
        lines.append(f"{name:34}{counted[name] / counted[first]:8.3f}{cells}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10, help="how often everything is measured")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32], help="images at a time")
    parser.add_argument("--threads", type=int, default=1, help="of the processor, for torch")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    print(f"MACs and seconds of a query as shares of the first line's; threads: {chosen.threads}")
    print(report(compared(), chosen.batches, chosen.rounds))


if __name__ == "__main__":
    main()
