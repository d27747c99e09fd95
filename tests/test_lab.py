"""Every explorer in JupyterLab: run with a kernel, moved by keyboard, legible in light and dark.

What a notebook's explorers need is read from its cells, so that not all of it has to be run; the
first notebook is run as a whole. An explorer that is added later is found in the saved notebook.
"""

from __future__ import annotations

import ast
import dis
import json
import os
import re
import subprocess
import sys
import time
import types
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("jupyterlab", reason="explorers are tried in JupyterLab: `make test`")

from browser import (
    LOOK,
    PATIENCE,
    Explorer,
    browser_or_skip,
    explorers_in,
    faint_words,
    is_blank,
    tabs_opened,
)  # noqa: E402
from IPython.core.inputtransformer2 import TransformerManager  # noqa: E402
from playwright.sync_api import Browser, Locator, Page  # noqa: E402

from tools.notebook_digest import ROOT, notebook_paths  # noqa: E402
from tools.run_notebooks import KERNEL  # noqa: E402
from tools.widget_state import REFERENCE, STATE, VIEW  # noqa: E402

RUN_SECONDS = 900  # of all cells
START_SECONDS = 180  # of JupyterLab
THEMES = ("JupyterLab Light", "JupyterLab Dark")
OUTPUTS = ".jp-OutputArea-output"
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
SCREEN = {"width": 1280, "height": 2400}  # so tall that all of an explorer is in sight
ERRORS = "[data-mime-type='application/vnd.jupyter.error'], .jp-OutputArea-output.jp-mod-error"
ERRORS += ", [data-mime-type='application/vnd.jupyter.stderr']"
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},  # cells out of sight stay in the page
}


# --- what a notebook's explorers need


def explorer_cells(notebook: nbformat.NotebookNode) -> dict[int, list[int]]:
    """The cells that show explorers, and how many options each control of theirs has."""
    models = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    found = {}
    for number, cell in enumerate(notebook.cells):
        shown = [
            o["data"][VIEW]["model_id"]
            for o in cell.get("outputs", [])
            if VIEW in o.get("data", {})
        ]
        parts = parts_of(shown, models)
        if any("disabled" in part for part in parts):  # only what can be used can be disabled
            found[number] = [len(p["_options_labels"]) for p in parts if "_options_labels" in p]
    return found


def parts_of(names: list[str], models: dict) -> list[dict]:
    """The states of some widgets, and of all widgets that they consist of."""
    found, waiting = {}, list(names)
    while waiting:
        name = waiting.pop()
        if name in models and name not in found:
            found[name] = models[name]["state"]
            waiting += REFERENCE.findall(json.dumps(found[name]))
    return list(found.values())


def needed(notebook: nbformat.NotebookNode, shown: Collection[int]) -> list[int]:
    """These cells, and all before them whose names they need, directly or through others."""
    code = [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    names = {number: names_in(notebook.cells[number].source) for number in code}
    kept, more = set(), set(shown)
    while more - kept:
        kept |= more
        wanted = set().union(*(names[number][0] for number in kept))
        more = {n for n in code if n < max(kept) and names[n][1] & wanted}
    return sorted(kept)


def names_in(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell takes from cells before it, and those that it sets or changes."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    code = compile(tree, "cell", "exec")
    read, written = set(), set()
    for step in dis.get_instructions(code):
        if step.opname == "STORE_NAME":
            written.add(step.argval)
        elif step.opname == "LOAD_NAME" and step.argval not in written:
            read.add(step.argval)
    read |= globals_of_functions(code) - written
    return read, written | changed_in_place(tree)


def globals_of_functions(code: types.CodeType) -> set[str]:
    found = set()
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            found |= {s.argval for s in dis.get_instructions(inner) if s.opname == "LOAD_GLOBAL"}
            found |= globals_of_functions(inner)
    return found


def changed_in_place(tree: ast.Module) -> set[str]:
    """``found`` in ``found["key"] = …`` and in ``found.name = …``."""
    changed = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            while isinstance(node, (ast.Subscript, ast.Attribute)):
                node = node.value
            changed |= {node.id} if isinstance(node, ast.Name) else set()
    return changed


def fresh(notebook: nbformat.NotebookNode, numbers: Collection[int]) -> nbformat.NotebookNode:
    """Some cells of a notebook as a reader first has them, without outputs."""
    cells = [notebook.cells[number] for number in numbers]
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


WITH_EXPLORERS = [p for p in notebook_paths() if explorer_cells(nbformat.read(p, as_version=4))]


# --- JupyterLab, with nobody's settings but these


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    address: str
    token: str
    notebooks: Path

    def page_of(self, name: str) -> str:
        return f"{self.address}lab/tree/{name}?token={self.token}&reset"

    def close_kernels(self) -> None:
        for session in self._ask("api/sessions"):
            self._ask(f"api/sessions/{session['id']}", "DELETE")

    def _ask(self, path: str, method: str = "GET") -> list:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.address + path, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
            return json.loads(answer.read() or "[]")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("jupyter")
    (folder / "notebooks").mkdir()
    write_settings(folder / "settings")
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command(folder), env=environment(folder), stdout=log, stderr=log)
        try:
            yield wait_for_server(server, folder)
        finally:
            server.terminate()
            server.wait(timeout=START_SECONDS)


def command(folder: Path) -> list[str]:
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0"]
    options += [f"--ServerApp.root_dir={folder}/notebooks"]
    return [sys.executable, "-m", "jupyterlab", *options]


def environment(folder: Path) -> dict[str, str]:
    """Folders of its own, so that no reader's settings are used or changed."""
    places = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "IPYTHONDIR": "ipython",
              "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings",
              "JUPYTERLAB_WORKSPACES_DIR": "workspaces"}  # fmt: skip
    own = {name: str(folder / place) for name, place in places.items()}
    # Kernels choose how figures are shown; the tests' own choice must not reach them.
    given = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    return given | own | {"PYTHONPATH": str(ROOT), "TQDM_DISABLE": "1"}


