"""The alignment explorer shows the numbers it is given, in every state, without Python."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pytest
from ipywidgets import HTML, VBox
from ipywidgets.embed import embed_data
from PIL import Image

from helpers import retrieval
from helpers.course.explorers import alignment_explorer
from helpers.course.figures import alignment, style
from helpers.course.figures.alignment import maps
from helpers.images import ImageSet

SIZES = (16, 48, 64)
TRAINED = {"none": SIZES, "regression": (48,)}
COLOURS = {"none": style.NAIVE, "regression": style.STUDENT}
TESTS = ("asymmetric test", "symmetric test")
VIEWS = ("map", "true neighbours")
STATES = list(product(TRAINED, SIZES, VIEWS))
ROWS = np.arange(0, 200, 2)  # of the database, shown by the queries

every_state = pytest.mark.parametrize(("kind", "size", "view"), STATES)


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def made_up_database() -> alignment.Database:
    """200 images of 20 species in 5 genera, each species near a direction of its own."""
    random = np.random.default_rng(0)
    species = np.arange(200) // 10
    vectors = unit(random.normal(size=(20, 16))[species] + 0.3 * random.normal(size=(200, 16)))
    pixels = random.integers(0, 256, (200, 3, 24, 24), np.uint8)
    images = ImageSet("made-up", pixels, species, species // 4)
    return alignment.Database(vectors, vectors[:, :2] * 10, images)


def made_up_way(kind: str, size: int, test: str) -> alignment.Way:
    """A share of right answers that tells kind, size and test apart; genera are 10 % higher."""
    share = size / 100 + 0.05 * (kind == "regression") + 0.1 * (test == TESTS[1])
    shares = {"species": share, "genus": share + 0.1}
    answers = {
        f"{label}/recall@1": (np.arange(100) < round(100 * value))[None].astype(float)
        for label, value in shares.items()
    }
    return alignment.Way(answers, 1_000_000, COLOURS[kind])


def made_up_search(kind: str, size: int, database: alignment.Database) -> alignment.Search:
    """The teacher's vectors with more noise for smaller images, and with less for the student."""
    noise = np.random.default_rng(size).normal(size=(len(ROWS), 16)) * 20 / size
    noise *= 0.1 if kind == "regression" else 1
    return alignment.search(unit(database.vectors[ROWS] + noise), ROWS, database, COLOURS[kind])


@pytest.fixture(scope="module", autouse=True)
def drawn_as_in_the_notebook() -> Iterator[None]:
    with plt.rc_context():
        style.use()
        yield


@pytest.fixture(scope="module")
def comparison() -> alignment.Comparison:
    database = made_up_database()
    searches = {
        kind: {size: made_up_search(kind, size, database) for size in sizes}
        for kind, sizes in TRAINED.items()
    }
    tests = {
        test: {
            kind: {size: made_up_way(kind, size, test) for size in sizes}
            for kind, sizes in TRAINED.items()
        }
        for test in TESTS
    }
    return alignment.Comparison(searches, tests, database, examples=(10, 40, 90))


@pytest.fixture(scope="module")
def explorer(comparison: alignment.Comparison) -> VBox:
    return alignment_explorer(comparison, start=48)


@pytest.fixture(autouse=True)
def figures_are_closed() -> Iterator[None]:
    yield
    plt.close("all")


def controls(explorer: VBox) -> tuple:
    """The slider, the buttons of the student, those of the view, and the pictures."""
    slider, buttons, pictures = explorer.children
    return slider, *buttons.children, pictures


def page(explorer: VBox, kind: str, size: int, view: str) -> HTML:
    """The page of a state, by the positions that the controls have for it."""
    slider, student, show, pictures = controls(explorer)
    of_kind = pictures.children[student.options.index(kind)]
    of_size = of_kind.children[slider.options.index(f"{size} px")]
    return of_size.children[show.options.index(view)]


def words(page: HTML) -> str:
    return re.search('alt="([^"]+)"', page.value).group(1)


def picture(page: HTML) -> Image.Image:
    code = re.search('base64,([^"]+)', page.value).group(1)
    return Image.open(io.BytesIO(base64.b64decode(code)))


def texts(figure: plt.Figure) -> str:
    """Everything that is written in a figure."""
    return "\n".join(text.get_text() for text in figure.findobj(plt.Text))


