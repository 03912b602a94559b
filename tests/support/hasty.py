"""`gateway` with a mistake planted: told to end it does not drain, and waits for no call under way."""

from __future__ import annotations

from gateway import __main__ as process
from gateway import runtime
from gateway.http_server import HttpServer
from gateway.runtime import Gateway


class Hasty(Gateway):
    async def drain(self) -> None:
        """Says nothing to anybody."""


class HastyServer(HttpServer):
    async def stop(self) -> None:
        self._server.force_exit = True
        await super().stop()


if __name__ == "__main__":
    # What the process makes by these names is hasty from now on.
    vars(process)["Gateway"] = Hasty
    vars(runtime)["HttpServer"] = HastyServer
    process.main()
