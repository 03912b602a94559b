"""Without Helm nothing here can run."""

from __future__ import annotations

import pytest

from tests.support.chart import CASES, Rendered, case
from tests.support.lacking import leave_out
from tools import helm


@pytest.fixture(scope="session", autouse=True)
def _helm() -> None:
    leave_out(helm.missing())


@pytest.fixture(params=CASES)
def rendered(request: pytest.FixtureRequest) -> Rendered:
    """Each combination of values in turn."""
    return case(request.param)
