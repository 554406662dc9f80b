"""What every test gets: no proxy, no window, no unexpected warning in the log, and the same examples from hypothesis in CI."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.fakes.card_rig import card_keys, plan, rig, running_rig  # noqa: F401  (fixtures)
from tests.fakes.gui_garbage import gui_garbage  # noqa: F401  (fixture)
from tests.house.logs import pytest_configure, pytest_runtest_call  # noqa: F401  (hooks)

# Everything under test lives on this machine's loopback: a proxy would only get in between.
for _name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
    for _spelling in (_name, _name.upper()):
        os.environ.pop(_spelling, None)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# No deadlines anywhere: machines are shared. In CI the examples are always the same, so that a red run can be repeated.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "here")