def marks(axes: plt.Axes, marker: str, colour: str) -> int:
    """How many marks of this look there are on a map."""
    alike = [
        line for line in axes.lines if (line.get_marker(), line.get_color()) == (marker, colour)
    ]
    return sum(len(line.get_xdata()) for line in alike)


# --- what the queries find


def test_a_search_agrees_with_the_asymmetric_test(comparison: alignment.Comparison) -> None:
    database, found = comparison.database, comparison.searches["none"][16]
    assert not (found.found == ROWS[:, None]).any(), "an image does not find itself"
    noise = np.random.default_rng(16).normal(size=(len(ROWS), 16)) * 20 / 16
    queries = unit(database.vectors[ROWS] + noise)
    species = database.images.fine
    scores = retrieval.evaluate(queries, database.vectors, species[ROWS], species, ROWS)
    assert (scores.recall[1] == found.right).all() and 0 < found.right.mean() < 1
    assert found.cosine == pytest.approx((queries * database.vectors[ROWS]).sum(axis=1))


def test_the_teachers_own_vectors_have_no_line(comparison: alignment.Comparison) -> None:
    database = comparison.database
    found = alignment.search(database.vectors[ROWS], ROWS, database, "black")
    assert found.start == pytest.approx(found.end)
    assert found.cosine == pytest.approx(np.ones(len(ROWS)), abs=1e-5)


# --- each frame


@every_state
def test_words_give_the_numbers_of_their_state(
    comparison: alignment.Comparison, explorer: VBox, kind: str, size: int, view: str
) -> None:
    said = words(page(explorer, kind, size, view))
    assert said.startswith(f"{size} px queries · student: {kind}. ")
    shown = comparison.searches[kind].get(size)
    if shown is None:
        assert said.endswith(f"No student was trained for {size} px; there is one for 48 px.")
    elif view == "map":
        right = shown.right[maps.SPREAD].sum()
        assert "with 10 queries, each joined" in said and f"; {right} of them find" in said
        assert f"Median cosine {np.median(shown.cosine):.2f}" in said
        for test in TESTS:
            level = 100 * comparison.tests[test][kind][size].answers["species/recall@1"].mean()
            assert f"{test}: species {level:.1f} %, genus {level + 10:.1f} %" in said
    else:
        species = comparison.database.images.fine
        for letter, example in zip("ABC", comparison.examples, strict=True):
            said_of_it = re.search(f"query {letter}: ([^;]+)", said).group(1).split(", ")
            same = species[shown.found[example, :4]] == species[ROWS[example]]
            assert [part.startswith("same species") for part in said_of_it] == list(same)
            assert f"({shown.similarities[example, 0]:.2f})" in said_of_it[0]


def test_frames_differ_and_have_one_size(explorer: VBox) -> None:
    drawn = [picture(page(explorer, *state)) for state in STATES]
    assert len({each.tobytes() for each in drawn}) == len(STATES)
    assert len({each.size for each in drawn}) == 1
    assert len({words(page(explorer, *state)) for state in STATES}) == len(STATES) - 2, (
        "only where there is no student do both views say the same"
    )


@pytest.mark.parametrize(("kind", "size"), [(k, s) for k, sizes in TRAINED.items() for s in sizes])
def test_the_map_marks_right_and_wrong_queries(
    comparison: alignment.Comparison, kind: str, size: int
) -> None:
    figure = maps.map_frame(comparison, kind, size)
    shown, colour, (axes, *_) = comparison.searches[kind][size], COLOURS[kind], figure.axes
    right = shown.right[maps.SPREAD]
    assert marks(axes, "o", colour) == right.sum() and marks(axes, "x", colour) == (~right).sum()
    assert marks(axes, "o", style.TEACHER) == 10
    ends = np.array([line.get_xydata() for line in axes.lines if line.get_linewidth() == 0.7])
    assert ends[:, 0] == pytest.approx(shown.start[maps.SPREAD])
    assert ends[:, 1] == pytest.approx(shown.end[maps.SPREAD])


@pytest.mark.parametrize(("kind", "size"), [(k, s) for k, sizes in TRAINED.items() for s in sizes])
def test_both_curves_mark_the_point_of_the_state(
    comparison: alignment.Comparison, kind: str, size: int
) -> None:
    figure = maps.map_frame(comparison, kind, size)
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
    for test in TESTS:
        rings = [line.get_xydata()[0] for line in panels[test].lines if line.get_markersize() == 11]
        answers = comparison.tests[test][kind][size].answers
        levels = [100 * answers[f"{label}/recall@1"].mean() for label in ("species", "genus")]
        assert np.array(rings) == pytest.approx(np.array([(size, level) for level in levels]))
        assert "species {:.1f} %, genus {:.1f} %".format(*levels) in texts(figure)


