"""Pure: promises of a published contract that stand in options, where `buf breaking` does not look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tools.contract import Contract, Event, Method


def _addresses(method: Method) -> set[tuple[str, str]]:
    return {(route.verb, route.shape) for route in method.routes}


def broken_routes(published: Contract, present: Contract) -> Iterator[str]:
    """A method keeps every address it was ever published under; it may gain others."""
    now = {method.name: method for method in present.methods}
    for method in published.methods:
        if method.name in now:  # buf names methods that are gone
            for verb, shape in sorted(_addresses(method) - _addresses(now[method.name])):
                yield f"{method.name}: no longer answers {verb} {shape}. Keep it as an additional binding."


def broken_events(published: Contract, present: Contract) -> Iterator[str]:
    """An event stays in its topic, under its key: consumers keep offsets and order by them. Open topics stay so."""
    for message in published.events:
        now = present.messages.get(message.name)
        if now and not _keeps(now.event, message.event):
            yield f"{message.name}: was published as {message.event}, is {now.event}. Publish a new event beside it."


def _keeps(now: Event | None, promised: Event | None) -> bool:
    """A topic may be opened to other systems at any time."""
    if now is None or promised is None:
        return now == promised
    return now in {promised, replace(promised, open=True)}


def broken(published: Contract, present: Contract) -> list[str]:
    return [*broken_routes(published, present), *broken_events(published, present)]
