"""The company that stories are told about: embedded, or where MAINSTAY_SHAPE=stack says so on the real stack, where
MAINSTAY_SHAPE=cluster says so in a cluster.

Each is started once for a whole run, whatever folders it takes, and only when a test asks for it: what they are made
of is imported then.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from services.__main__ import Platform
    from tests.support.cluster_company import ClusterCompany, Installed
    from tests.support.company import Company
    from tests.support.keycloak_pages import Credentials
    from tests.support.platform import EmbeddedCompany
    from tests.support.stack import StackCompany
    from tools.stack.stack import Stack

SHAPE = os.environ.get("MAINSTAY_SHAPE", "")
STACK = SHAPE == "stack"
_FIXTURES = {"": "embedded", "stack": "on_stack", "cluster": "on_cluster"}


@pytest.fixture
def company(request: pytest.FixtureRequest) -> Company:
    found: Company = request.getfixturevalue(_FIXTURES[SHAPE])
    return found


@pytest.fixture(scope="session")
async def platform() -> AsyncIterator[Platform]:
    from tests.support.platform import embedded_platform

    async with embedded_platform() as platform:
        yield platform


@pytest.fixture
async def embedded(platform: Platform) -> AsyncIterator[EmbeddedCompany]:
    """For tests that look inside: the parts of the platform are in this process."""
    from tests.support.platform import EmbeddedCompany

    async with AsyncExitStack() as sessions:
        yield EmbeddedCompany(platform, sessions)


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Stack]:
    from tests.support.lacking import need_parts
    from tests.support.stack import running_stack

    need_parts()
    async with running_stack() as stack:
        yield stack


@pytest.fixture(scope="session")
def stack_credentials() -> dict[str, Credentials]:
    """What people type, by employee number: kept for the whole run, second factors included."""
    return {}


@pytest.fixture
async def on_stack(stack: Stack, stack_credentials: dict[str, Credentials]) -> AsyncIterator[StackCompany]:
    from tests.support.stack import StackCompany

    async with AsyncExitStack() as sessions:
        yield StackCompany(stack, stack_credentials, sessions)


@pytest.fixture(scope="session")
async def installed() -> AsyncIterator[Installed]:
    from tests.support.cluster import need_cluster
    from tests.support.cluster_company import installed_company

    need_cluster()
    async with installed_company() as installed:
        yield installed


@pytest.fixture
async def on_cluster(installed: Installed, stack_credentials: dict[str, Credentials]) -> AsyncIterator[ClusterCompany]:
    from tests.support.cluster_company import ClusterCompany

    async with AsyncExitStack() as sessions:
        yield ClusterCompany(installed, stack_credentials, sessions)
