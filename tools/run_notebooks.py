"""Run notebooks in place and save outputs that change only when what they show changes.

    python -m tools.run_notebooks [notebook …]

A notebook is written only after all its cells have passed without writing to standard error.
"""

from __future__ import annotations

import base64
import io
import os
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from PIL import Image

from tools import widget_state
from tools.notebook_digest import NOTEBOOKS, digest, notebook_paths

CELL_SECONDS = 1200
# With this metadata JupyterLab and the web edition show a worked solution only when asked to.
COLLAPSED = {
    "jupyter": {"outputs_hidden": True, "source_hidden": True},
    "tags": ["hide-cell"],
}
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


class NotebookFailed(Exception):
    """A notebook did not run through cleanly; the message says where."""


def main(arguments: list[str]) -> int:
    """Run the named notebooks, or all; return the number that failed."""
    os.environ["TQDM_DISABLE"] = "1"  # a progress bar is written to standard error
    paths = [Path(argument) for argument in arguments] or notebook_paths()
    failed = 0
    for path in paths:
        started = time.perf_counter()
        try:
            run_in_place(path)
        except NotebookFailed as failure:
            failed += 1
            print(f"{path.name}: FAILED, left as it was\n{failure}", file=sys.stderr)
        else:
            print(f"{path.name}: {time.perf_counter() - started:.0f} s")
    return failed


def run_in_place(path: Path) -> None:
    """Execute one notebook in its folder and replace the file by the result.

    Raises:
        NotebookFailed: a cell raised an error, took too long, or wrote to standard error.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=True,
        coalesce_streams=True,
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise NotebookFailed(str(error)) from error
    refuse_warnings(notebook)
    clean(notebook)
    notebook.metadata["course"] = {"digest": digest(notebook)}
    write(notebook, path)


def refuse_warnings(notebook: nbformat.NotebookNode) -> None:
    """Raise if a cell wrote to standard error: a reader would meet a warning nobody explains."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                raise NotebookFailed(f"cell {number} wrote to standard error:\n{output.text}")


def clean(notebook: nbformat.NotebookNode) -> None:
    """Remove what differs between runs or editors: times, names of widgets, addresses, metadata."""
    widget_state.tidy(notebook)
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        for key in set(cell.metadata) - set(COLLAPSED):
            del cell.metadata[key]
        if cell.cell_type == "code":
            cell.outputs = [
                with_small_pictures(without_addresses(output)) for output in cell.outputs
            ]


def with_small_pictures(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The same output with its PNG reduced to 256 colours where that saves bytes."""
    picture = output.get("data", {}).get("image/png")
    if picture:
        reduced = io.BytesIO()
        image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
        image.quantize(256).save(reduced, "PNG", optimize=True)
        small = base64.b64encode(reduced.getvalue()).decode()
        output.data["image/png"] = min(small, picture.strip(), key=len)
    return output


def without_addresses(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The same output with `` at 0x7f…`` cut out of its plain text."""
    if output.output_type == "stream":
        output.text = re.sub(r" at 0x[0-9a-f]+", "", output.text)
    elif "text/plain" in output.get("data", {}):
        output.data["text/plain"] = re.sub(r" at 0x[0-9a-f]+", "", output.data["text/plain"])
    return output


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Replace the file in one step, so that an interruption never leaves half a notebook."""
    nbformat.validate(notebook)
    partial = path.with_suffix(".ipynb.partial")
    nbformat.write(notebook, partial)
    os.replace(partial, path)


if __name__ == "__main__":
    if not notebook_paths():
        print(f"there are no notebooks in {NOTEBOOKS.name}/ yet")
    sys.exit(main(sys.argv[1:]))
