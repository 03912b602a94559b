"""Person detail and a 50-row list through the front door, with 10,000 people loaded and 8 connections:

    python -m tests.load.front_door [people] [seconds]

Beside them the same calls straight over the gRPC edge, and as multiples of a Django peer measured on such a machine
(12 lists/s, 17 details/s). Everything is switched on: sessions, passports, scopes, masking, metrics.
"""

from __future__ import annotations

import asyncio
import sys
import time

import grpc
import httpx

from mainstay.employees.v1 import people_pb2
from tests.load.http_client import Connection, Figures, measure
from tests.load.platform_process import PlatformProcess
from tests.support.browser_session import Session
from tests.support.crowd import import_crowd

CONNECTIONS = 8
PEER = {"list": 12.0, "detail": 17.0}
GET = "/mainstay.employees.v1.PeopleService/GetEmployee"
LIST = "/mainstay.employees.v1.PeopleService/ListEmployees"


async def connections(platform: PlatformProcess, session: Session) -> list[Connection]:
    cookie = "; ".join(f"{name}={value}" for name, value in session.client.cookies.items())
    made = [
        Connection("localhost", platform.port, {"Cookie": cookie, "Accept-Language": "zh-CN"})
        for _ in range(CONNECTIONS)
    ]
    for one in made:
        await one.open()
    return made


async def over_grpc(platform: PlatformProcess, name: str, requests: list[bytes], seconds: float) -> Figures:
    """The same with the ERP's token at the gRPC edge."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"http://localhost:{platform.issuer_port}/token",
            data={"grant_type": "client_credentials"},
            auth=("erp", "erp-demo-secret"),
        )
    metadata = (("authorization", f"Bearer {answer.json()['access_token']}"),)
    figures = Figures()
    async with grpc.aio.insecure_channel(f"localhost:{platform.edge_port}") as channel:
        method = channel.unary_unary(name)
        ends = time.perf_counter() + seconds

        async def one(offset: int) -> None:
            position = offset
            while (started := time.perf_counter()) < ends:
                await method(requests[position % len(requests)], metadata=metadata)
                figures.durations.append(time.perf_counter() - started)
                position += 1

        started = time.perf_counter()
        await asyncio.gather(*(one(n * 997) for n in range(CONNECTIONS)))
        figures.seconds = time.perf_counter() - started
    return figures


async def main(people: int, seconds: float) -> None:
    async with PlatformProcess() as platform:
        print(f"ready after {platform.seconds:.1f} s")
        hr = await platform.sign_in("hr.admin")
        await import_crowd(hr, people)
        ids: list[str] = []
        token = ""
        while len(ids) < people:
            page = await hr.get("/v1/employees", pageSize=500, pageToken=token)
            ids += [row["employeeId"] for row in page["employees"]]
            token = page.get("nextPageToken", "")
            if not token:
                break
        print(f"{len(ids)} people, {CONNECTIONS} connections, {seconds:.0f} s each")
        wires = await connections(platform, hr)
        details = [f"/v1/employees/{one}" for one in ids]
        await measure(wires, details, 2)
        figures = {
            "detail": await measure(wires, details, seconds),
            "list": await measure(wires, ["/v1/employees?pageSize=50"], seconds),
        }
        for name, found in figures.items():
            print(found.line(f"{name} through the front door"), f"  {found.rate / PEER[name]:5.0f} × the Django peer")
        for wire in wires:
            await wire.close()
        requests = [people_pb2.GetEmployeeRequest(employee_id=one).SerializeToString() for one in ids]
        print((await over_grpc(platform, GET, requests, seconds)).line("detail over the gRPC edge"))
        one = [people_pb2.ListEmployeesRequest(page_size=50).SerializeToString()]
        print((await over_grpc(platform, LIST, one, seconds)).line("list over the gRPC edge"))
        await hr.client.aclose()


if __name__ == "__main__":
    asyncio.run(
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, float(sys.argv[2]) if len(sys.argv) > 2 else 10)
    )
