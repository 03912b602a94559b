"""`python -m services.employees`."""

from __future__ import annotations

from libs.kit.run import main
from services.employees.service import service

if __name__ == "__main__":
    main(service)
