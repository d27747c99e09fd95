"""Build the web edition of the course from its saved notebooks; nothing is executed.

    python -m tools.build_site

The sources in ``web/``, the notebooks and the bundled JavaScript are laid out in one folder, Sphinx
makes pages of it, and the finished folder takes the place of ``site/``.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sphinx.cmd.build import build_main

from tools.course_map import save_card, stop
from tools.notebook_digest import ROOT, notebook_paths
from tools.web_bundles import BundleMissing, unpack

WEB = ROOT / "web"
SITE = ROOT / "site"
NOT_PUBLISHED = (".buildinfo", ".doctrees", "_sources", "objects.inv")


class BuildFailed(Exception):
    """Sphinx stopped or warned; what it said stands above."""


def main() -> int:
    """Build ``site/``; return 1 where that fails."""
    try:
        build(notebook_paths(), SITE)
    except (BuildFailed, BundleMissing) as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"open {SITE.relative_to(ROOT) / 'index.html'} in a browser")
    return 0


def build(notebooks: Sequence[Path], output: Path) -> None:
    """Make pages of the notebooks, in the order given; an old output folder is replaced.

    Raises:
        BuildFailed: Sphinx stopped or warned, for instance of a link that leads nowhere.
        BundleMissing: the JavaScript of the pages is not in the cache and cannot be fetched.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, pages = Path(folder, "source"), Path(folder, "pages")
        lay_out(notebooks, source)
        options = ["--fail-on-warning", "--keep-going", "--quiet", "-b", "html"]
        if build_main([*options, str(source), str(pages)]):
            raise BuildFailed("the web edition was not built: see the warnings of Sphinx above")
        for name in NOT_PUBLISHED:
            remove(pages / name)
        remove(output)
        shutil.move(pages, output)


def remove(path: Path) -> None:
    """Delete a file, or a folder with all that is in it, or nothing."""
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def lay_out(notebooks: Sequence[Path], source: Path) -> None:
    """Put all that Sphinx reads into one folder: the notebooks stand beside the first page."""
    shutil.copytree(WEB, source)
    shutil.copy(ROOT / "docs" / "overview.png", source / "_static")
    unpack(source / "_static")
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        describe_pictures(notebook)
        nbformat.write(notebook, source / path.name)
    write_first_page(notebooks, source)


def describe_pictures(notebook: nbformat.NotebookNode) -> None:
    """Say of each saved picture where it is explained, for readers who cannot see it."""
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            headings = [line for line in cell.source.splitlines() if line.startswith("#")]
            section = headings[-1].strip("# ") if headings else section
        elif cell.outputs:
            words = f"Picture in the section “{section}”, explained in the text around it."
            cell.metadata["mystnb"] = {"image": {"alt": words}}


def write_first_page(notebooks: Sequence[Path], source: Path) -> None:
    """Write the first page, and beside it a small picture of each notebook."""
    stops = [stop(path) for path in notebooks]
    for each in stops:
        if each.picture:
            save_card(each.picture, source / "_static" / "cards" / f"{each.page}.png")
        if not each.was_run:
            print(f"{each.page}: has no outputs yet, so its page shows none (`make run`)")
    # A blank line would end the list of the template in the eyes of Markdown.
    options = {"trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined}
    templates = Environment(loader=FileSystemLoader(source), **options)
    template = templates.get_template("index.md.jinja")
    (source / "index.md").write_text(template.render(stops=stops), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
