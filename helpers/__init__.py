"""The rooms of the course: small modules, one idea each, imported as ``from helpers import …``."""

from helpers import vision

vision.prepare()
