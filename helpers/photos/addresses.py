"""The addresses of public data sets, read from ``data/sources.toml``, the only place with any."""

from __future__ import annotations

import tomllib

from helpers.cache import PROJECT

FILE = PROJECT / "data" / "sources.toml"


def described(name: str) -> dict:
    """What ``data/sources.toml`` says of a data set: name, page, files, layout, split and terms.

    Raises:
        ValueError: a name that the file does not describe.
    """
    known = tomllib.loads(FILE.read_text(encoding="utf-8"))
    if name not in known:
        raise ValueError(f"unknown data set {name!r}; {FILE} knows {', '.join(sorted(known))}")
    return known[name]
