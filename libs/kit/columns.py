"""The columns that services' tables are made of. Each says how far its content may travel (`DataClass`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Date, DateTime, Uuid

from libs.kit.database import Sealed
from mainstay.contract.v1.data_pb2 import INTERNAL, PERSONAL


def internal(name: str, kind: Any, **options: Any) -> Column[Any]:
    """Company data; not null unless `nullable` says so. Options are those of a Column."""
    options.setdefault("nullable", False)
    return Column(name, kind, info={"data": INTERNAL}, **options)


def uuid(name: str, **options: Any) -> Column[Any]:
    return internal(name, Uuid, **options)


def instant(name: str, **options: Any) -> Column[Any]:
    return internal(name, DateTime(timezone=True), **options)


def day(name: str, **options: Any) -> Column[Any]:
    return internal(name, Date, **options)


def sealed(name: str, data: int = PERSONAL) -> Column[Any]:
    """Words under the key of the person they are about; null when there are none."""
    return Column(name, Sealed, nullable=True, info={"data": data})
