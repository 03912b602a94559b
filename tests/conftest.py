"""Fixtures of the whole test suite live in `tests/support`."""

from __future__ import annotations

import hypothesis

# A busy machine is no counterexample.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# Here and not in the folders' own conftests: one platform and one stack for a whole run, whatever folders it takes.
pytest_plugins = [
    "tests.support.postgres",
    "tests.support.bus",
    "tests.support.kafka",
    "tests.support.keycloak",
    "tests.support.keycloak_sign_in",
    "tests.support.outside",
    "tests.support.shapes",
]