@pytest.mark.parametrize("draw", [alignment.map_frame, alignment.neighbours_frame])
def test_a_frame_without_a_student_says_so(comparison: alignment.Comparison, draw) -> None:
    figure = draw(comparison, "regression", 16)
    assert "No student was trained for 16 px;\nthere is one for 48 px." in texts(figure)
    assert not any(line.get_markersize() == 11 for axes in figure.axes for line in axes.lines)


def test_neighbours_are_signed_as_well_as_coloured(comparison: alignment.Comparison) -> None:
    figure = alignment.neighbours_frame(comparison, "none", 16)
    shown, species = comparison.searches["none"][16], comparison.database.images.fine
    written = texts(figure)
    rows = [species[shown.found[each, :4]] == species[ROWS[each]] for each in comparison.examples]
    assert written.count("✓") == np.sum(rows) and written.count("✗") == 12 - np.sum(rows)
    query, *answers = figure.axes[:5]
    assert query.images[0].get_array().shape[:2] == (16, 16), "the query as the network sees it"
    for axes, row in zip(answers, shown.found[comparison.examples[0]], strict=False):
        expected = comparison.database.images.images[row].transpose(1, 2, 0)
        assert (axes.images[0].get_array() == expected).all()


def test_small_multiples_have_a_panel_for_each_state(comparison: alignment.Comparison) -> None:
    figure = alignment.map_panels(comparison)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert len(titles) == 6 and titles[3] == "16 px: none trained"
    assert (
        titles[4] == f"48 px, cosine {np.median(comparison.searches['regression'][48].cosine):.2f}"
    )


def test_no_minus_stands_before_a_zero(comparison: alignment.Comparison) -> None:
    found = comparison.searches["none"][16]
    nearly = alignment.Search(**{**vars(found), "cosine": np.full(100, -0.001)})
    assert maps._median(nearly) == "0.00"


# --- the controls


def test_it_starts_where_the_point_shows(explorer: VBox) -> None:
    slider, student, show, pictures = controls(explorer)
    assert (slider.value, student.value, show.value) == ("48 px", "none", "map")
    assert pictures.selected_index == 0
    assert {of_kind.selected_index for of_kind in pictures.children} == {1}
    assert all(control.description for control in (slider, student, show))


def test_the_browser_links_every_control(explorer: VBox) -> None:
    slider, student, show, pictures = controls(explorer)
    state = embed_data([explorer])["manager_state"]["state"]
    ours = {f"IPY_MODEL_{control.model_id}" for control in (slider, student, show)}
    links = [m["state"] for m in state.values() if m["model_name"] == "LinkModel"]
    links = [link for link in links if link["source"][0] in ours]  # others' tests leave some, too
    ends = {(link["source"][0], link["target"][0]) for link in links}
    assert {(link["source"][1], link["target"][1]) for link in links} == {
        ("index", "selected_index")
    }
    of_sizes = [of_size for of_kind in pictures.children for of_size in of_kind.children]
    wanted = [(student, pictures), *((slider, of_kind) for of_kind in pictures.children),
              *((show, of_size) for of_size in of_sizes)]  # fmt: skip
    names = {(f"IPY_MODEL_{a.model_id}", f"IPY_MODEL_{b.model_id}") for a, b in wanted}
    assert ends == names and len(links) == len(names)


@every_state
def test_every_value_is_allowed_and_needs_no_python(
    explorer: VBox, kind: str, size: int, view: str
) -> None:
    slider, student, show, pictures = controls(explorer)
    before = (slider.value, student.value, show.value)
    slider.value, student.value, show.value = f"{size} px", kind, view
    assert pictures.selected_index == 0 and pictures.children[0].selected_index == 1
    slider.value, student.value, show.value = before


def test_it_stays_small(explorer: VBox) -> None:
    assert len(json.dumps(embed_data([explorer]))) < 2e6


def test_a_start_without_queries_is_refused(comparison: alignment.Comparison) -> None:
    with pytest.raises(
        ValueError, match=r"start is 20 px, but there are queries of \[16, 48, 64\]"
    ):
        alignment_explorer(comparison, start=20)