def write_settings(folder: Path) -> None:
    for name, values in SETTINGS.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(values), encoding="utf-8")


def wait_for_server(server: subprocess.Popen, folder: Path) -> Lab:
    """JupyterLab writes down where it is when it is ready to answer."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        for path in (folder / "runtime").glob("jpserver-*.json"):
            written = path.read_text(encoding="utf-8")
            if written.endswith("}"):
                facts = json.loads(written)
                return Lab(facts["url"], facts["token"], folder / "notebooks")
        time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{(folder / 'log').read_text()[-3000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browser_or_skip() as browser:
        yield browser


@dataclass
class Opened:
    """A notebook in JupyterLab, and everything that went wrong with it."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    cells_run: int = 0

    def listen(self) -> None:
        page = self.page
        page.on("pageerror", lambda error: self.complaints.append(f"page: {error}"))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        page.on("request", lambda request: self.note_address(request.url))
        page.on("websocket", lambda socket: socket.on("framereceived", self.note_message))

    def note_address(self, address: str) -> None:
        if not address.startswith((self.home, "data:", "blob:")):
            self.outside.append(address)

    def note_message(self, message: str | bytes) -> None:
        """What a kernel says; an error in a callback is shown nowhere else."""
        text = message if isinstance(message, str) else message.decode("utf-8", "replace")
        kind = re.search(r'"msg_type": ?"(\w+)"', text)
        if kind and kind[1] == "error":
            self.complaints.append(f"kernel: {text[-2000:]}")
        self.cells_run += bool(kind) and kind[1] == "execute_reply"

    def run_all(self, cells: int) -> None:
        """Run → Run All Cells, until the kernel has answered to each."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_text("Run All Cells", exact=True).click()
        end = time.monotonic() + RUN_SECONDS
        while self.cells_run < cells:
            assert time.monotonic() < end, f"{self.cells_run} of {cells} cells were run"
            self.page.wait_for_timeout(100)

    def choose_theme(self, name: str) -> None:
        self.page.get_by_role("menuitem", name="Settings", exact=True).click()
        self.page.get_by_text("Theme", exact=True).hover()
        self.page.get_by_text(name, exact=True).click()
        self.page.wait_for_selector(f"body[data-jp-theme-name='{name}']", state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def errors(self) -> list[str]:
        """All complaints so far, when the kernel has nothing more to say."""
        self.page.wait_for_selector(IDLE)
        self.page.wait_for_timeout(100)
        return [*self.page.locator(ERRORS).all_inner_texts(), *self.complaints]


@contextmanager
def opened(
    lab: Lab, browser: Browser, notebook: nbformat.NotebookNode, name: str
) -> Iterator[Opened]:
    """A notebook that was opened and run; its kernel ends with it."""
    nbformat.write(notebook, lab.notebooks / name)
    context = browser.new_context(viewport=SCREEN)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(LOOK)
    shown = Opened(context.new_page(), lab.address.rstrip("/"))
    shown.listen()
    try:
        shown.page.goto(lab.page_of(name))
        shown.page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        shown.page.wait_for_selector(IDLE)
        # JupyterLab's body is a box of no height; axe would take all that is in it for hidden.
        shown.page.add_style_tag(content="body { min-height: 100vh }")
        shown.choose_theme(THEMES[0])
        shown.run_all(sum(c.cell_type == "code" and bool(c.source) for c in notebook.cells))
        yield shown
    finally:
        context.close()
        lab.close_kernels()


# --- every notebook that has an explorer


@dataclass(frozen=True)
class Run:
    """A notebook of the course, run, and what was saved of it before."""

    shown: Opened
    views: list[Locator]
    options: list[int]


@pytest.fixture(scope="module", params=WITH_EXPLORERS, ids=lambda path: path.stem)
def run(request: pytest.FixtureRequest, lab: Lab, browser: Browser) -> Iterator[Run]:
    path = request.param
    notebook = nbformat.read(path, as_version=4)
    saved = explorer_cells(notebook)
    is_first = path == notebook_paths()[0]
    numbers = range(len(notebook.cells)) if is_first else needed(notebook, saved)
    chosen = fresh(notebook, numbers)
    if "photos.load(" in str(chosen.cells) and "COURSE_PHOTOS" not in os.environ:
        pytest.skip("its explorer shows photos: name their folder in COURSE_PHOTOS")
    with opened(lab, browser, chosen, path.name) as shown:
        assert not shown.errors()
        options = sorted(count for counts in saved.values() for count in counts)
        yield Run(shown, explorers_in(shown.page, OUTPUTS, len(saved)), options)


def test_every_control_works_by_keyboard(run: Run) -> None:
    used = [Explorer(run.shown.page, view) for view in run.views]
    for explorer in used:
        explorer.use_all()
    assert not run.shown.errors() and not run.shown.outside
    reached = [control for explorer in used for control in explorer.reached]
    chosen = sorted(count for kind, _, count in reached if kind in ("slider", "choice"))
    assert chosen == run.options, f"not every option was reached: {reached}"


@pytest.mark.parametrize("theme", THEMES)
def test_words_and_pictures_stand_out(run: Run, theme: str, tmp_path: Path) -> None:
    run.shown.choose_theme(theme)
    for number, view in enumerate(run.views):
        for tab in tabs_opened(view):
            view.screenshot(path=tmp_path / f"{number} {tab}.png")  # to be looked at
            assert not is_blank(Explorer(run.shown.page, view).pictures()[0])
            assert not faint_words(run.shown.page, f"[data-explorer='{number}']")


# --- the checks above can fail, and a notebook is cut as it should be


BROKEN = [
    """\
