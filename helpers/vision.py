"""Make ``import torchvision`` work where its GPU build stands beside a CPU build of torch.

A package installer may find a CPU build of torch and yet only the GPU build of torchvision. The
compiled half of that torchvision cannot load, because the CUDA libraries of torch are missing, and
``import torchvision`` stops with "operator torchvision::nms does not exist": its Python half wants
to describe two operators that the compiled half would have declared.

Declaring these two is enough for transforms, models and data sets. The operators have no
implementation here: ``torchvision.ops.nms``, detection networks and torchvision's own image
decoders keep raising torchvision's error. Every other installation error shows as it would without
this module, because nothing is declared unless the mismatch is exactly this one.
"""

from __future__ import annotations

import re
from importlib import metadata, util
from pathlib import Path

import torch

OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

_declared: list[torch.library.Library] = []  # a declaration lives as long as its Library object


def prepare() -> None:
    """Declare the operators that are missing, if torch and torchvision are mismatched builds.

    Called by ``import helpers``; a second call does nothing. Does not import torchvision.
    """
    if _declared or hasattr(torch.ops.torchvision, "nms"):
        return
    version = torchvision_version()
    if version is not None and is_mismatched(version, required_torch()):
        library = torch.library.Library("torchvision", "DEF")
        for operator in OPERATORS:
            library.define(operator)
        _declared.append(library)


def is_mismatched(torchvision_version: str, required_torch: str | None) -> bool:
    """Whether a GPU build of torchvision stands beside the CPU build of the torch it was made for.

    Args:
        torchvision_version: with its build, for example ``"0.28.0+cu130"``.
        required_torch: the release of torch it was made for, ``None`` if unknown.
    """
    torch_release, _, _ = torch.__version__.partition("+")
    made_for_this_torch = required_torch in (None, torch_release)
    torch_is_cpu_build = torch.version.cuda is None and torch.version.hip is None
    return torch_is_cpu_build and "+cu" in torchvision_version and made_for_this_torch


def torchvision_version() -> str | None:
    """The installed torchvision's version with its build, read as text; ``None`` if there is none.

    The build is not in the package's metadata, only in its ``version.py``.
    """
    found = util.find_spec("torchvision")
    if found is None or found.origin is None:
        return None
    file = Path(found.origin).with_name("version.py")
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    version = re.search(r"^__version__ = '([^']+)'", text, re.MULTILINE)
    return version.group(1) if version else None


def required_torch() -> str | None:
    """The one release of torch that torchvision asks for; ``None`` if it names none."""
    try:
        requirements = metadata.requires("torchvision") or []
    except metadata.PackageNotFoundError:
        return None
    pins = [re.match(r"torch\s*\(?==\s*([\w.]+)", requirement) for requirement in requirements]
    return next((pin.group(1) for pin in pins if pin), None)
