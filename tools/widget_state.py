"""Saved widgets: only those that are shown, under names that do not change from run to run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator

import nbformat

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
REFERENCE = re.compile(r"IPY_MODEL_([0-9a-f]{32})")


def tidy(notebook: nbformat.NotebookNode) -> None:
    """Keep the state of widgets that a page without a kernel needs, and rename them.

    A widget's name is random; here it follows from its place in the notebook, so that saving an
    unchanged notebook again changes nothing. A notebook that shows no widget gets no state.
    """
    widgets = notebook.metadata.pop("widgets", {}).get(STATE, {})
    found = widgets.get("state", {})
    shown = [view["model_id"] for view in _views(notebook)]
    needed = _needed(shown, found)
    if not needed:
        return
    names = {name: hashlib.md5(f"widget {n}".encode()).hexdigest() for n, name in enumerate(needed)}
    for view in _views(notebook):
        view["model_id"] = names.get(view["model_id"], view["model_id"])
    state = {names[name]: _renamed(found[name], names) for name in needed}
    notebook.metadata["widgets"] = {STATE: {**widgets, "state": state}}


def _views(notebook: nbformat.NotebookNode) -> Iterator[dict]:
    """What each output says of the widget that it shows."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if VIEW in output.get("data", {}):
                yield output["data"][VIEW]


def _needed(shown: list[str], state: dict) -> list[str]:
    """The widgets that are shown, all that they consist of, the links between them; in order."""
    needed: dict[str, None] = {}
    waiting = [name for name in shown if name in state]
    while waiting:
        name = waiting.pop(0)
        needed[name] = None
        parts = REFERENCE.findall(json.dumps(state[name]))
        links = [link for link in state if _is_link(state[link]) and _joins(state[link], needed)]
        new = dict.fromkeys(part for part in [*parts, *links] if part in state)
        waiting += [part for part in new if part not in needed and part not in waiting]
    return list(needed)


def _is_link(model: dict) -> bool:
    return model.get("model_name") in ("LinkModel", "DirectionalLinkModel")


def _joins(link: dict, widgets: dict[str, None]) -> bool:
    """Whether both ends of a link are among these widgets."""
    ends = REFERENCE.findall(json.dumps([link["state"]["source"], link["state"]["target"]]))
    return all(end in widgets for end in ends)


def _renamed(model: dict, names: dict[str, str]) -> dict:
    text = REFERENCE.sub(lambda found: f"IPY_MODEL_{names[found[1]]}", json.dumps(model))
    return json.loads(text)
