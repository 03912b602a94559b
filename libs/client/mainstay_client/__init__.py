"""Mainstay's SDK: `Mainstay` calls every method of the platform's contract over gRPC, typed, with tokens and retries.

README.md has the ten lines to the first employee.
"""

from mainstay_client.client import Mainstay
from mainstay_client.errors import (
    AlreadyExists,
    Changed,
    DeadlinePassed,
    Forbidden,
    Internal,
    Invalid,
    MainstayError,
    NotFound,
    NotPossible,
    NotSignedIn,
    TooMany,
    Unavailable,
)
from mainstay_client.pages import Pages
from mainstay_client.tokens import TokenRefused

__all__ = [
    "AlreadyExists",
    "Changed",
    "DeadlinePassed",
    "Forbidden",
    "Internal",
    "Invalid",
    "Mainstay",
    "MainstayError",
    "NotFound",
    "NotPossible",
    "NotSignedIn",
    "Pages",
    "TokenRefused",
    "TooMany",
    "Unavailable",
]
