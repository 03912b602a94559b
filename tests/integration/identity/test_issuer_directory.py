"""The issuer in memory does what Keycloak does: the same suite runs on Keycloak in `tests/stack`."""

from __future__ import annotations

import pytest

from tests.integration.identity.accounts_in_step import InStep
from tests.integration.identity.fake_issuer import FakeIssuer
from tests.integration.identity.issuer_conformance import IssuerConformance


@pytest.fixture
def directory() -> FakeIssuer:
    return FakeIssuer()


@pytest.fixture
def console(directory: FakeIssuer) -> FakeIssuer:
    return directory


class TestInMemory(IssuerConformance):
    """Nothing to add."""


class TestInStep(InStep):
    """Nothing to add."""
