"""Settings that hold for every test: no window is opened, and random examples repeat."""

import os

os.environ.setdefault("MPLBACKEND", "Agg")

from hypothesis import settings  # noqa: E402

settings.register_profile("course", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("course")
