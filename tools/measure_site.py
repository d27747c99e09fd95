"""Open the built pages in a browser and print their weight and how fast they are.

    python -m tools.measure_site [folder of pages]

Weight is what a page reads from the disk. Times count from the start of its loading.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from tools.notebook_digest import ROOT

SITE = ROOT / "site"
EXPLORER = ".widget-subarea"
HANDLE = f"{EXPLORER} [role=slider]"
PICTURE = ".widget-html-content"
MOST_STEPS = 20  # of a slider that are measured
PATIENCE = 30_000  # milliseconds until a widget must have appeared

# Noted while a page loads: when its first picture, and its first widget, were there.
NOTE_TIMES = """
window.noted = {};
const note = (name) => { noted[name] ??= performance.now(); };
document.addEventListener("load", (event) => {
  if (event.target.tagName === "IMG") note("picture");
}, true);
new MutationObserver(() => {
  if (document.querySelector(".widget-subarea .jupyter-widgets")) note("widget");
}).observe(document, { childList: true, subtree: true });
"""

# From a key to the frame of the screen in which another picture of the explorer is drawn.
NOTE_FRAMES = """
(handle) => {
  const explorer = handle.closest(".widget-subarea");
  const ready = () => [...explorer.querySelectorAll("img")].every((image) => image.complete);
  const shown = () => [...explorer.querySelectorAll("PICTURE")].map((it) => it.innerHTML).join();
  window.changes = [];
  handle.addEventListener("keydown", (event) => {
    const before = shown();
    const turn = (window.turn = (window.turn ?? 0) + 1);
    let frames = 0;
    const look = () => {
      if (turn !== window.turn) return;  // another key has followed
      frames += 1;
      const milliseconds = performance.now() - event.timeStamp;
      if (ready() && shown() !== before) changes.push({ frames, milliseconds });
      else if (frames < 60) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, true);
}
""".replace("PICTURE", PICTURE)


@dataclass(frozen=True)
class Loaded:
    """What opening one page took."""

    megabytes: float
    first_picture: float | None  # milliseconds
    first_widget: float | None  # milliseconds


@dataclass(frozen=True)
class Change:
    """What one press of an arrow key took, until another picture was drawn."""

    frames: int
    milliseconds: float


def browser_path() -> str | None:
    """The browser of this machine: named by ``COURSE_BROWSER``, or Debian's Chromium, or None.

    None means the one that ``python -m playwright install chromium`` has fetched.
    """
    return os.environ.get("COURSE_BROWSER") or shutil.which("chromium")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser without a window; inside a container it runs without its own sandbox."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=browser_path(), args=arguments)
        yield browser
        browser.close()


def load(page: Page, path: Path) -> Loaded:
    """Open a page from its folder and wait until its widgets, if any, are drawn."""
    read: set[Path] = set()
    page.on("request", lambda request: read.update(local_files(request.url)))
    page.add_init_script(NOTE_TIMES)
    page.goto(path.as_uri(), wait_until="load")
    if has_widgets(page):
        # A slider behind a tab stays hidden; its tab is there.
        page.wait_for_selector(f"{EXPLORER} :is([role=slider], [role=tab])", timeout=PATIENCE)
    noted = page.evaluate("noted")
    weight = sum(file.stat().st_size for file in read) / 1e6
    return Loaded(weight, noted.get("picture"), noted.get("widget"))


def has_widgets(page: Page) -> bool:
    """Whether the page carries the saved state of widgets."""
    return page.locator('script[type="application/vnd.jupyter.widget-state+json"]').count() > 0


def local_files(address: str) -> list[Path]:
    """The file behind an address, in a list of one; none for pictures that stand in the page."""
    parts = urlsplit(address)
    return [Path(unquote(parts.path))] if parts.scheme == "file" else []


def key_to_picture(page: Page, slider: int = 0) -> list[Change]:
    """Move a slider by keyboard from its first value upwards; time each new picture."""
    handle = page.locator(HANDLE).nth(slider)
    handle.evaluate(NOTE_FRAMES)
    handle.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(100)
    page.evaluate("changes.length = 0")
    for _ in range(MOST_STEPS):
        before = handle.get_attribute("aria-valuenow")
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(100)
        if handle.get_attribute("aria-valuenow") == before:
            break
    return [Change(**change) for change in page.evaluate("changes")]


def main(arguments: list[str]) -> int:
    """Print a line for each page, and one for each slider."""
    site = Path(arguments[0]).resolve() if arguments else SITE
    pages = sorted(site.glob("*.html"))
    if not pages:
        print(f"there are no pages in {site}: run `make site`", file=sys.stderr)
        return 1
    print(f"{'page':42}{'weight':>10}{'first picture':>16}{'first widget':>16}")
    with open_browser() as browser:
        for path in pages:
            measure(browser, path)
    return 0


def measure(browser: Browser, path: Path) -> None:
    """Print what one page weighs, when its pictures come, and how its sliders answer."""
    page = browser.new_page()
    loaded = load(page, path)
    times = (loaded.first_picture, loaded.first_widget)
    shown = "".join(f"{'–' if time is None else f'{time:.0f} ms':>16}" for time in times)
    print(f"{path.name:42}{loaded.megabytes:7.1f} MB{shown}")
    for slider in range(page.locator(HANDLE).count()):
        changes = key_to_picture(page, slider)
        if changes:
            print(f"  slider {slider + 1}: {in_words(changes)}")
    page.close()


def in_words(changes: list[Change]) -> str:
    """How long a slider took to show other pictures."""
    times = [change.milliseconds for change in changes]
    first = sum(change.frames == 1 for change in changes)
    return (
        f"{first} of {len(changes)} pictures were in the next frame; key to frame "
        f"{statistics.median(times):.1f} ms (median), {max(times):.1f} ms (longest)"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
