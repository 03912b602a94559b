"""Which clients from outside may read which topics, kept in Kafka as access lists.

A client is the principal `User:<its name at the issuer>`. It may read its topics, and belongs to the groups `<client>`
and `<client>.<anything>`; everything else Kafka refuses whoever is given nothing. Who is on the lists by our hand bears
a mark there, an entry on a topic that does not exist, so that a client we no longer know loses its rights too. Entries
of anybody else are never touched, nor what an operator denies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

import structlog
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import NoError, for_code
from aiokafka.protocol.admin import CreateAclsRequest_v1, DeleteAclsRequest_v1, DescribeAclsRequest_v1
from aiokafka.protocol.api import Request

from libs.kit.bus import BusUnavailable
from libs.kit.bus.kafka_wire import Cluster, started, stopped, translated

MARK = "mainstay.integrators"
# A dot never comes in a name, so no client's groups are inside another's; nor does what Kafka takes for everybody, `*`.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")
_CALL_SECONDS = 20.0

# Kafka's own numbers.
_ANY, _TOPIC, _GROUP = 1, 2, 3
_LITERAL, _PREFIXED = 3, 4
_READ, _DESCRIBE = 3, 8
_ALLOW = 3
log = structlog.get_logger()


class Entry(NamedTuple):
    """One entry of the access lists, in the order of Kafka's protocol. To read includes to describe."""

    kind: int
    name: str
    pattern: int
    principal: str
    host: str
    operation: int
    permission: int


def principal(client: str) -> str:
    """How Kafka names a client. Raises ValueError for a name that could mean somebody else too."""
    if not _NAME.match(client):
        msg = f"a client cannot be named {client!r}"
        raise ValueError(msg)
    return f"User:{client}"


def entries(client: str, topics: AbstractSet[str]) -> set[Entry]:
    """What stands on the lists for a client that may read these topics."""
    if not topics:
        return set()
    who = principal(client)
    return {
        Entry(_TOPIC, MARK, _LITERAL, who, "*", _DESCRIBE, _ALLOW),
        Entry(_GROUP, client, _LITERAL, who, "*", _READ, _ALLOW),
        Entry(_GROUP, f"{client}.", _PREFIXED, who, "*", _READ, _ALLOW),
        *(Entry(_TOPIC, topic, _LITERAL, who, "*", _READ, _ALLOW) for topic in topics),
    }


def difference(present: Iterable[Entry], readers: Mapping[str, AbstractSet[str]]) -> tuple[set[Entry], set[Entry]]:
    """What to take off the lists, and what to put on them."""
    there = set(present)
    wanted = {entry for client, topics in readers.items() for entry in entries(client, topics)}
    ours = {entry.principal for entry in there if entry.name == MARK} | set(map(principal, readers))
    allowed = {entry for entry in there if entry.principal in ours and entry.permission == _ALLOW}
    return allowed - wanted, wanted - allowed


async def set_readers(cluster: Cluster, readers: Mapping[str, AbstractSet[str]]) -> None:
    """Makes it so that these clients may read exactly these topics; `readers` names those who may read none as well.

    Counts on all brokers within moments, also for whoever is reading. Raises BusUnavailable when it is not certain that
    all was done: do it again.
    """
    lists = await started(_Lists(cluster))
    try:
        async with translated(_CALL_SECONDS):
            taken, given = difference(await _present(lists), readers)
            # What is taken goes first: an interruption never leaves more than was meant.
            if taken:
                _check(code for code, *_ in (await lists.ask(_Delete(sorted(taken)))).filter_responses)
            if given:
                _check(code for code, *_ in (await lists.ask(_Create(sorted(given)))).creation_responses)
    finally:
        await stopped(lists)
    if taken or given:
        log.info("readers of topics changed", taken=_told(taken), given=_told(given))


async def _present(lists: _Lists) -> list[Entry]:
    answer = await lists.ask(_Describe())
    _check([answer.error_code])
    return [Entry(kind, name, pattern, *entry) for kind, name, pattern, listed in answer.resources for entry in listed]


def _check(codes: Iterable[int]) -> None:
    for code in codes:
        if code != NoError.errno:
            raise BusUnavailable(for_code(code).__name__)


def _told(changed: AbstractSet[Entry]) -> list[str]:
    on_topics = (one for one in changed if one.kind == _TOPIC and one.name != MARK)
    return sorted(f"{one.principal.removeprefix('User:')}: {one.name}" for one in on_topics)


class _Lists:
    """A connection to the cluster for what aiokafka's admin client does not do."""

    def __init__(self, cluster: Cluster) -> None:
        self.client = AIOKafkaClient(**cluster.options())

    async def start(self) -> None:
        await self.client.bootstrap()

    async def stop(self) -> None:
        await self.client.close()

    async def ask(self, request: Request[Any]) -> Any:
        """Asks any broker: it passes on what only the controller may change."""
        return await self.client.send(self.client.get_random_node(), request)


# aiokafka knows these requests' form, but its own classes carry one entry each, and are untyped as well.
class _Describe(Request[DescribeAclsRequest_v1]):  # type: ignore[misc]
    API_KEY = DescribeAclsRequest_v1.API_KEY

    def build(self, request_struct_class: type[DescribeAclsRequest_v1]) -> DescribeAclsRequest_v1:
        return request_struct_class(_ANY, None, _ANY, None, None, _ANY, _ANY)


class _Create(Request[CreateAclsRequest_v1]):  # type: ignore[misc]
    API_KEY = CreateAclsRequest_v1.API_KEY

    def __init__(self, wanted: Sequence[Entry]) -> None:
        self._wanted = wanted

    def build(self, request_struct_class: type[CreateAclsRequest_v1]) -> CreateAclsRequest_v1:
        return request_struct_class([tuple(one) for one in self._wanted])


class _Delete(Request[DeleteAclsRequest_v1]):  # type: ignore[misc]
    API_KEY = DeleteAclsRequest_v1.API_KEY

    def __init__(self, unwanted: Sequence[Entry]) -> None:
        self._unwanted = unwanted

    def build(self, request_struct_class: type[DeleteAclsRequest_v1]) -> DeleteAclsRequest_v1:
        # As filters they match themselves alone.
        return request_struct_class([tuple(one) for one in self._unwanted])
