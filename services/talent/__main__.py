"""`python -m services.talent`: every service's commands."""

from __future__ import annotations

from libs.kit.run import main
from services.talent.service import service

if __name__ == "__main__":
    main(service)
