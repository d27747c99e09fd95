"""The retrieval browser shows what was found, tells right from wrong, and moves in the browser."""

from __future__ import annotations

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from ipywidgets import VBox
from ipywidgets.embed import embed_data
from PIL import Image

from helpers.course.explorers import retrieval_browser
from helpers.course.explorers.retrieval_browser import page
from helpers.course.figures import alignment, browsing, style
from helpers.images import ImageSet

SIZES = {"naive": (16, 32), "student": (32,)}
COLOURS = {"naive": style.NAIVE, "student": style.STUDENT}
QUERIES = np.array([0, 20, 40])
states = pytest.mark.parametrize(("place", "size"), [(p, s) for p in range(3) for s in (16, 32)])


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def made_up_way(right: int, macs: int, colour: str) -> alignment.Way:
    """Two seeds that answer ``right`` and ``right + 2`` of 100 queries."""
    answered = np.arange(100) < np.array([[right], [right + 2]])
    return alignment.Way({"species/recall@1": answered.astype(float)}, macs, colour)


@pytest.fixture(scope="module")
def found() -> browsing.LookUp:
    """60 images of 6 species of 3 genera; the smaller the query, the more its vector is moved."""
    random = np.random.default_rng(0)
    fine = np.repeat(np.arange(6), 10)
    images = ImageSet(
        "made up",
        np.kron(random.integers(0, 256, (60, 3, 3, 3)), np.ones((16, 16))).astype(np.uint8),
        fine,
        fine // 2,
        tuple(f"species <{number}>" for number in range(6)),
        tuple(f"genus {number}" for number in range(3)),
    )
    database = unit(
        np.eye(6)[fine] + 0.5 * np.eye(3, 6)[fine // 2] + random.normal(0, 0.1, (60, 6))
    )
    ways = {}
    for name, sizes in SIZES.items():
        ways[name] = {}
        for size in sizes:
            moved = database[QUERIES] + (name == "naive") * 8 / size * np.roll(np.eye(3, 6), 1, 1)
            way = made_up_way(size, size**2 * 1_000_000, COLOURS[name])
            ways[name][size] = browsing.look_up(unit(moved), QUERIES, database, way)
    full = made_up_way(90, 48**2 * 1_000_000, style.TEACHER)
    teacher = browsing.look_up(database[QUERIES], QUERIES, database, full)
    return browsing.LookUp(images, QUERIES, teacher, ways)


@pytest.fixture(scope="module")
def explorer(found: browsing.LookUp) -> VBox:
    return retrieval_browser(found, start=32)


def pictures(text: str) -> list[tuple[str, str, str]]:
    """For each picture of a page its class, what it says, and its frame."""
    return re.findall(r'browser-((?:query|found)[\d-]+)" role="img" aria-label="([^"]+)" '
                      r'style="([^"]*)"', text)  # fmt: skip


def rows_of(text: str) -> list[str]:
    return text.split("<p class=head")[1:]


# --- what was found


def test_the_nearest_are_those_of_the_largest_dot_products(found: browsing.LookUp) -> None:
    assert found.teacher.found.shape == (3, browsing.NEAREST)
    assert not (found.teacher.found == QUERIES[:, None]).any(), "an image does not find itself"
    assert (np.diff(found.teacher.similarities) <= 0).all()


def test_recall_and_cost_are_those_of_the_way(found: browsing.LookUp) -> None:
    answers = found.ways["student"][32]
    assert answers.recall == (pytest.approx(33), pytest.approx(1), 2)
    assert found.relative_cost(answers) == pytest.approx(100 * (32 / 48) ** 2)
    assert found.sizes == [16, 32]
    assert found.at(16)["student"] == (16, None) and found.at(16)["teacher"][0] == 48


# --- each page


@states
def test_a_page_shows_every_answer_framed_signed_and_described(
    found: browsing.LookUp, place: int, size: int
) -> None:
    images, query = found.images, QUERIES[place]
    rows = rows_of(page(found, place, size))
    assert len(rows) == 3
    for row, (_, answers) in zip(rows, found.at(size).values(), strict=True):
        asked, *shown = pictures(row)
        if answers is None:
            assert not shown and "None was trained for 16 px; there is one for 32 px." in row
            continue
        assert [name for name, *_ in shown] == [f"found-{r}" for r in answers.found[place]]
        same = images.fine[answers.found[place]] == images.fine[query]
        kin = images.coarse[answers.found[place]] == images.coarse[query]
        lines = np.where(same, "solid", np.where(kin, "dashed", "dotted"))
        assert [re.search("solid|dashed|dotted", frame)[0] for *_, frame in shown] == list(lines)
        assert row.count("✓") == same.sum() and row.count("✗") == (~same).sum()
        assert row.count("✗ same genus") == (kin & ~same).sum()
        for (_, words, _), cosine in zip(shown, answers.similarities[place], strict=True):
            assert words.startswith("species &lt;") and words.endswith(f"cosine {cosine:.2f}")


@states
def test_cost_and_recall_stand_beside_each_way(
    found: browsing.LookUp, place: int, size: int
) -> None:
    teacher, naive, _ = rows_of(page(found, place, size))
    assert "2304.0 M MACs a query (100 % of the teacher's)" in teacher
    assert "Recall@1 of species 91.0 ± 1.0 % (2 seeds)" in teacher
    assert f"({100 * (size / 48) ** 2:.0f} % of the teacher's)" in naive
    assert f"Recall@1 of species {size + 1:.1f} ± 1.0 %" in naive


def test_pages_differ_between_queries_and_sizes(found: browsing.LookUp) -> None:
    texts = {page(found, place, size) for place in range(3) for size in (16, 32)}
    assert len(texts) == 6


def test_every_picture_is_stored_once_and_is_the_one_it_is_called(
    found: browsing.LookUp, explorer: VBox
) -> None:
    sheet = explorer.children[0].value
    named = {
        name
        for of_query in explorer.children[3].children
        for each in of_query.children
        for name, *_ in pictures(each.value)
    }
    for name in named:
        (code,) = re.findall(rf"\.browser-{name}[,{{][^}}]*base64,([^)]+)", sheet)
        drawn = Image.open(io.BytesIO(base64.b64decode(code)))
        kind, *numbers = name.split("-")
        side = 48 if kind == "found" else int(numbers[1])
        assert drawn.size == (side, side)
    row = found.teacher.found[0, 0]
    (code,) = re.findall(rf"\.browser-found-{row}{{[^}}]*base64,([^)]+)", sheet)
    shown = np.array(Image.open(io.BytesIO(base64.b64decode(code))).convert("RGB")).astype(float)
    wanted = found.images.images[row].transpose(1, 2, 0)
    assert np.corrcoef(shown.ravel(), wanted.ravel())[0, 1] > 0.95


def test_each_button_has_its_picture_and_its_name(found: browsing.LookUp, explorer: VBox) -> None:
    sheet, buttons = explorer.children[0].value, explorer.children[1]
    assert buttons.options == ("genus 0", "genus 1", "genus 2")
    for place in range(3):
        assert f".browser-query-{place}-48,.browser-queries .widget-radio-box " in sheet
        assert sheet.count(f"label:nth-child({place + 1}){{background-image") == 1


# --- the controls


def test_it_starts_where_the_point_shows(explorer: VBox) -> None:
    _, buttons, slider, shown = explorer.children
    assert (buttons.index, slider.value) == (0, "32 px")
    assert shown.selected_index == 0
    assert {of_query.selected_index for of_query in shown.children} == {1}
    assert buttons.description and slider.description


def test_the_browser_links_every_control(explorer: VBox) -> None:
    _, buttons, slider, shown = explorer.children
    state = embed_data([explorer])["manager_state"]["state"]
    links = [m["state"] for m in state.values() if m["model_name"] == "LinkModel"]
    ends = {(link["source"][0], link["target"][0]) for link in links}
    wanted = [(buttons, shown), *((slider, of_query) for of_query in shown.children)]
    # The state holds the links of other tests, too.
    assert ends >= {(f"IPY_MODEL_{a.model_id}", f"IPY_MODEL_{b.model_id}") for a, b in wanted}
    buttons.index = 2
    assert shown.selected_index == 0, "Python has no part in it"
    buttons.index = 0


def test_a_start_without_queries_is_refused(found: browsing.LookUp) -> None:
    with pytest.raises(ValueError, match=r"start is 24 px, but there are queries of \[16, 32\]"):
        retrieval_browser(found, start=24)


def test_pages_are_small_beside_the_pictures(explorer: VBox) -> None:
    sheet, *_, shown = explorer.children
    texts = [each.value for of_query in shown.children for each in of_query.children]
    assert max(map(len, texts)) < 6000 and "base64" not in "".join(texts)
    assert sheet.value.count("base64") == len(set(re.findall("base64,([^)]+)", sheet.value)))


# --- the picture for pages without widgets


def test_panels_show_the_first_answer_of_each_way(found: browsing.LookUp) -> None:
    figure = browsing.nearest_panels(found, 32)
    columns = len(QUERIES)
    assert len(figure.axes) == columns * 4, "queries, teacher, naive, student"
    shown = [axes.images[0].get_array() for axes in figure.axes]
    assert all(image.shape[0] == 32 for image in shown[:columns])
    for image, row in zip(shown[columns : 2 * columns], found.teacher.found[:, 0], strict=True):
        assert (image == found.images.images[row].transpose(1, 2, 0)).all()
    signs = [axes.get_title() or axes.get_title(loc="left") for axes in figure.axes[columns:]]
    assert all(sign.startswith(("✓", "✗")) for sign in signs)
    assert len(browsing.nearest_panels(found, 16).axes) == columns * 3, "no student for 16 px"
    plt.close("all")
