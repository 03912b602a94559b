"""`python -m services.employees`: beside every service's commands, `demo-company`."""

from __future__ import annotations

from libs.kit.run import main
from services.employees.demo_load import demo_company
from services.employees.service import service

if __name__ == "__main__":
    main(service, {"demo-company": demo_company})
