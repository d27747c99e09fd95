"""The papers' own benchmarks: CUB200, Cars196, Stanford Online Products, ROxford5k and RParis6k.

``fetch`` downloads one by name; ``load`` gives images to train with and images to test with, no
class in both; ``read_revisited`` gives the landmarks with what is right for each query.
"""

from helpers.benchmarks.archives import ArchiveError, unpack
from helpers.benchmarks.listing import BenchmarkError, Listing
from helpers.benchmarks.loading import fetch, load
from helpers.benchmarks.metric_learning import read
from helpers.benchmarks.plain_pickles import UnsafePickle
from helpers.benchmarks.revisited import Judgement, Revisited, read_photo, read_revisited

__all__ = [
    "ArchiveError",
    "BenchmarkError",
    "Judgement",
    "Listing",
    "Revisited",
    "UnsafePickle",
    "fetch",
    "load",
    "read",
    "read_photo",
    "read_revisited",
    "unpack",
]
