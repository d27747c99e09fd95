"""What comes out of grading: tables of points, the leader-board, feedback pages."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
import nbgrader
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import GetGrades
from traitlets.config import Config

from tools.assignments.gradebook import Earned
from tools.assignments.masters import is_test, question, regions

FORMGRADER = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
STYLES = FORMGRADER / "static" / "node_modules" / "bootstrap" / "dist" / "css"
GRADES = (
    "student assignment points of by_tests of_tests by_hand of_hand answers_to_mark seconds flags"
)
QUESTIONS = "student assignment question cell points of message"
BOARD = "assignment student recall_at_1 million_macs"
ENTRY = re.compile(r"leader-board: Recall@1 ([\d.]+) % with ([\d.]+) M MACs")


@dataclass(frozen=True)
class Result:
    """A graded submission."""

    student: str
    assignment: str
    notebook: NotebookNode
    earned: list[Earned]
    flags: list[str]
    seconds: float

    def total(self, automatic: bool) -> tuple[float, float]:
        """Points so far, and the most there are, by tests or by a person."""
        cells = [cell for cell in self.earned if cell.automatic == automatic]
        return sum(cell.points or 0 for cell in cells), sum(cell.most for cell in cells)

    def waiting(self) -> int:
        """Written answers that nobody has marked yet."""
        return sum(cell.points is None for cell in self.earned)


def write_tables(results: Sequence[Result], folder: Path) -> None:
    """``grades.csv``, a row a submission; ``questions.csv``, a row a graded cell.

    What earlier batches have written of other submissions stays.
    """
    grades = _earlier(folder / "grades.csv", GRADES, results)
    questions = _earlier(folder / "questions.csv", QUESTIONS, results)
    for result in results:
        (got, of), (marked, words) = result.total(True), result.total(False)
        grades.append([result.student, result.assignment, f"{got + marked:g}", f"{of + words:g}",
                       f"{got:g}", f"{of:g}", f"{marked:g}", f"{words:g}", result.waiting(),
                       f"{result.seconds:.0f}", "; ".join(result.flags)])  # fmt: skip
        questions += [
            [result.student, result.assignment, cell.question, cell.cell,
             "" if cell.points is None else f"{cell.points:g}", f"{cell.most:g}", cell.message]
            for cell in result.earned
        ]  # fmt: skip
    _write(folder / "grades.csv", GRADES, grades)
    _write(folder / "questions.csv", QUESTIONS, questions)


def write_leaderboard(results: Sequence[Result], folder: Path) -> None:
    """``leaderboard.csv`` and ``.html``: the best queries on the hidden species, best first."""
    earlier = _earlier(folder / "leaderboard.csv", BOARD, results)
    rows = [[*who, float(recall), float(macs)] for *who, recall, macs in earlier]
    for result in results:
        entry = entry_of(result.notebook)
        if entry:
            rows.append([result.assignment, result.student, *entry])
    rows.sort(key=lambda row: (row[0], -row[2], row[3], row[1]))
    _write(folder / "leaderboard.csv", BOARD, rows)
    cells = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(value))}</td>" for value in row) + "</tr>\n"
        for row in rows
    )
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Leader-board</title>\n'
        "<style>body{font-family:sans-serif;margin:2em} td,th{padding:.3em 1em;text-align:left}"
        "</style>\n<h1>Leader-board</h1>\n<p>Asymmetric Recall@1, in percent, on species that "
        "nobody has seen, and what a query costs.</p>\n<table><tr><th>problem set<th>student"
        f"<th>Recall@1<th>million MACs</tr>\n{cells}</table></html>\n"
    )
    (folder / "leaderboard.html").write_text(page, encoding="utf-8")


def entry_of(notebook: NotebookNode) -> tuple[float, float] | None:
    """Recall@1 in percent and million MACs on the hidden species, as its test has printed them."""
    entry = None
    for cell in notebook.cells:
        if is_test(cell) and question(cell) == "leaderboard":
            for output in cell.get("outputs", []):
                found = ENTRY.findall(output.get("text", ""))
                entry = tuple(map(float, found[-1])) if found else entry
    return entry


def write_feedback(result: Result, folder: Path, database: str) -> Path:
    """The page that a student gets back: points and messages, without the hidden tests."""
    shown, title = nbformat.from_dict(result.notebook), f"{result.assignment}, {result.student}"
    resources = {"nbgrader": {"assignment": result.assignment, "notebook": result.assignment,
                              "student": result.student, "db_url": database},
                 "metadata": {"name": html.escape(title)}}  # fmt: skip
    shown, resources = GetGrades().preprocess(shown, resources)
    for cell in shown.cells:
        _keep_words(cell)
    for cell in filter(is_test, shown.cells):
        _hide_tests(cell)
    shown.cells.insert(0, nbformat.v4.new_markdown_cell(_summary(result)))
    settings = Config()
    settings.HTMLExporter.sanitize_html = True  # the page shows what a student has written
    settings.HTMLExporter.template_name = "feedback"
    settings.HTMLExporter.extra_template_basedirs = [str(FORMGRADER / "templates")]
    settings.HTMLExporter.extra_template_paths = [str(STYLES)]
    body, _ = HTMLExporter(config=settings).from_notebook_node(shown, resources)
    path = folder / "feedback" / result.student / f"{result.assignment}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, encoding="utf-8")
    return path


def _keep_words(cell: NotebookNode) -> None:
    """Keep the text of a cell's outputs: pages and scripts that it shows would run in ours."""
    for output in cell.get("outputs", []):
        if "data" in output:
            text = output.data.get("text/plain", "")
            output.data = {"text/plain": text} if text else {}


def _hide_tests(cell: NotebookNode) -> None:
    """Leave the comment of a hidden test and the message of its error."""
    lines = list(regions(cell.source))
    cell.source = "\n".join(line for line, inside in lines if not inside)
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            output.traceback = [f"{output.ename}: {output.evalue}"]


def _summary(result: Result) -> str:
    """The points of each question, and what the instructor may want to ask about."""
    rows: dict[str, list[float]] = {}
    for cell in result.earned:
        row = rows.setdefault(cell.question, [0, 0])
        row[0] += cell.points or 0
        row[1] += cell.most
    table = "\n".join(f"| {name} | {got:g} | {of:g} |" for name, (got, of) in rows.items())
    flags = "".join(f"\n- {flag}" for flag in result.flags)
    noted = f"\n\nNoted while grading:\n{flags}" if flags else ""
    waiting = result.waiting()
    still = f"\n\n{waiting} written answers are still to be marked." if waiting else ""
    return f"| question | points | of |\n|---|---|---|\n{table}{still}{noted}"


def _earlier(path: Path, names: str, results: Sequence[Result]) -> list[list[str]]:
    """What a table says of submissions that were graded in another batch."""
    graded = {(result.student, result.assignment) for result in results}
    graded |= {(student, "") for student, _ in graded}  # who had handed in nothing until now
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if set(row) == set(names.split())]
    kept = [row for row in rows if (row["student"], row["assignment"]) not in graded]
    return [[row[name] for name in names.split()] for row in kept]


def _write(path: Path, names: str, rows: list[list]) -> None:
    """Write a table, all of it or nothing."""
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names.split(), *rows])
    unfinished.replace(path)
