"""Every column says how far its content may travel, and what is personal is sealed or blind."""

from __future__ import annotations

import pytest
from sqlalchemy import ARRAY, BigInteger, Column

from libs.kit.database import Sealed
from mainstay.contract.v1 import data_pb2
from services.employees.tables import EMPLOYEES

COLUMNS = [column for table in EMPLOYEES.sorted_tables for column in table.c]


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_a_column_has_a_class_and_personal_ones_are_sealed_or_blind(column: Column[object]) -> None:
    assert column.info["data"] in data_pb2.DataClass.values()
    if column.info["data"] in {data_pb2.PERSONAL, data_pb2.PERSONAL_SENSITIVE}:
        blind = column.info.get("blind", False)
        assert isinstance(column.type, Sealed) or (blind and _is_number(column))
    else:
        assert not isinstance(column.type, Sealed)


def _is_number(column: Column[object]) -> bool:
    kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    return isinstance(kind, BigInteger)
