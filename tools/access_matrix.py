"""Writes docs/access-matrix.md, who may call what by which right: `python -m tools.access_matrix`."""

from __future__ import annotations

from collections import defaultdict

from tools import contract, pages
from tools.contract import Contract, Method, context_of

PAGE = contract.ROOT / "docs" / "access-matrix.md"

HEAD = """# Who may call what

Written from the protos by `python -m tools.access_matrix`; a test fails when it is stale. The columns:

- **Right**: what the caller must hold. **Over**: how the caller's scopes for it are compared with what the call
  touches:
  - `subject x`: the person in the request field `x` (the caller, when empty)
  - `unit x`: the unit in the request field `x` (the whole company, when empty)
  - `filtered`: the answer is narrowed to the caller's scopes
  - `loaded`: the record's person or unit, checked by the handler after loading
  - `anyone`: holding the right in any scope is enough
  - `whole`: the right must be held over the whole company
  - `caller`: the caller's own data only, signing in is enough
  - `workload`: Mainstay's own processes, never through the front door
- **Sensitive**: refused while the revocation feed is silent. **Step-up**: how recent the last full sign-in must be.
- **Audit**: `ALWAYS`, or only when `REFUSED`. **Reveals**: sensitive fields come in clear.
"""


def _over(method: Method) -> str:
    path = getattr(method.access, method.target)
    return f"{method.target} `{path}`" if isinstance(path, str) else method.target


def _minutes(seconds: int) -> str:
    return f"{seconds // 60} min" if seconds else ""


def _row(method: Method) -> list[str]:
    access = method.access
    return [
        f"`{method.short}`",
        "<br>".join(f"`{route.verb} {route.template}`" for route in method.routes),
        f"`{access.permission}`",
        _over(method),
        "yes" if access.sensitive else "",
        _minutes(access.step_up_seconds),
        method.audit,
        "yes" if access.reveals else "",
    ]


def rights(read: Contract) -> dict[str, list[Method]]:
    """The catalogue: every right, with the methods that ask for it."""
    found: dict[str, list[Method]] = defaultdict(list)
    for method in read.methods:
        found[method.access.permission].append(method)
    return dict(sorted(found.items()))


def page(read: Contract) -> str:
    parts = [HEAD]
    columns = ["Method", "Route", "Right", "Over", "Sensitive", "Step-up", "Audit", "Reveals"]
    for service in sorted(read.services, key=lambda one: one.name):
        rows = [_row(method) for method in service.methods]
        title = f"## {context_of(service.name)}: {service.name.rpartition('.')[2]}"
        parts.append(f"{title}\n\n{pages.sentence(service.comment)}\n\n{pages.table(columns, rows)}\n")
    catalogue = [
        [f"`{right}`", ", ".join(f"`{method.short}`" for method in methods)] for right, methods in rights(read).items()
    ]
    parts.append(f"## The rights\n\n{pages.table(['Right', 'Asked for by'], catalogue)}\n")
    return "\n".join(parts)


def main() -> None:
    pages.write(PAGE, page(contract.read(contract.DESCRIPTORS.read_bytes())))


if __name__ == "__main__":
    main()
