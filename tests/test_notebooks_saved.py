"""Saved notebooks are what a reader meets first: they must be whole, current and free of traces."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import jsonschema
import nbformat
import pytest

from tools import run_notebooks, widget_state
from tools.notebook_digest import digest, helper_files, imported_helpers, notebook_paths

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/~-])/(?:home|root|tmp|Users|work|mnt)/\w|[A-Za-z]:\\+Users\b", re.IGNORECASE
)
EMBEDDED_DATA = re.compile(r"data:[\w/+.;-]+,[A-Za-z0-9+/=\s]+")
LONGEST_CELL = 15
PAGE_ONLY = {"tags": ["page-only"]}  # what `make dashboard` leaves out of a notebook

notebooks = pytest.mark.parametrize(
    "path",
    notebook_paths() or [pytest.param(None, marks=pytest.mark.skip("there are no notebooks yet"))],
    ids=lambda path: path.stem if path else "none",
)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def outputs(notebook: nbformat.NotebookNode) -> Iterator[tuple[int, nbformat.NotebookNode]]:
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            yield number, output


def texts(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, str]]:
    """Everything in a notebook that a person could read, with the place it stands in."""
    for number, cell in enumerate(notebook.cells):
        yield f"cell {number}", cell.source
    for number, output in outputs(notebook):
        yield f"output of cell {number}", output.get("text", "")
        yield f"output of cell {number}", "\n".join(output.get("traceback", []))
        for kind, data in output.get("data", {}).items():
            if not kind.startswith("image/") or kind == "image/svg+xml":
                yield f"output of cell {number}", EMBEDDED_DATA.sub("", str(data))


def lines_of_code(source: str) -> int:
    lines = [line.strip() for line in source.splitlines()]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def absolute_paths(notebook: nbformat.NotebookNode) -> list[str]:
    found = ((place, ABSOLUTE_PATH.search(text)) for place, text in texts(notebook))
    return [f"{place}: {path.group()}" for place, path in found if path]


def widgets_without_state(notebook: nbformat.NotebookNode) -> list[str]:
    models = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    views = [
        (number, output.get("data", {}).get(WIDGET_VIEW)) for number, output in outputs(notebook)
    ]
    return [f"output of cell {n}" for n, view in views if view and view["model_id"] not in models]


@notebooks
def test_notebook_is_valid(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5), "cells need an id: nbformat 4.5"
    assert notebook.metadata.kernelspec.name == "python3"


@notebooks
def test_saved_outputs_are_current(path: Path) -> None:
    notebook = read(path)
    saved = notebook.metadata.get("course", {}).get("digest")
    assert saved == digest(notebook), (
        f"the outputs saved in {path.name} are older than its cells, the helpers or the runs: "
        "run `make run` and commit the result"
    )


@notebooks
def test_every_code_cell_was_run_in_order(path: Path) -> None:
    code = [cell for cell in read(path).cells if cell.cell_type == "code" and cell.source.strip()]
    counts = [cell.execution_count for cell in code]
    assert counts == list(range(1, len(counts) + 1)), "run the notebook from its top: `make run`"


@notebooks
def test_no_errors_or_warnings_are_saved(path: Path) -> None:
    bad = [
        f"cell {number}: {output.get('ename') or output.get('text')}"
        for number, output in outputs(read(path))
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    assert not bad, "\n".join(bad)


@notebooks
def test_widgets_have_their_state(path: Path) -> None:
    notebook = read(path)
    widgets = notebook.metadata.get("widgets")
    assert widgets is None or "state" in widgets.get(WIDGET_STATE, {})
    assert not widgets_without_state(notebook)


def faults_of_widgets(notebook: nbformat.NotebookNode) -> list[str]:
    """What is wrong with the saved state: its form, parts that are missing, errors it holds."""
    widgets = notebook.metadata.get("widgets", {}).get(WIDGET_STATE)
    if widgets is None:
        return []
    schema = json.loads(resources.files("ipywidgets").joinpath("state.schema.json").read_text())
    faults = [each.message for each in jsonschema.Draft7Validator(schema).iter_errors(widgets)]
    for name, model in widgets["state"].items():
        parts = widget_state.REFERENCE.findall(json.dumps(model))
        faults += [f"{name} has no {part}" for part in parts if part not in widgets["state"]]
        for output in model["state"].get("outputs", []):
            if output["output_type"] == "error" or output.get("name") == "stderr":
                faults.append(f"{name} shows an error")
    return faults


@notebooks
def test_state_of_widgets_is_valid(path: Path) -> None:
    assert not faults_of_widgets(read(path))


@notebooks
def test_no_widget_is_saved_in_vain(path: Path) -> None:
    notebook = read(path)
    before = notebook.metadata.get("widgets")
    widget_state.tidy(notebook)
    assert notebook.metadata.get("widgets") == before


@notebooks
def test_saved_notebook_is_small(path: Path) -> None:
    assert path.stat().st_size < 3e6


@notebooks
def test_no_absolute_paths(path: Path) -> None:
    assert not absolute_paths(read(path))


@notebooks
def test_code_cells_are_short(path: Path) -> None:
    long = {
        f"cell {number}": lines_of_code(cell.source)
        for number, cell in enumerate(read(path).cells)
        if cell.cell_type == "code" and lines_of_code(cell.source) > LONGEST_CELL
    }
    assert not long, f"more than {LONGEST_CELL} lines of code: move work into helpers: {long}"


@notebooks
def test_cells_carry_no_traces_of_an_editor(path: Path) -> None:
    found = [(cell.id, cell.metadata) for cell in read(path).cells if cell.metadata]
    assert not [each for each in found if each[1] not in (run_notebooks.COLLAPSED, PAGE_ONLY)]


@notebooks
def test_opens_with_its_question(path: Path) -> None:
    first = read(path).cells[0]
    assert first.cell_type == "markdown" and "?" in first.source


# The checks above must be able to fail, and the runner must keep its promises.


def make_notebook(*sources: str) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return nbformat.v4.new_notebook(cells=cells)


def test_absolute_paths_are_found() -> None:
    home = "/" + "home/reader/photos"
    notebook = make_notebook(f"load('{home}')")
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text=f"in {home}")]
    assert len(absolute_paths(notebook)) == 2
    assert not absolute_paths(make_notebook("load('../data/home/photos')", "2 / 3"))


def test_widgets_without_state_are_found() -> None:
    notebook = make_notebook("slider")
    view = {WIDGET_VIEW: {"model_id": "abc"}, "text/plain": "IntSlider()"}
    notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", data=view)]
    assert widgets_without_state(notebook) == ["output of cell 0"]
    notebook.metadata["widgets"] = {WIDGET_STATE: {"state": {"abc": {}}}}
    assert not widgets_without_state(notebook)


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        ({}, "'model_name' is a required property"),
        ({"model_name": "BoxModel", "children": [f"IPY_MODEL_{'1' * 32}"]}, "has no 1111"),
        ({"model_name": "OutputModel", "outputs": [{"output_type": "error"}]}, "shows an error"),
        ({"model_name": "BoxModel", "children": []}, ""),
    ],
)
def test_faults_of_widgets_are_found(model: dict, fault: str) -> None:
    saved = {"model_module": "@jupyter-widgets/controls", "state": model, **model}
    widgets = {"version_major": 2, "version_minor": 0, "state": {"a" * 32: saved}}
    notebook = make_notebook("box")
    notebook.metadata["widgets"] = {WIDGET_STATE: widgets}
    found = faults_of_widgets(notebook)
    assert fault in " ".join(found) and bool(found) == bool(fault)


def test_lines_of_code_leave_out_blanks_and_comments() -> None:
    assert lines_of_code("# why\n\nx = 1\n  # more\ny = 2") == 2


def test_imported_helpers() -> None:
    source = (
        "import helpers\nfrom helpers.course import figures\nfrom helpers import runs\n"
        "import helpers.views as v\n"
        "from helpers.losses import triplet\n"
        "def late():\n    from helpers.networks import embed\n"
        'if __name__ == "__main__":\n    from helpers import training\n'
    )
    assert imported_helpers(source) == {"course.figures", "runs", "views", "losses", "networks"}


def make_course(root: Path) -> None:
    (root / "helpers" / "losses").mkdir(parents=True)
    (root / "helpers" / "__init__.py").write_text("")
    (root / "helpers" / "losses" / "__init__.py").write_text("from helpers import images\n")
    (root / "helpers" / "images.py").write_text("SIZE = 96\n")
    (root / "helpers" / "views.py").write_text("")
    (root / "data" / "runs" / "teacher").mkdir(parents=True)
    (root / "data" / "runs" / "teacher" / "run.json").write_text("{}")


def test_digest_follows_cells_helpers_and_runs(tmp_path: Path) -> None:
    make_course(tmp_path)
    notebook = make_notebook("%matplotlib inline\nfrom helpers import losses", "1 + 1")
    assert [f.stem for f in helper_files(notebook, tmp_path)] == ["__init__", "images", "__init__"]
    first = digest(notebook, tmp_path)
    notebook.cells[1].execution_count = 7
    (tmp_path / "helpers" / "views.py").write_text("UNUSED = True\n")
    assert digest(notebook, tmp_path) == first, "what the notebook does not use has no part in it"
    for file in ("helpers/images.py", "data/runs/teacher/run.json"):
        before = digest(notebook, tmp_path)
        (tmp_path / file).write_text("{'new': 1}")
        assert digest(notebook, tmp_path) != before
    before = digest(notebook, tmp_path)
    notebook.cells[1].source = "1 + 2"
    assert digest(notebook, tmp_path) != before


LINKED = """\
import ipywidgets
slider, number, unused = ipywidgets.IntSlider(), ipywidgets.IntText(), ipywidgets.Text()
ipywidgets.jslink((slider, "value"), (number, "value"))
ipywidgets.HBox([slider, number])
"""


def models_of(notebook: nbformat.NotebookNode) -> list[str]:
    """The widgets that are saved, without those that only describe how another looks."""
    state = notebook.metadata.widgets[WIDGET_STATE].state
    names = sorted(model.model_name for model in state.values())
    return [name for name in names if "Layout" not in name and "Style" not in name]


def test_running_twice_gives_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "trial.ipynb"
    sources = ["print('a'); print('b')\nobject()", LINKED]
    nbformat.write(make_notebook(*sources), path)
    run_notebooks.run_in_place(path)
    first = path.read_bytes()
    run_notebooks.run_in_place(path)
    assert path.read_bytes() == first
    saved = read(path)
    assert saved.cells[0].outputs[0].text == "a\nb\n"
    assert models_of(saved) == ["HBoxModel", "IntSliderModel", "IntTextModel", "LinkModel"]
    assert not widgets_without_state(saved)
    assert saved.metadata.course.digest == digest(saved)


def test_running_keeps_what_collapses_a_cell_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "trial.ipynb"
    notebook = make_notebook("1 + 1", "2 + 2")
    notebook.cells[0].metadata.update(run_notebooks.COLLAPSED, scrolled=True, trusted=True)
    nbformat.write(notebook, path)
    run_notebooks.run_in_place(path)
    assert [cell.metadata for cell in read(path).cells] == [run_notebooks.COLLAPSED, {}]


@pytest.mark.parametrize("source", ["1 / 0", "import sys\nprint('careful', file=sys.stderr)"])
def test_a_failed_notebook_is_left_as_it_was(tmp_path: Path, source: str) -> None:
    path = tmp_path / "trial.ipynb"
    nbformat.write(make_notebook(source), path)
    before = path.read_bytes()
    with pytest.raises(run_notebooks.NotebookFailed, match="ZeroDivisionError|careful"):
        run_notebooks.run_in_place(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
