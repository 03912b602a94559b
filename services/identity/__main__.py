"""`python -m services.identity`: beside every service's commands, three of its own.

first-admin USERNAME [hr_admin]   makes the first to give others their roles
demo-access < access.json         gives the demo company's people and systems their rights
rebuild-issuer                    brings every account in step anew, after the issuer has lost its entries
"""

from __future__ import annotations

from libs.kit.run import main
from services.identity.demo_access import demo_access
from services.identity.issuer_queue import rebuild_issuer
from services.identity.service import service
from services.identity.setup import first_admin

if __name__ == "__main__":
    main(service, {"first-admin": first_admin, "demo-access": demo_access, "rebuild-issuer": rebuild_issuer})
