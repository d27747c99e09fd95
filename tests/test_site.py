"""The web edition opens from a plain folder, moves without a kernel, and asks no other host."""

from __future__ import annotations

import io
import statistics
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from ipywidgets.embed import embed_data
from PIL import Image

pytest.importorskip("furo", reason="the web edition needs `pip install .[site]`")
pytest.importorskip("myst_nb", reason="the web edition needs `pip install .[site]`")

import matplotlib.pyplot as plt  # noqa: E402
from browser import (
    LOOK,
    MOVED,
    Explorer,
    browser_or_skip,
    explorers_in,
    serious_violations,
    tabs_opened,
)  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

from helpers.course.explorers import flip_book  # noqa: E402
from tools import build_site, course_map, web_bundles  # noqa: E402
from tools.measure_site import (  # noqa: E402
    EXPLORER,
    HANDLE,
    MOST_STEPS,
    has_widgets,
    key_to_picture,
    load,
)
from tools.notebook_digest import notebook_paths  # noqa: E402

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
TRIAL = "99_trial"  # a page with all that a notebook may hold, whatever the notebooks hold today
PAGES = ["index", "search", *(path.stem for path in notebook_paths()), TRIAL]

# What myst-parser will have to change for Sphinx 11; both are pinned.
pytestmark = pytest.mark.filterwarnings("ignore:'myst_parser")

every_page = pytest.mark.parametrize("name", PAGES)


def frame(height: float) -> plt.Figure:
    figure, axes = plt.subplots(figsize=(6, 3))
    axes.bar(["species", "genus"], [height, 1])
    return figure


