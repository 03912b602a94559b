"""A list that comes in pages: iterate it and the next pages are read as they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar, cast

from google.protobuf.message import Message

from mainstay_client.calls import Calls

Row = TypeVar("Row")
Page = TypeVar("Page", bound=Message)


class Pages(Generic[Row, Page]):
    """The first page is read at once, so that a refusal is raised where the list was asked for.

    Each iteration begins with that first page and reads the others anew. `page_size` sets how many rows a page has.
    """

    def __init__(
        self,
        calls: Calls,
        name: str,
        request: Message,
        answer: type[Page],
        *,
        again: bool,
        timeout: float | None,
        rows: str,
    ) -> None:
        self._calls = calls
        self._name = name
        self._request = request
        self._answer = answer
        self._again = again
        self._timeout = timeout
        self._rows = rows
        self.first: Page = self._read(request)

    def __iter__(self) -> Iterator[Row]:
        for page in self.pages():
            yield from getattr(page, self._rows)

    def pages(self) -> Iterator[Page]:
        """Page by page, as the platform answered."""
        page = self.first
        yield page
        while token := cast("Any", page).next_page_token:
            request = type(self._request)()
            request.CopyFrom(self._request)
            cast("Any", request).page_token = token
            page = self._read(request)
            yield page

    def _read(self, request: Message) -> Page:
        return self._calls.call(self._name, request, self._answer, again=self._again, timeout=self._timeout)
