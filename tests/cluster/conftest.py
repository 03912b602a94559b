"""Tests on a real cluster, the one KUBECONFIG names; `make cluster-test` runs them."""

from __future__ import annotations

import pytest

from tests.support.cluster import need_cluster

_TEST_SECONDS = 1800


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # It takes the release away that all others use.
    items.sort(key=lambda one: one.path.name == "test_restore.py")
    for one in items:
        if "tests/cluster/" in str(one.path):
            one.add_marker(pytest.mark.timeout(_TEST_SECONDS))


@pytest.fixture(autouse=True, scope="session")
def _cluster() -> None:
    need_cluster()