def trial_notebook() -> nbformat.NotebookNode:
    """Words, a formula wider than a phone, a long line of code, a picture and a flip book."""
    book = flip_book({f"{k} px": frame(k / 4) for k in range(5)}, "resolution", 2, "Two bars.")
    code = nbformat.v4.new_code_cell(f"flip_book({'frames, ' * 20})", execution_count=1)
    view = {"version_major": 2, "version_minor": 0, "model_id": book.model_id}
    code.outputs = [nbformat.v4.new_output("display_data", data={WIDGET_VIEW: view})]
    formula = "$$" + " + ".join(rf"\frac{{x_{k}}}{{y_{k}}}" for k in range(40)) + "$$"
    words = (
        f"# 99 · Does it move?\n\nAbout 3 minutes. With $x$:\n\n{formula}\n\n## A quagga explorer\n"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(words), code])
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata["widgets"] = {WIDGET_STATE: embed_data([book])["manager_state"]}
    return notebook


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of the course, and of one trial notebook more."""
    folder = tmp_path_factory.mktemp("web")
    trial = folder / f"{TRIAL}.ipynb"
    nbformat.write(trial_notebook(), trial)
    try:
        build_site.build([*notebook_paths(), trial], folder / "site")
    except web_bundles.BundleMissing as missing:
        pytest.skip(str(missing))
    return folder / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browser_or_skip() as browser:
        yield browser


class Visit:
    """A browser without network that has opened pages of the site, and what it complained of."""

    def __init__(self, browser: Browser, site: Path, **options) -> None:
        self.site = site
        self.context = browser.new_context(**{"viewport": DESKTOP} | options)
        self.context.set_offline(True)
        self.context.add_init_script(LOOK)
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(request.url[:200]))
        self.page.on("console", self.listen)

    def listen(self, message) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def open(self, name: str) -> Page:
        load(self.page, self.site / f"{name}.html")
        return self.page


@pytest.fixture
def visit(browser: Browser, site: Path) -> Iterator[Visit]:
    visit = Visit(browser, site)
    yield visit
    visit.context.close()


@pytest.fixture
def on_a_phone(browser: Browser, site: Path) -> Iterator[Visit]:
    visit = Visit(browser, site, viewport=PHONE, color_scheme="dark", has_touch=True)
    yield visit
    visit.context.close()


# --- every page


@every_page
def test_nothing_is_asked_of_another_host(visit: Visit, name: str) -> None:
    visit.open(name)
    visit.page.wait_for_timeout(300)
    assert visit.requests
    outside = [address for address in visit.requests if not address.startswith(("file:", "data:"))]
    assert not outside and not visit.complaints


@every_page
def test_a_phone_scrolls_down_only(on_a_phone: Visit, name: str) -> None:
    page = on_a_phone.open(name)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@every_page
def test_formulas_are_drawn(visit: Visit, name: str) -> None:
    page = visit.open(name)
    written = page.locator("article .math").count()
    if written:
        page.wait_for_function("window.MathJax?.startup?.promise")
        page.evaluate("MathJax.startup.promise.then(() => null)")
    assert page.locator("article .math mjx-container > svg").count() == written
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0


@every_page
def test_axe_finds_no_serious_violation(visit: Visit, name: str) -> None:
    page = visit.open(name)
    for _ in tabs_opened(page.locator("body")):
        assert not serious_violations(page)


@pytest.mark.parametrize("name", ["index", "search", "00_start_here", TRIAL])
def test_axe_finds_none_in_the_dark_on_a_phone(on_a_phone: Visit, name: str) -> None:
    assert not serious_violations(on_a_phone.open(name))


@every_page
def test_every_control_works_by_keyboard_without_a_kernel(visit: Visit, name: str) -> None:
    page = visit.open(name)
    views = explorers_in(page, EXPLORER, at_least=has_widgets(page))
    for view in views:
        Explorer(page, view, kinds=MOVED).use_all()
    for handle in page.locator(HANDLE).all():
        assert handle.get_attribute("aria-label") and handle.get_attribute("aria-valuetext")
    assert not visit.complaints


def test_a_click_on_a_picture_chooses_it_by_touch(on_a_phone: Visit) -> None:
    page = on_a_phone.open("10_explorer")
    page.locator("[role=tab]", has_text="Retrieval").tap()
    button = page.locator(".browser-queries .widget-radio-box label").nth(4)
    name = button.inner_text().strip()
    button.tap(position={"x": 30, "y": 30})
    page.wait_for_timeout(200)
    asked = page.locator(".browser-picture:visible").first
    assert asked.get_attribute("aria-label").startswith(f"query: {name} ")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


# --- between pages


def test_first_page_maps_the_course(visit: Visit) -> None:
    page = visit.open("index")
    links = page.locator(".course-map a")
    addresses = [link.get_attribute("href") for link in links.all()]
    assert addresses == [f"{name}.html" for name in PAGES[2:]]
    assert "What does a small image lose?" in links.first.inner_text()
    assert page.locator(".course-map img").count()
    links.last.click()
    assert page.locator("h1").inner_text().startswith("99 · Does it move?")


def test_next_and_previous_lead_through_the_course(visit: Visit) -> None:
    page = visit.open("index")
    for name in PAGES[2:]:
        page.locator("a.next-page").click()
        page.wait_for_url(f"**/{name}.html")
    assert not page.locator("a.next-page").count()
    page.locator("a.prev-page").click()
    page.wait_for_url(f"**/{PAGES[-2]}.html")
    assert not visit.complaints


def test_search_finds_the_one_page_with_a_word(visit: Visit) -> None:
    page = visit.open("index")
    page.locator(".sidebar-search").fill("quagga")
    page.keyboard.press("Enter")
    found = page.locator("#search-results li a")
    found.first.wait_for()
    assert {address.split("#")[0].split("?")[0] for address in map(href, found.all())} == {
        f"{TRIAL}.html"
    }
    found.first.click()
    assert "Does it move?" in page.locator("h1").inner_text()
    assert not visit.complaints


def href(link) -> str:
    return link.get_attribute("href").removeprefix("./")


# --- the look, and the speed


def test_pages_follow_the_light_and_dark_of_the_system(browser: Browser, site: Path) -> None:
    brightness = {}
    for scheme in ("light", "dark"):
        visit = Visit(browser, site, color_scheme=scheme)
        visit.open(TRIAL)
        corner = Image.open(io.BytesIO(visit.page.screenshot())).convert("L").getpixel((1270, 890))
        brightness[scheme] = corner
        visit.context.close()
    assert brightness["light"] > 200 and brightness["dark"] < 60


def test_pictures_have_words_for_those_who_cannot_see_them(visit: Visit) -> None:
    page = visit.open("00_start_here")
    words = [image.get_attribute("alt") for image in page.locator(".cell_output img").all()]
    assert words and all(len(text) > 20 and ".png" not in text for text in words)


@every_page
def test_sliders_show_their_pictures_in_the_next_frame(visit: Visit, name: str) -> None:
    page, changes = visit.open(name), []
    for _ in tabs_opened(page.locator("body")):
        for number, handle in enumerate(page.locator(HANDLE).all()):
            if handle.is_visible():
                steps = float(handle.get_attribute("aria-valuemax"))
                changes += (of_one := key_to_picture(page, number))
                assert len(of_one) == min(steps, MOST_STEPS), "a picture for each step"
    # A frame of a 60 Hz screen lasts 17 ms. A busy machine may miss one; it may not miss most.
    if has_widgets(page):
        assert statistics.median(change.frames for change in changes) == 1
        assert statistics.median(change.milliseconds for change in changes) < 50


# --- building


def plain_notebook(folder: Path, words: str) -> Path:
    path = folder / "00_plain_words.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(words)])
    nbformat.write(notebook, path)
    return path


def test_a_link_that_leads_nowhere_stops_the_build(site: Path, tmp_path: Path) -> None:
    broken = plain_notebook(tmp_path, "# 00 · Where?\n\n[There](07_not_there.ipynb)")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.html").write_text("as it was")
    with pytest.raises(build_site.BuildFailed):
        build_site.build([broken], tmp_path / "pages")
    assert (tmp_path / "pages" / "index.html").read_text() == "as it was"


def test_a_stop_on_the_map_is_read_from_its_notebook(tmp_path: Path) -> None:
    words = "# 00 · Why?\n\nAbout 40 minutes to read. Before it: [01](01_a.ipynb), [03](03_b.ipynb)"
    stop = course_map.stop(plain_notebook(tmp_path, words))
    assert (stop.name, stop.question, stop.minutes) == ("00 Plain words", "Why?", "40")
    assert stop.before == ("01", "03") and not stop.was_run and stop.picture is None


def test_a_notebook_must_open_with_its_question(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="00_plain_words.ipynb must open with a heading"):
        course_map.stop(plain_notebook(tmp_path, "Some words."))


BUNDLE = web_bundles.Bundle("@some/package", "1.0.0", "0" * 64, {})


def test_a_package_with_another_checksum_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / BUNDLE.archive).write_bytes(b"something else")
    with pytest.raises(web_bundles.BundleMissing, match="some-package-1.0.0.tgz is not"):
        web_bundles.cached(BUNDLE)


def test_without_npm_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(web_bundles.shutil, "which", lambda name: None)
    with pytest.raises(web_bundles.BundleMissing, match="install Node.js"):
        web_bundles.cached(BUNDLE)
