"""A browser for tests: open it, use an explorer by keyboard alone, and judge what it shows."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import pytest
from PIL import Image

pytest.importorskip("playwright", reason="pages are looked at with Playwright: `make test`")
pytest.importorskip("axe_playwright_python", reason="pages are judged by axe: `make test`")

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Browser, Error, Locator, Page, TimeoutError  # noqa: E402

from tools.measure_site import open_browser  # noqa: E402

PATIENCE = 60_000  # milliseconds until a key has its effect; a busy kernel may be part of it
KINDS = {
    "slider": ".widget-slider",
    "choice": ".widget-radio, .widget-toggle-buttons",
    "tabs": ".lm-TabBar",
    "switch": "input[type=checkbox], .widget-toggle-button",
    "button": ".widget-button",
}
"""Controls that a test can use, by what they are in a page."""

MOVED = set(KINDS) - {"button"}

# What an explorer shows besides its controls, as one number for each state; and its controls.
LOOK = """
{  // a block of its own, so that its names meet no others
const PARTS = ".widget-html-content, .widget-image, .widget-output, canvas";
const STOPS = "button, input, select, textarea, [tabindex], [contenteditable=true]";
const TO_READ = ".widget-readout, [role=region]";  // places to read or to scroll in
const WHOLE = ".widget-slider, .widget-radio, .widget-toggle-buttons, .lm-TabBar";
const seen = (element) => element.checkVisibility();

window.shownBy = (explorer) => {
  let number = 0;
  for (const part of explorer.querySelectorAll(PARTS)) {
    if (!seen(part)) continue;
    const code = part.outerHTML + (part.toDataURL?.() ?? "");
    for (let k = 0; k < code.length; k++) number = (31 * number + code.charCodeAt(k)) | 0;
  }
  return number;
};

// True once the explorer shows something else than before (or again what is wanted), and rests.
window.hasMoved = ([explorer, before, wanted]) => {
  const busy = [...explorer.querySelectorAll("button:disabled")].some(seen);
  const loading = [...explorer.querySelectorAll("img")].some((image) => !image.complete);
  const now = shownBy(explorer);
  if (busy || loading || now !== window.last) { window.last = now; window.since = Date.now(); }
  return (wanted === null ? now !== before : now === wanted) && Date.now() - window.since > 60;
};

window.stopsOf = (explorer) => [...explorer.querySelectorAll(STOPS)].filter((stop) =>
  seen(stop) && !stop.disabled && stop.tabIndex >= 0 && !stop.matches(TO_READ));

// Outputs that hold widgets to be used.
window.explorersIn = (outputs) => [...document.querySelectorAll(outputs)].filter((output) =>
  output.querySelector(".jupyter-widgets") && stopsOf(output).length);

let count = 0;
window.controlsOf = (explorer) => {
  const controls = stopsOf(explorer).map((stop) => stop.closest(WHOLE) ?? stop);
  return [...new Set(controls)].map((control) => control.dataset.control ??= String(count++));
};
}
"""


@contextmanager
def browser_or_skip() -> Iterator[Browser]:
    """A browser without a window; where there is none, tests are skipped and told the remedy."""
    try:
        with open_browser() as browser:
            yield browser
    except Error as error:
        pytest.skip(f"no browser: `python -m playwright install chromium` ({error.message[:200]})")


def is_blank(screenshot: bytes) -> bool:
    """Whether a picture has one colour only, but for edges that share a pixel with the page."""
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB")
    inside = picture.crop((2, 2, picture.width - 2, picture.height - 2))
    return inside.getcolors(maxcolors=1) is not None


def serious_violations(page: Page) -> list[tuple[str, str]]:
    """What axe complains of, and where; the strokes inside drawn formulas are left out."""
    options = {"resultTypes": ["violations"]}
    found = Axe().run(page, context={"exclude": [["mjx-container"]]}, options=options).response
    serious = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    return [(each["id"], node["html"][:200]) for each in serious for node in each["nodes"]]


def faint_words(page: Page, inside: str) -> list[str]:
    """Words with too little contrast to what is behind them, by axe; it judges only what it sees.

    Raises:
        AssertionError: there are no words, or none of them was in sight.
    """
    options = {"runOnly": ["color-contrast"]}
    found = Axe().run(page, context={"include": [[inside]]}, options=options).response
    assert found["violations"] or found["passes"], f"axe sees no words in {inside}"
    return [node["html"][:200] for each in found["violations"] for node in each["nodes"]]


def explorers_in(page: Page, outputs: str, at_least: int = 0) -> list[Locator]:
    """The outputs of a page, opened with `LOOK`, that hold something to use; awaited if need be."""
    there = """([outputs, wanted]) => {
        const found = explorersIn(outputs);
        found.forEach((output, number) => { output.dataset.explorer = number; });
        return found.length >= wanted;
    }"""
    arguments = [outputs, at_least]
    page.wait_for_function(there, arg=arguments, timeout=PATIENCE, polling=100)
    return page.locator("[data-explorer]").all()


def tabs_opened(view: Locator) -> Iterator[str]:
    """The names of an explorer's tabs, each while it is open; of one without tabs no name."""
    tabs = view.locator("[role=tab]").all()
    for tab in tabs:
        tab.click()
        yield tab.inner_text()
    if not tabs:
        yield ""


