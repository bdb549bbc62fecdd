"""What holds for every test: Hypothesis never judges by time, and a continuous-integration run repeats exactly."""

from __future__ import annotations

import os

from hypothesis import settings

# No test asserts a time: a busy machine is no defect. Under CI the examples are the same each time, so that a change
# fails for what it did; at a desk they differ from run to run and find more.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")
