"""A process's admin port, never exposed outside: `/healthz` (alive), `/readyz` (dependencies by name), `/metrics`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Ready = Callable[[], Awaitable[dict[str, str]]]


def admin(parts: Mapping[str, Ready]) -> FastAPI:
    """`parts` are the services of the process, each with a function that says what is wrong with what it needs."""
    app = FastAPI(openapi_url=None)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        found = {name: await ready() for name, ready in parts.items()}
        good = all(value == "ok" for one in found.values() for value in one.values())
        return JSONResponse(found, status_code=200 if good else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app
