"""What the status page says of the sign-in issuer: what waits is told, and does not make the process unready."""

from __future__ import annotations

from libs.kit.app import Runtime
from services.identity import issuer, issuer_queue, issuer_watch

# A change that is on its way for so long is worth a word.
_WAITS_SECONDS = 10.0


async def waiting(runtime: Runtime) -> str:
    """`ok`; or `ok, but …` with how many accounts wait, since when, and why. Empty where no issuer is managed."""
    if issuer.of(runtime.house) is None:
        return ""
    async with runtime.database.reading() as session:
        found = await issuer_queue.behind(session)
        watch = await issuer_watch.problem(session)
    said = [f"changes there are not noticed: {watch}"] if watch else []
    age = (runtime.clock.now() - found["since"]).total_seconds() if found["since"] else 0.0
    if age > _WAITS_SECONDS or found["error"]:
        said.insert(0, f"{found['accounts']} accounts wait, the oldest for {age:.0f} s {found['error']}".strip())
    return "ok, but " + "; ".join(said) if said else "ok"
