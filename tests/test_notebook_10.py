"""Notebook 10's overview holds every shipped run with its own numbers; its tabs have names."""

from __future__ import annotations

import symtable
from collections.abc import Iterator

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from ipywidgets import HTML, VBox
from ipywidgets.embed import embed_data

from helpers import recipes, runs
from helpers.cost import macs
from helpers.course.explorers import dashboard, overview
from helpers.course.figures import browsing
from helpers.course.figures.browsing.every_run import KINDS
from helpers.recipes import Recipe
from tools.notebook_digest import NOTEBOOKS

Entries = dict[str, list[browsing.Entry]]


@pytest.fixture(autouse=True)
def figures_are_closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def shipped() -> Entries:
    return browsing.every_run()


def made_up(recipe: Recipe, cost: float, **recall: list[float]) -> browsing.Entry:
    arrays = {test: np.array(values) for test, values in recall.items()}
    return browsing.Entry(recipe, int(1e6 * cost), arrays)


@pytest.fixture
def entries() -> Entries:
    return {
        "02": [
            made_up(recipes.teacher(96), 80, symmetric=[0.98, 0.96]),
            made_up(recipes.student(96, 48), 20, symmetric=[0.9, 0.92], asymmetric=[0.8, 0.84]),
        ],
        "04": [made_up(recipes.alone(96, 48), 20, symmetric=[0.7], asymmetric=[0.01])],
    }


# --- every run


def test_every_shipped_run_is_there_once(shipped: Entries) -> None:
    listed = [each.recipe for of_notebook in shipped.values() for each in of_notebook]
    known = [*recipes.shipped(), *recipes.studied(), *recipes.shipped_photos()]
    assert len(listed) == len(set(listed))
    assert set(listed) == {recipe for recipe in known if runs.seeds_of(recipe)}
    assert list(shipped) == sorted(shipped) and all(shipped.values())


def test_numbers_are_those_of_the_store(shipped: Entries) -> None:
    for each in (of_notebook[-1] for of_notebook in shipped.values()):
        found = runs.over_seeds(each.recipe, runs.seeds_of(each.recipe))
        fine = "fine" if each.recipe.data_set == "photos" else "species"
        for test, recall in each.recall.items():
            assert list(recall) == [run.metrics[f"{test}/{fine}/recall@1"] for run in found]
        assert each.seeds == len(found)
    teacher = shipped["02"][0]
    assert teacher.macs == macs(runs.get(recipes.teacher(96)).network, 96)


def test_networks_are_told_apart_by_whom_they_learned_from(shipped: Entries) -> None:
    kinds = {each.recipe.name: each.kind for listed in shipped.values() for each in listed}
    assert kinds["teacher-96"] == "teacher"
    assert kinds["student-48-of-96-regression-from-teacher"] == kinds["rkd-32-from-scratch"]
    assert kinds["rkd-32-from-scratch"] == "student"
    assert kinds["alone-48-of-96"] == kinds["contrastive_symmetric-32-from-scratch"]
    assert kinds["tiny-batch_hard_triplet"] == "from labels alone"


def test_the_table_has_mean_and_spread(entries: Entries) -> None:
    table = browsing.runs_table(entries["02"])
    student = table.loc["student-48-of-96-regression-from-teacher"]
    assert list(student) == ["48 px", "20.0", "2", "82.0 ± 2.0", "91.0 ± 1.0"]
    assert table.loc["teacher-96", "asymmetric"] == "–"
    assert browsing.runs_table(entries["04"]).loc["alone-48-of-96", "symmetric"] == "70.0"


@pytest.mark.parametrize("notebook", ["02", "04"])
def test_a_frame_marks_the_runs_of_its_notebook(entries: Entries, notebook: str) -> None:
    (axes,) = browsing.runs_frame(entries, notebook).axes
    others, *marks = (each for each in axes.collections if len(each.get_offsets()))
    wanted = {(97, 97), (91, 82)} if notebook == "02" else {(70, 1)}
    places = {tuple(np.round(mark.get_offsets()[0])) for mark in marks}
    assert places == wanted and len(others.get_offsets()) == 3 - len(wanted)
    if notebook == "02":
        dear, cheap = (mark.get_sizes()[0] for mark in marks)
        assert dear == pytest.approx(2 * cheap), "the area grows with the root of the cost"


def test_words_give_the_ranges_of_the_numbers(entries: Entries) -> None:
    said = browsing.describe_runs(entries, "02")
    assert "2 recipes (4 runs) of notebook 02" in said
    assert "asymmetric 82.0 to 82.0 %, symmetric 91.0 to 97.0 %" in said


def test_panels_have_a_notebook_each(entries: Entries) -> None:
    figure = browsing.runs_panels(entries)
    titles = [axes.get_title() or axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["notebook 02", "notebook 04"]
    assert set(KINDS) == {"teacher", "student", "from labels alone"}
    assert len({marker for _, marker in KINDS.values()}) == 3, "not by colour alone"


# --- behind tabs


def test_the_overview_has_a_picture_and_a_table_for_each_notebook(entries: Entries) -> None:
    choice, front = overview(entries | {"05": []}).children
    assert choice.options == ("02", "04") and choice.description == "notebook"
    for notebook, both in zip(entries, front.children, strict=True):
        picture, table = (each.value for each in both.children)
        assert browsing.describe_runs(entries, notebook) in picture
        for each in entries[notebook]:
            assert f"<th>{each.recipe.name}</th>" in table
        assert 'tabindex="0"' in table and "overflow:auto" in table


def test_the_browser_links_choice_and_pages(entries: Entries) -> None:
    explorer = overview(entries)
    choice, front = explorer.children
    state = embed_data([explorer])["manager_state"]["state"]
    links = [m["state"] for m in state.values() if m["model_name"] == "LinkModel"]
    ends = [[f"IPY_MODEL_{choice.model_id}", "index"],
            [f"IPY_MODEL_{front.model_id}", "selected_index"]]  # fmt: skip
    assert ends in [[link["source"], link["target"]] for link in links]


def test_nothing_to_show_is_refused() -> None:
    with pytest.raises(ValueError, match="there are no runs to show"):
        overview({"02": []})
    with pytest.raises(ValueError, match="explorers is empty"):
        dashboard({})


def test_tabs_carry_their_names() -> None:
    tabs = dashboard({"one": HTML("1"), "two": VBox()})
    assert (tabs.titles, tabs.selected_index) == (("one", "two"), 0)


# --- the notebook itself


def names_from_outside(table: symtable.SymbolTable) -> set[str]:
    """What a piece of Python takes from the cells before it, also inside its functions."""
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and symbol.is_global() and not symbol.is_local()
    }
    return found.union(*map(names_from_outside, table.get_children()))


def test_the_dashboard_needs_no_cell_that_it_leaves_out() -> None:
    cells = nbformat.read(NOTEBOOKS / "10_explorer.ipynb", as_version=4).cells
    given, given_elsewhere, needed = set(), set(), set()
    for cell in (each for each in cells if each.cell_type == "code"):
        table = symtable.symtable(cell.source, cell.id, "exec")
        assigned = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()}
        if {"page-only", "hide-cell"} & set(cell.metadata.get("tags", ())):
            given_elsewhere |= assigned
        else:
            given |= assigned
            needed |= names_from_outside(table)
    assert given_elsewhere and "looked_up" in given & needed
    assert not needed & (given_elsewhere - given)
