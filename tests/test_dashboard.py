"""``make dashboard``: Voilà runs notebook 10 and shows the dashboard alone, in a real browser."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

pytest.importorskip("voila", reason="the dashboard needs `pip install .[dashboard]`")
pytest.importorskip(
    "playwright", reason="pages are looked at with Playwright: `pip install .[test]`"
)

from playwright.sync_api import Error, Locator, Page  # noqa: E402

from tools.measure_site import open_browser  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 600  # seconds: a busy machine runs the notebook several times slower than a free one
PHONE = {"width": 390, "height": 844}
TABS = ["All runs", "Retrieval", "Alignment", "Budget"]


def command_of_the_makefile() -> list[str]:
    """What ``make dashboard`` passes to Voilà, without the options of a reader."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    (arguments,) = re.findall(r"exec \$\(RUN\) -m voila (.+)", recipe)
    return [part for part in arguments.split() if not part.startswith("$")]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Voilà, with settings of its own, as the Makefile starts it."""
    home, port = tmp_path_factory.mktemp("jupyter"), free_port()
    folders = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "voila", *command_of_the_makefile()]
    with open(home / "voila.log", "w") as log:
        voila = subprocess.Popen(
            [*command, "--no-browser", f"--port={port}"], cwd=ROOT, stdout=log, stderr=log,
            env=os.environ | folders | {"IPYTHONDIR": str(home / "ipython")},
        )  # fmt: skip
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/voila/static/voila.js", voila)
        yield f"http://127.0.0.1:{port}"
    finally:
        voila.terminate()
        voila.wait(30)


def wait_until_it_answers(address: str, server: subprocess.Popen) -> None:
    for _ in range(2 * PATIENCE):
        assert server.poll() is None, "Voilà has stopped"
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError("Voilà does not answer")


class Opened(NamedTuple):
    """The dashboard, once its notebook has run, and what was shown until then."""

    page: Page
    meanwhile: str


@pytest.fixture(scope="module")
def opened(address: str) -> Iterator[Opened]:
    try:
        with open_browser() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(1000 * PATIENCE)
            page.goto(address, wait_until="commit")
            meanwhile = page.locator("#loading").inner_text()
            page.wait_for_selector("[role=tab]")
            page.wait_for_timeout(1000)
            page.set_default_timeout(30_000)
            yield Opened(page, meanwhile)
    except Error as error:
        if "Executable doesn't exist" not in error.message:
            raise
        pytest.skip(f"no browser: `python -m playwright install chromium` ({error.message[:200]})")


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def shown(page: Page, selector: str) -> Locator:
    return page.locator(f"{selector}:visible")


def pictures(page: Page) -> list[str]:
    return [each.inner_html() for each in shown(page, ".widget-html-content").all()]


def open_tab(page: Page, name: str) -> None:
    """Go to a tab as somebody without a mouse does."""
    names = [tab.inner_text() for tab in page.locator("[role=tab]").all()]
    page.locator("[role=tab]").first.focus()
    for _ in range(names.index(name)):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)


def test_it_says_that_it_is_running(opened: Opened) -> None:
    assert re.search("Running|Executing", opened.meanwhile)


def test_only_the_dashboard_is_shown(page: Page) -> None:
    assert [tab.inner_text() for tab in page.locator("[role=tab]").all()] == TABS
    headings = [each.inner_text().strip("¶") for each in shown(page, "h1, h2").all()]
    assert headings == ["The dashboard"]
    assert shown(page, ".jp-CodeCell .jp-InputArea").count() == 0, "no code"
    assert shown(page, ".jp-RenderedImage").count() == 0, "no picture outside of the tabs"


@pytest.mark.parametrize("name", TABS)
def test_every_tab_opens_and_moves_by_keyboard(page: Page, name: str) -> None:
    open_tab(page, name)
    assert page.locator("[role=tab][aria-selected=true]").inner_text() == name
    before = pictures(page)
    shown(page, "input[type=radio]:not(:checked)").first.focus()
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    assert pictures(page) != before
    for slider in shown(page, "[role=slider]").all():
        before = pictures(page)
        slider.focus()
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(300)
        assert pictures(page) != before


def test_a_click_on_a_butterfly_asks_for_it(page: Page) -> None:
    open_tab(page, "Retrieval")
    picture = shown(page, ".browser-queries .widget-radio-box label").nth(4)
    name = picture.inner_text().strip()
    picture.click(position={"x": 30, "y": 30})
    page.wait_for_timeout(300)
    asked = shown(page, ".browser-picture").first.get_attribute("aria-label")
    assert asked.startswith(f"query: {name} species")


def test_a_phone_scrolls_down_only(page: Page) -> None:
    before = page.viewport_size
    page.set_viewport_size(PHONE)
    for name in TABS:
        open_tab(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    page.set_viewport_size(before)
