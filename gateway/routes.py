"""Finds the method an address means, in a tree made from the contract's `google.api.http` options; none by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.parameters import Parameter, decoded, queries, read_query, variable
from gateway.transcode import Codec, Unreadable, Wrong, codec_of, expected, parse
from libs.kit.contract import Method
from libs.kit.errors import HttpMethodNotAllowed, RouteNotFound

_VARIABLE = re.compile(r"\{([a-z0-9_.]+)(?:=\*)?\}\Z")


@dataclass(frozen=True, slots=True)
class Route:
    """A method under one of its addresses."""

    method: Method
    verb: str
    template: str
    body: str
    variables: tuple[Parameter, ...]
    queries: Mapping[str, Parameter]
    request: Codec
    response: Codec

    def encode(self, values: list[bytes], query: bytes, body: bytes) -> bytes:
        """The request's bytes. Raises Unreadable."""
        raw = b""
        if body and self.body:
            if self.body == "*":
                raw = self.request.from_json(body)
            else:
                raw = self.request.from_value({self.body: parse(body)}, nul=b"\\u0000" in body)
        elif body:
            raise Unreadable(Wrong("", "no_body"))
        if query:
            raw += read_query(query, self.queries)
        for parameter, value in zip(self.variables, values, strict=True):
            try:
                raw += parameter.encode(decoded(value))
            except UnicodeDecodeError:
                raise Unreadable(expected(parameter.field, parameter.name)) from None
        return raw


@dataclass(slots=True)
class _Node:
    literal: dict[bytes, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    # Routes that end here, by custom verb (empty without) and HTTP method.
    ends: dict[bytes, dict[str, Route]] = field(default_factory=dict)


class Routes:
    def __init__(self, methods: Iterable[Method]) -> None:
        self._root = _Node()
        self.all: list[Route] = []
        for method in methods:
            for verb, template, body in method.http:
                self._add(method, verb, template, body)

    def _add(self, method: Method, verb: str, template: str, body: str) -> None:
        path, custom = template, ""
        # A colon inside braces would be part of a pattern; ours have none.
        if ":" in template.rpartition("/")[2]:
            path, _, custom = template.rpartition(":")
        node, names = self._root, []
        for segment in path.split("/")[1:]:
            found = _VARIABLE.match(segment)
            if found:
                names.append(found[1])
                node.variable = node.variable or _Node()
                node = node.variable
            elif "{" in segment or "*" in segment:
                msg = f"{method.name}: the front door does not know the pattern {segment}"
                raise ValueError(msg)
            else:
                node = node.literal.setdefault(segment.encode(), _Node())
        route = _route(method, verb, template, body, names)
        ends = node.ends.setdefault(custom.encode(), {})
        if verb in ends:
            msg = f"{method.name} and {ends[verb].method.name} have the same address"
            raise ValueError(msg)
        ends[verb] = route
        self.all.append(route)

    def find(self, verb: str, raw_path: bytes) -> tuple[Route, list[bytes]]:
        """The route and the raw values of its variables. Raises RouteNotFound or HttpMethodNotAllowed."""
        *steps, last = raw_path.split(b"/")[1:]
        name, colon, custom = last.rpartition(b":")
        allowed: set[str] = set()
        if colon:
            found = self._seek(self._root, [*steps, name], custom, verb, allowed)
            if found is not None:
                return found
        if not allowed:
            found = self._seek(self._root, [*steps, last], b"", verb, allowed)
            if found is not None:
                return found
        if allowed:
            raise HttpMethodNotAllowed(allowed=", ".join(sorted(allowed)))
        raise RouteNotFound

    def _seek(  # noqa: PLR0917 - the hot path: keywords would cost more than they tell
        self, node: _Node, steps: list[bytes], custom: bytes, verb: str, allowed: set[str], at: int = 0
    ) -> tuple[Route, list[bytes]] | None:
        if at == len(steps):
            ends = node.ends.get(custom)
            if ends is None:
                return None
            route = ends.get(verb)
            if route is None:
                allowed.update(ends)
                return None
            return route, []
        literal = node.literal.get(steps[at])
        if literal is not None:
            found = self._seek(literal, steps, custom, verb, allowed, at + 1)
            if found is not None:
                return found
        if node.variable is not None and steps[at]:
            found = self._seek(node.variable, steps, custom, verb, allowed, at + 1)
            if found is not None:
                found[1].insert(0, steps[at])
                return found
        return None


def _route(method: Method, verb: str, template: str, body: str, names: list[str]) -> Route:
    request: Any = method.request.DESCRIPTOR
    taken = frozenset([*names, body])
    return Route(
        method=method,
        verb=verb,
        template=template,
        body=body,
        variables=tuple(variable(request, name) for name in names),
        queries={} if body == "*" else queries(request, taken),
        request=codec_of(request),
        response=codec_of(method.response.DESCRIPTOR),
    )
