"""Stories run against one platform with the demo company, started once."""

from tests.support.platform import company, platform

__all__ = ["company", "platform"]
