"""`services.employees` with a mistake planted: it looks at no epochs, and takes a silent revocation feed for heard."""

from __future__ import annotations

from libs.kit import app
from libs.kit.access.passports import Passport
from libs.kit.access.revocations import Revocations
from libs.kit.run import main
from services.employees.service import service


class Careless(Revocations):
    def refuses(self, passport: Passport) -> bool:
        return passport.epoch < 0

    def silent(self) -> bool:
        return False


if __name__ == "__main__":
    # What the runtime makes by that name is careless from now on.
    vars(app)["Revocations"] = Careless
    main(service)
