"""`python -m services.identity`: beside every service's commands, `first-admin USERNAME [hr_admin]`."""

from __future__ import annotations

from libs.kit.run import main
from services.identity.service import service
from services.identity.setup import first_admin

main(service, {"first-admin": first_admin})
