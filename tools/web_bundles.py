"""The JavaScript that the web edition carries with it, so that its pages ask no other host.

Each package is fetched once with `npm pack`, checked, and kept under ``data/cache/web``.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.cache import cache_folder


class BundleMissing(Exception):
    """A package is neither in the cache nor to be fetched, or is not what it should be."""


@dataclass(frozen=True)
class Bundle:
    """One version of one npm package, and where its files stand in the pages' static folder."""

    name: str
    version: str
    sha256: str
    files: Mapping[str, str]

    @property
    def archive(self) -> str:
        """The file name that npm gives to the package."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


BUNDLES = (
    # Draws saved widgets without a kernel. The fonts hold the signs on its buttons.
    Bundle(
        "@jupyter-widgets/html-manager",
        "1.0.15",
        "2b9d65cb7913e1c7d671757a10008b32c9c2448d4429513371e55c07d6107638",
        {
            f"dist/{file}": f"widgets/{file}"
            for file in (
                "embed.js",
                "embed.js.LICENSE.txt",
                "1551f4f60c37af51121f.woff2",
                "7a3337626410ca2f4071.woff2",
                "d878b0a6a1144760244f.woff2",
            )
        },
    ),
    # Version 3 draws formulas from one file; version 4 fetches more while it runs, which a
    # browser refuses to a page opened from a folder.
    Bundle(
        "mathjax",
        "3.2.2",
        "1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09",
        {"es5/tex-svg.js": "mathjax/tex-svg.js", "LICENSE": "mathjax/LICENSE"},
    ),
)


def unpack(static: Path, bundles: tuple[Bundle, ...] = BUNDLES) -> None:
    """Put the files of all bundles into the static folder of the pages.

    Raises:
        BundleMissing: a package cannot be had, or its checksum differs.
    """
    for bundle in bundles:
        with tarfile.open(cached(bundle)) as archive:
            for source, place in bundle.files.items():
                target = static / place
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.extractfile(f"package/{source}").read())


def cached(bundle: Bundle) -> Path:
    """The package's archive in the cache, fetched first if it is not there.

    Raises:
        BundleMissing: a package cannot be had, or its checksum differs.
    """
    path = cache_folder("web") / bundle.archive
    if not path.exists():
        fetch(bundle, path)
    if hashlib.sha256(path.read_bytes()).hexdigest() != bundle.sha256:
        raise BundleMissing(f"{path} is not {bundle.name} {bundle.version}: delete it, try again")
    return path


def fetch(bundle: Bundle, path: Path) -> None:
    """Fetch the package with npm.

    Raises:
        BundleMissing: there is no npm, or it fails.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise BundleMissing(
            f"{bundle.name} {bundle.version} is not in {path.parent}, and there is no npm to fetch "
            "it: install Node.js, which brings npm, or copy that folder from another machine"
        )
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        command = [npm, "pack", f"{bundle.name}@{bundle.version}", "--pack-destination", folder]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise BundleMissing(f"npm could not fetch {bundle.name}:\n{done.stderr}")
        (Path(folder) / bundle.archive).replace(path)