from ipywidgets import HTML, Button, IntSlider, Stack, Text, VBox, jslink

def sheet(colour, title=""):
    style = f"background:{colour};width:90px;height:60px"
    return HTML(f'<div title="{title}" style="{style}"></div>')

def turned(*pages):
    slider, stack = IntSlider(max=len(pages) - 1), Stack(pages, selected_index=0)
    jslink((slider, "value"), (stack, "selected_index"))
    return VBox([slider, stack])

def fail(button):
    words.value = "something"
    1 / 0

words = HTML('<span style="color:#ccc">faint on white</span>')
button = Button(description="fail")
button.on_click(fail)
""",
    'VBox([IntSlider(max=3), HTML("stays as it is")])',
    'turned(sheet("black", "first"), sheet("black", "second"))',
    'turned(sheet("black"), sheet("blue"))',
    "VBox([Text(), words])",
    "VBox([button, words])",
]


@pytest.fixture(scope="module")
def broken(lab: Lab, browser: Browser) -> Iterator[Run]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in BROKEN])
    with opened(lab, browser, fresh(notebook, range(len(BROKEN))), "broken.ipynb") as shown:
        yield Run(shown, explorers_in(shown.page, OUTPUTS, len(BROKEN) - 1), [])


@pytest.mark.parametrize(
    ("number", "complaint"),
    [
        (0, "ArrowRight changes nothing"),
        (1, "the same picture"),
        (2, "a blank picture"),
        (3, "no test knows how to use"),
    ],
)
def test_a_control_without_effect_is_found(broken: Run, number: int, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        Explorer(broken.shown.page, broken.views[number], patience=3000).use_all()


def test_faint_words_are_found(broken: Run) -> None:
    broken.shown.choose_theme(THEMES[0])
    assert faint_words(broken.shown.page, "[data-explorer='4']")


def test_an_error_in_a_callback_is_found(broken: Run) -> None:
    assert not broken.shown.errors()
    Explorer(broken.shown.page, broken.views[4]).use_all()
    assert "ZeroDivisionError" in "".join(broken.shown.errors())


def test_only_cells_that_an_explorer_needs_are_run() -> None:
    sources = [
        "import numpy as np",
        "unused = np.ones(2)",
        "a = {}",
        "for n in range(2):\n    a[n] = np.pi",
        "def f(unused):\n    return late(unused)",
        "n = 5",
        "def late(x):\n    return a[x]",
        "f(0)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in sources])
    assert needed(notebook, [7]) == [0, 2, 3, 4, 6, 7]
