"""The company that stories are told about: embedded, or on the real stack where MAINSTAY_SHAPE=stack says so.

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
    from tests.support.company import Company
    from tests.support.keycloak_pages import Credentials
    from tests.support.platform import EmbeddedCompany
    from tests.support.stack import StackCompany
    from tools.stack.stack import Stack

STACK = os.environ.get("MAINSTAY_SHAPE") == "stack"


@pytest.fixture
def company(request: pytest.FixtureRequest) -> Company:
    found: Company = request.getfixturevalue("on_stack" if STACK else "embedded")
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
