"""Runs inside the kernel of a submission: puts back what the submission has replaced.

`execute` sends this file's text to the kernel before any cell of the student, and calls `report`
before each test, so that tests meet the course's own helpers, whatever was done to them. It stands
against shortcuts and accidents, not against a determined attack: see docs/teaching.md.
"""

import importlib
import json
import sys
import types

OUTSIDE = ("builtins", "numpy", "numpy.testing", "torch", "torch.nn.functional", "torch.testing")
"""Modules beside the helpers whose functions a test relies on."""


class Guard:
    """What the helpers were when the kernel started."""

    def __init__(self, names: list[str]) -> None:
        for name in names:
            importlib.import_module(name)
        self.remembered = [
            (holder, key, value, code_of(value))
            for holder in holders()
            for key, value in list(vars(holder).items())
            if is_worth_remembering(holder, key, value)
        ]

    def restore(self) -> list[str]:
        """Put everything back; the names of what had been changed."""
        changed = []
        for holder, key, value, code in self.remembered:
            now = vars(holder).get(key, self)
            replaced = now is not value and is_foreign(holder, now)
            if replaced:
                put(holder, key, value)
            rewritten = code != code_of(value)
            if rewritten:
                value.__code__, value.__defaults__, value.__kwdefaults__ = code
            if replaced or rewritten:
                changed.append(f"{label(holder)}.{key}")
        return changed

    def report(self) -> None:
        """Put everything back, and write the names as JSON."""
        sys.stdout.write(json.dumps(self.restore()))


def holders() -> list:
    """The modules that tests rely on; of the helpers also their classes and checks."""
    found = [sys.modules[name] for name in OUTSIDE if name in sys.modules]
    for name, module in list(sys.modules.items()):
        if name == "helpers" or name.startswith("helpers."):
            found.append(module)
            for value in vars(module).values():
                kind = value if isinstance(value, type) else type(value)
                if kind.__module__ == name or kind.__name__ == "FunctionCheck":
                    found.append(value)
    return [holder for holder in found if hasattr(holder, "__dict__")]


def is_worth_remembering(holder: object, key: str, value: object) -> bool:
    """Functions and classes; of the helpers also constants, and the methods of classes."""
    if isinstance(holder, types.ModuleType):
        if key.startswith("__") or key == "_" or isinstance(value, types.ModuleType):
            return False
        return is_ours(holder) or callable(value)
    return key not in ("__dict__", "__weakref__", "__doc__", "__abstractmethods__", "_abc_impl")


def is_foreign(holder: object, value: object) -> bool:
    """Whether something new in a module is not the module's own doing.

    torch replaces some of its functions as it goes, and Jupyter Python's `input`; helpers never do.
    """
    at_home = (label(holder).split(".")[0], "ipykernel")
    return is_ours(holder) or str(getattr(value, "__module__", "")).split(".")[0] not in at_home


def is_ours(holder: object) -> bool:
    """Whether this is of the helpers."""
    return not isinstance(holder, types.ModuleType) or holder.__name__.startswith("helpers")


def put(holder: object, key: str, value: object) -> None:
    """Set an attribute, also of what is frozen."""
    if isinstance(holder, type):
        setattr(holder, key, value)
    else:
        vars(holder)[key] = value


def label(holder: object) -> str:
    """What a person would call it."""
    return getattr(holder, "__name__", type(holder).__name__)


def code_of(value: object) -> tuple | None:
    """What a function does, which can be changed without replacing the function."""
    if isinstance(value, types.FunctionType):
        return value.__code__, value.__defaults__, value.__kwdefaults__
    return None
