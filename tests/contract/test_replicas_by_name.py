"""Replicas behind one name, as a headless Service gives them: who comes is found, who leaves is left, no call fails.

The name server is ours: it answers with the addresses a test says.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from libs.kit.call import Call
from libs.kit.database import Database
from libs.kit.rpc.channels import GrpcChannel, ask
from libs.kit.rpc.server import Server
from mainstay.employees.v1 import people_pb2
from tests.contract.test_channels import GET, PERSON, meta
from tests.support.passports import Gate
from tests.support.ports import free_port

# On Linux all of 127.0.0.0/8 is this machine.
FIRST, SECOND, THIRD = "127.0.0.1", "127.0.0.2", "127.0.0.3"


class Names(asyncio.DatagramProtocol):
    """A name server that knows the IPv4 addresses of one name."""

    def __init__(self) -> None:
        self.addresses: Sequence[str] = ()
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = data[12 : data.index(b"\0", 12) + 5]
        kind = struct.unpack("!H", question[-4:-2])[0]
        found = [socket.inet_aton(one) for one in self.addresses] if kind == 1 else []
        head = data[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0)
        answers = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + one for one in found)
        self._transport.sendto(head + question + answers, addr)


class Replicas:
    """Services at one port of several addresses; `answered` counts by address who answered."""

    def __init__(self, database: Database, port: int) -> None:
        self._database = database
        self.port = port
        self.answered: Counter[str] = Counter()
        self.servers: dict[str, Server] = {}

    async def begin(self, address: str, *, connection_seconds: float = 300) -> None:
        async def show(_call: Call, request: people_pb2.GetEmployeeRequest) -> people_pb2.Employee:
            self.answered[address] += 1
            return people_pb2.Employee(employee_id=request.employee_id)

        gate = Gate(self._database, {"PeopleService.GetEmployee": show})
        server = Server(gate.edge, f"{address}:{self.port}", connection_seconds=connection_seconds)
        await server.start()
        await server.serving(open_=True)
        self.gate = gate
        self.servers[address] = server


@pytest.fixture
async def names() -> AsyncIterator[tuple[Names, int]]:
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        Names, local_addr=("127.0.0.1", 0), family=socket.AF_INET
    )
    yield protocol, transport.get_extra_info("sockname")[1]
    transport.close()


@pytest.fixture
async def replicas(kit_database: Database) -> AsyncIterator[Replicas]:
    made = Replicas(kit_database, free_port())
    yield made
    for server in made.servers.values():
        await server.stop(0)


@pytest.fixture
async def channel(names: tuple[Names, int], replicas: Replicas) -> AsyncIterator[GrpcChannel]:
    made = GrpcChannel(f"dns://127.0.0.1:{names[1]}/employees.hr.svc:{replicas.port}")
    yield made
    await made.close()


async def called_until(channel: GrpcChannel, replicas: Replicas, true: Callable[[], bool], seconds: float = 20) -> None:
    """Calls one after the other, none of which may fail, until it is as it should be."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, replicas.answered
        await ask(channel, GET, people_pb2.GetEmployeeRequest(employee_id=PERSON), meta(replicas.gate))
        await asyncio.sleep(0.005)


async def test_a_replica_that_came_gets_its_share_once_a_connection_has_had_its_time(
    names: tuple[Names, int], replicas: Replicas, channel: GrpcChannel
) -> None:
    await replicas.begin(FIRST, connection_seconds=1)
    names[0].addresses = [FIRST]
    await called_until(channel, replicas, lambda: replicas.answered[FIRST] >= 20)
    await replicas.begin(SECOND, connection_seconds=1)
    await replicas.begin(THIRD, connection_seconds=1)
    names[0].addresses = [FIRST, SECOND, THIRD]
    await called_until(channel, replicas, lambda: len(replicas.answered) == 3)


async def test_a_replica_that_leaves_is_not_missed_if_its_name_led_elsewhere_for_longer_than_a_connection_lives(
    names: tuple[Names, int], replicas: Replicas, channel: GrpcChannel
) -> None:
    """A rolling upgrade of a single pod. gRPC asks the name server when a connection ends and not when its server says
    that it leaves; so a pod goes on as ever, without its name, until the last of its connections has had its time.
    """
    await replicas.begin(FIRST, connection_seconds=1)
    names[0].addresses = [FIRST]
    await called_until(channel, replicas, lambda: replicas.answered[FIRST] >= 20)
    await replicas.begin(SECOND, connection_seconds=1)
    names[0].addresses = [SECOND]
    await called_until(channel, replicas, lambda: replicas.answered[SECOND] >= 20)
    leaving = replicas.servers.pop(FIRST)
    await leaving.serving(open_=False)
    await leaving.stop()
    before = replicas.answered[SECOND]
    await called_until(channel, replicas, lambda: replicas.answered[SECOND] >= before + 50)
