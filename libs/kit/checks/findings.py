"""What a check found: something that is as it should be, or that is wrong, and then what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`about`: what was looked at; `said`: how it is; `cure`: what to do, empty when there is nothing to do."""

    about: str
    said: str
    cure: str = ""

    @property
    def good(self) -> bool:
        return not self.cure

    def __str__(self) -> str:
        if self.good:
            return f"ok     {self.about}: {self.said}"
        return f"WRONG  {self.about}: {self.said}\n       Do: {self.cure}"
