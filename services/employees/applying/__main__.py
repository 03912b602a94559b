"""One step of an import in a process of its own: `python -m services.employees.applying` with what to do on its input.

It ends with its input: when the service that began it is gone, nothing may be committed any more.
"""

from __future__ import annotations

import asyncio
import gc
import os
import threading

from libs.kit import telemetry
from services.employees.applying.step import Given, run_step


def main() -> None:
    telemetry.configure_logs()
    given = Given.from_line(_line())
    # Rows of a load stay until its end: looking through them again and again for garbage found none.
    gc.disable()
    threading.Thread(target=_end_with_input, daemon=True).start()
    asyncio.run(run_step(given))


def _line() -> bytes:
    """The first line of the input, read without a buffer: the watching thread reads on."""
    line = b""
    while not line.endswith(b"\n"):
        read = os.read(0, 4096)
        if not read:
            break
        line += read
    return line


def _end_with_input() -> None:
    while os.read(0, 4096):
        pass
    # Connections break off here, and with them the transaction.
    os._exit(3)


if __name__ == "__main__":
    main()
