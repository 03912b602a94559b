"""Nothing is stored whose class is not said, and nothing personal is stored here at all."""

from __future__ import annotations

import pytest
from sqlalchemy import Table

from mainstay.contract.v1 import data_pb2
from services.identity.tables import IDENTITY


@pytest.mark.parametrize("table", IDENTITY.sorted_tables, ids=lambda table: table.name)
def test_every_column_has_a_class(table: Table) -> None:
    for column in table.columns:
        assert column.info["data"] in data_pb2.DataClass.values()
        assert column.info["data"] not in {data_pb2.DATA_CLASS_UNSPECIFIED, data_pb2.PERSONAL}


def test_what_is_secret_is_a_hash_or_sealed() -> None:
    secret = {
        f"{table.name}.{column.name}"
        for table in IDENTITY.sorted_tables
        for column in table.columns
        if column.info["data"] == data_pb2.PERSONAL_SENSITIVE
    }
    assert secret == {"client_secrets.salt", "client_secrets.hash", "passport_keys.sealed", "issuer_accounts.secret"}
