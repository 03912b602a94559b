"""What the contract's tests share: the contract itself, read once."""

from __future__ import annotations

import pytest

from tools import contract


@pytest.fixture(scope="session")
def descriptors() -> bytes:
    return contract.DESCRIPTORS.read_bytes()


@pytest.fixture(scope="session")
def whole(descriptors: bytes) -> contract.Contract:
    return contract.read(descriptors)
