"""The set-up: one list of dependencies, two commands, and a house with rooms easy to find."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch
import yaml

from helpers import vision
from tools.notebook_digest import imported_helpers, imports, room_of

ROOT = Path(__file__).resolve().parent.parent
LONGEST_MODULE = 300

# A module of helpers imports only from modules that stand before it.
ORDER = (
    "vision",
    "cache",
    "images",
    "butterflies",
    "photos",
    "benchmarks",
    "views",
    "networks",
    "cost",
    "interrupts",
    "degradations",
    "losses",
    "optimisation",
    "training",
    "recipes",
    "retrieval",
    "runs",
    "course.findings",
    "course.figures",
    "course.explorers",
    "course.checks",
    "course.leaderboard",
    "course.problem_sets",
)

HELPERS = sorted((ROOT / "helpers").rglob("*.py"))
helper_files = pytest.mark.parametrize(
    "file", HELPERS, ids=[file.relative_to(ROOT / "helpers").as_posix() for file in HELPERS]
)


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def package_name(requirement: str) -> str:
    """The name in ``name[extra]>=1.0``, in the one spelling that installers compare."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement).group()).lower()


def run_python(code: str, folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


# --- dependencies


def test_constraints_name_a_version_of_every_dependency() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    assert not [version for version in pins.values() if "+" in version], "names one build only"
    extras = project()["optional-dependencies"].values()
    wanted = [*project()["dependencies"], *(name for extra in extras for name in extra)]
    missing = {package_name(name) for name in wanted} - {package_name(pin) for pin in pins}
    assert not missing, f"add a tested version to constraints.txt: {sorted(missing)}"


def test_conda_installs_what_the_makefile_installs() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, with_pip = environment["dependencies"]
    assert conda == [f"python{project()['requires-python']}", "pip"]
    in_makefile = re.search(r'-e "(\.\[[\w,]+\])"', (ROOT / "Makefile").read_text()).group(1)
    assert with_pip == {"pip": ["-c constraints.txt", f"-e {in_makefile}"]}
    extras = set(re.findall(r"\w+", in_makefile))
    assert extras == {"course", "photos"} and extras < set(project()["optional-dependencies"])


# --- commands


@pytest.mark.skipif(shutil.which("make") is None, reason="this machine has no make")
@pytest.mark.parametrize(
    "target",
    [
        "help",
        "lab",
        "dashboard",
        "test",
        "run",
        "site",
        "retrain",
        "findings",
        "tune",
        "assignments",
        "grade",
        "clean",
    ],
)
def test_makefile_has_target(target: str) -> None:
    command = ["make", "--dry-run", "--always-make", target]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    listing = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert f"make {target} " in listing.stdout


def test_readme_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    missing = [link for link in links if not (ROOT / link).exists()]
    assert links and not missing


# --- helpers from anywhere, torchvision behind them


def test_helpers_and_torchvision_import_from_any_folder(tmp_path: Path) -> None:
    code = (
        "import helpers, sys; assert 'torchvision' not in sys.modules\n"
        "import torchvision; print(helpers.__file__)\n"
        "torchvision.models.resnet18(); from torchvision.transforms import v2"
    )
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(ROOT)


def test_a_missing_torchvision_still_raises_its_own_error(tmp_path: Path) -> None:
    code = "import sys; sys.modules['torchvision'] = None\nimport helpers, torchvision"
    done = run_python(code, tmp_path)
    assert "ModuleNotFoundError: import of torchvision halted" in done.stderr


def test_a_broken_torchvision_still_raises_its_own_error(tmp_path: Path) -> None:
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text("raise ImportError('half installed')")
    done = run_python("import helpers, torchvision", tmp_path)
    assert done.stderr.strip().endswith("ImportError: half installed")


def test_operators_are_declared_for_one_mismatch_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "2.13.0+cpu")
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.version, "hip", None)
    assert vision.is_mismatched("0.28.0+cu130", "2.13.0")
    assert not vision.is_mismatched("0.28.0+cu130", "2.12.0"), "made for another torch"
    assert not vision.is_mismatched("0.28.0+cpu", "2.13.0"), "builds match"
    assert not vision.is_mismatched("0.28.0", "2.13.0"), "builds match (macOS, conda)"
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    assert not vision.is_mismatched("0.28.0+cu130", "2.13.0"), "builds match"


def test_preparing_twice_declares_once() -> None:
    before = list(vision._declared)
    vision.prepare()
    assert vision._declared == before


# --- the house


def room(file: Path) -> str:
    """The room of helpers that a file belongs to: its own name, or that of its folder."""
    path = file.relative_to(ROOT).with_suffix("")
    return room_of(".".join(part for part in path.parts if part != "__init__") + ".__init__")


@helper_files
def test_module_is_short(file: Path) -> None:
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_MODULE, "two ideas in one room? Split it into a folder of that name"


@helper_files
def test_imports_go_down_the_list(file: Path) -> None:
    if room(file) in ("__init__", "course.__init__"):
        return
    assert room(file) in ORDER, "add the new module to the list in tests/test_setup.py"
    source = file.read_text(encoding="utf-8")
    assert not [node.lineno for node in imports(ast.parse(source)) if getattr(node, "level", 0)], (
        "write `from helpers import …`, so that a reader sees which room a name comes from"
    )
    allowed = ORDER[: ORDER.index(room(file)) + 1]
    upward = imported_helpers(source).intersection(ORDER) - set(allowed)
    assert not upward, f"{room(file)} stands below {sorted(upward)}"


@helper_files
def test_public_functions_say_what_they_take_and_return(file: Path) -> None:
    silent = []
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if getattr(node, "name", "_").startswith("_"):
            continue
        untyped = isinstance(node, ast.FunctionDef) and node.returns is None
        if untyped or not ast.get_docstring(node):
            silent.append(f"{node.name}, line {node.lineno}")
    assert not silent, f"no docstring or no return type: {silent}"