class Explorer:
    """An explorer on a page that was opened with the script `LOOK`, used by keyboard alone.

    Args:
        view: the output that holds it.
        kinds: of controls that are used; a page without a kernel leaves out the buttons.
        patience: milliseconds until a key must have had its effect.

    Attributes:
        reached: for each control its kind, its words, and how many of its states were reached.
    """

    def __init__(
        self,
        page: Page,
        view: Locator,
        kinds: Collection[str] = frozenset(KINDS),
        patience: int = PATIENCE,
    ) -> None:
        self.page, self.view, self.kinds, self.patience = page, view, kinds, patience
        self.element = view.element_handle()
        self.reached: list[tuple[str, str, int]] = []
        self._used: set[str] = set()
        self._ways = {
            "slider": self._use_slider,
            "choice": self._use_choice,
            "tabs": self._use_tabs,
            "switch": self._use_switch,
            "button": self._use_button,
        }

    def use_all(self) -> None:
        """Move every control through all its states, and each back to where it was.

        Raises:
            AssertionError: a control that Tab does not reach, or whose keys change nothing, do not
                bring a picture back or leave it blank; a control of no known kind.
        """
        self._use_new(MOVED)
        self._use_new({"button"})  # last: what a button shows does not go away again

    def _use_new(self, kinds: Collection[str]) -> None:
        """Use what is visible, of these kinds, and was not used before."""
        seen = set()
        while new := [name for name in self._controls() if name not in self._used | seen]:
            if not seen:
                self._tab_through()
            seen.add(new[0])
            control = self.view.locator(f"[data-control='{new[0]}']")
            kind = self._kind_of(control)
            if kind in kinds and kind in self.kinds:
                self._used.add(new[0])
                self.reached.append((kind, control.inner_text(), self._ways[kind](control)))

    def pictures(self) -> list[bytes]:
        """Everything that is shown besides the controls, the largest part first."""
        parts = self.view.locator(".widget-html-content, .widget-image, .widget-output, canvas")
        visible = [part for part in parts.all() if part.is_visible()]
        areas = {part: part.bounding_box() for part in visible}
        visible.sort(key=lambda part: -areas[part]["width"] * areas[part]["height"])
        return [part.screenshot() for part in visible]

    def _shown(self) -> int:
        return self.page.evaluate("shownBy", self.element)

    def _controls(self) -> list[str]:
        return self.page.evaluate("controlsOf", self.element)

    def _tab_through(self) -> None:
        """Tab leads from each control to the next, past no more than what is there to be read."""
        stops = self.page.evaluate_handle("stopsOf", self.element)
        self.page.evaluate("(stops) => stops[0].focus()", stops)
        for number in range(1, self.page.evaluate("(stops) => stops.length", stops)):
            for _ in range(4):
                self.page.keyboard.press("Tab")
                where = "([stops, number]) => stops[number] === document.activeElement"
                if self.page.evaluate(where, [stops, number]):
                    break
            else:
                text = self.page.evaluate("([stops, n]) => stops[n].outerHTML", [stops, number])
                raise AssertionError(f"Tab does not lead to {text[:200]}")

    @staticmethod
    def _kind_of(control: Locator) -> str:
        for kind, selector in KINDS.items():
            if control.evaluate("(element, selector) => element.matches(selector)", selector):
                return kind
        text = control.evaluate("(element) => element.outerHTML")
        raise AssertionError(f"no test knows how to use this by keyboard: {text[:300]}")

    def _use_slider(self, slider: Locator) -> int:
        """Through all positions with the arrow keys."""
        handle = slider.locator("[role=slider]").first
        begin, first, last = (float(handle.get_attribute(f"aria-value{which}"))
                              for which in ("now", "min", "max"))  # fmt: skip
        start = self._shown()
        if begin > first:
            self._press(handle, "Home")
        before, reached = self.pictures(), {first}
        while self._position(handle) < last:
            self._press(handle, "ArrowRight")
            reached.add(self._position(handle))
        self._require_another(before, slider)
        while self._position(handle) > begin:
            self._press(handle, "ArrowLeft")
        self._require_again(start, slider)
        return len(reached)

    @staticmethod
    def _position(handle: Locator) -> float:
        return float(handle.get_attribute("aria-valuenow"))

    def _use_choice(self, choice: Locator) -> int:
        """Every option with Space; controls that come with an option are used in its turn."""
        options = choice.locator("input[type=radio], button")
        chosen = "(all) => all.findIndex((one) => one.checked || one.matches('.mod-active'))"
        begin, start, before = options.evaluate_all(chosen), self._shown(), self.pictures()
        reached = {begin}
        for number in range(options.count()):
            if number == begin:
                continue
            self._press(options.nth(number), "Space")
            reached.add(options.evaluate_all(chosen))
            self._require_another(before, choice)
            self._use_new(MOVED)
        if len(reached) > 1:
            self._press(options.nth(begin), "Space")
        self._require_again(start, choice)
        return len(reached)

    def _use_tabs(self, tabs: Locator) -> int:
        """Around all tabs with the arrow key and Enter; what a tab holds is used in its turn."""
        start, before, count = self._shown(), self.pictures(), tabs.locator("[role=tab]").count()
        reached = set()
        for _ in range(count):
            tabs.locator("[role=tab][aria-selected=true]").focus()
            self.page.keyboard.press("ArrowRight")
            self._press(tabs.locator("[role=tab]:focus"), "Enter")
            reached.add(tabs.locator("[aria-selected=true]").inner_text())
            if self._shown() != start:
                self._require_another(before, tabs)
                self.use_all()
        self._require_again(start, tabs)
        return len(reached)

    def _use_switch(self, switch: Locator) -> int:
        start, before = self._shown(), self.pictures()
        self._press(switch, "Space")
        self._require_another(before, switch)
        self._press(switch, "Space")
        self._require_again(start, switch)
        return 2

    def _use_button(self, button: Locator) -> int:
        """Press it, and wait for what comes of it."""
        before = self.pictures()
        self._press(button, "Space", 5 * self.patience)
        self._require_another(before, button)
        return 1

    def _press(self, stop: Locator, key: str, patience: int | None = None) -> None:
        """A key on a control; something else must be shown thereafter."""
        before = self._shown()
        stop.focus()
        self.page.keyboard.press(key)
        self._wait_until_moved(f"{key} changes nothing at", stop, before, patience=patience)

    def _wait_until_moved(
        self,
        complaint: str,
        stop: Locator,
        before: int | None,
        wanted: int | None = None,
        patience: int | None = None,
    ) -> None:
        arguments, patience = [self.element, before, wanted], patience or self.patience
        try:
            self.page.wait_for_function("hasMoved", arg=arguments, timeout=patience, polling=30)
        except TimeoutError:
            text = stop.evaluate("(element) => element.outerHTML")
            raise AssertionError(f"{complaint} {text[:300]}") from None

    def _require_another(self, before: list[bytes], control: Locator) -> None:
        """Other pixels than before, and not of one colour only."""
        after = self.pictures()
        assert after, f"nothing is shown after {control.inner_text()!r} was moved"
        assert after != before, f"the same picture after {control.inner_text()!r} was moved"
        assert not is_blank(after[0]), f"a blank picture after {control.inner_text()!r} was moved"

    def _require_again(self, start: int, control: Locator) -> None:
        self._wait_until_moved("another picture comes back at", control, None, wanted=start)
