"""The house keeps its rules, and each rule can fail."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tools import house_rules as rules
from tools.contract import ROOT
from tools.house_rules import House, Module, Rule


@pytest.fixture(scope="module")
def house() -> House:
    return rules.read(ROOT)


@dataclass(frozen=True)
class Seeded:
    """A file that breaks a rule; `line` is where."""

    rule: Rule
    path: str
    source: str
    line: int = 1


OTHER_TABLES = Module("services/identity/tables.py", 'grants = Table("grants", META, Column("id", Uuid))')

WRONG = {
    "the kit imports a service": Seeded(rules.kit_knows_no_business, "libs/kit/a.py", "from services import identity"),
    "the kit imports a service inside a function": Seeded(
        rules.kit_knows_no_business, "libs/kit/a.py", "def late():\n    import services.identity.grants", 2
    ),
    "the kit imports a service by name": Seeded(
        rules.kit_knows_no_business, "libs/kit/a.py", "importlib.import_module('services.identity')"
    ),
    "the kit imports the gateway": Seeded(rules.kit_knows_no_business, "libs/kit/x/a.py", "import gateway.openapi"),
    "the kit imports a tool": Seeded(rules.kit_knows_no_business, "libs/kit/a.py", "from tools import contract"),
    "the client imports the kit": Seeded(
        rules.client_stands_alone, "libs/client/mainstay_client/a.py", "from libs.kit import errors"
    ),
    "a service imports another": Seeded(
        rules.service_knows_no_other, "services/talent/matching.py", "from services.employees.people import get"
    ),
    "a service imports another by dots": Seeded(
        rules.service_knows_no_other, "services/talent/matching.py", "from ..employees import people"
    ),
    "a service imports one whose name begins like its own": Seeded(
        rules.service_knows_no_other, "services/talent/matching.py", "import services.talents.people"
    ),
    "a service imports the gateway": Seeded(
        rules.service_knows_no_other, "services/talent/matching.py", "import gateway"
    ),
    "the gateway imports a service": Seeded(
        rules.gateway_knows_no_service, "gateway/routes.py", "from services.identity import sessions"
    ),
    "a second file knows all services": Seeded(
        rules.only_the_composition_root_knows_services, "services/everything.py", "import services.identity"
    ),
    "a rules module opens a database": Seeded(
        rules.pure_rules_do_no_io, "services/talent/rules.py", '"""How."""\nfrom sqlalchemy import select', 2
    ),
    "a module that says it is pure calls others": Seeded(
        rules.pure_rules_do_no_io, "services/talent/scoring.py", '"""Pure: scores."""\nimport grpc.aio', 2
    ),
    "now without a zone": Seeded(rules.time_has_a_zone, "libs/kit/a.py", "at = datetime.now()"),
    "now of the module without a zone": Seeded(rules.time_has_a_zone, "libs/kit/a.py", "at = datetime.datetime.now()"),
    "utcnow": Seeded(rules.time_has_a_zone, "services/talent/a.py", "at = datetime.utcnow()"),
    "today of nowhere": Seeded(rules.time_has_a_zone, "gateway/a.py", "day = date.today()"),
    "a timestamp read without a zone": Seeded(rules.time_has_a_zone, "tools/a.py", "datetime.fromtimestamp(5)"),
    "a float amount": Seeded(rules.money_is_no_float, "services/employees/a.py", "amount: float = 0"),
    "an optional float of pay": Seeded(
        rules.money_is_no_float, "services/employees/a.py", "def f(base_pay: float | None): ..."
    ),
    "a salary computed as float": Seeded(
        rules.money_is_no_float, "services/employees/a.py", "def yearly_salary() -> float: ..."
    ),
    "an amount made a float": Seeded(rules.money_is_no_float, "services/employees/a.py", "x = float(row.amount)"),
    "a float column of money": Seeded(
        rules.money_is_no_float, "services/employees/tables.py", "Column('pay_amount', sa.Float)"
    ),
    "SQL over another service's table": Seeded(
        rules.tables_are_the_owners_own, "services/talent/a.py", 'text("select 1 from grants where id = :id")'
    ),
    "SQL of the gateway over a service's table": Seeded(
        rules.tables_are_the_owners_own, "gateway/a.py", 'text(f"UPDATE grants SET x = {y}")'
    ),
    "a silent except": Seeded(
        rules.broad_excepts_say_why, "libs/kit/a.py", "try:\n    f()\nexcept Exception:\n    pass", 3
    ),
    "a bare except": Seeded(rules.broad_excepts_say_why, "libs/kit/a.py", "try:\n    f()\nexcept:\n    pass", 3),
    "an except among others that only silences the linter": Seeded(
        rules.broad_excepts_say_why,
        "libs/kit/a.py",
        "try:\n    f()\nexcept (OSError, Exception):  # noqa: BLE001\n    pass",
        3,
    ),
}

RIGHT = {
    "a service imports itself, the kit and contracts": Module(
        "services/talent/a.py",
        "from services.talent import rules\nfrom . import pools\nfrom libs.kit import outbox\n"
        "from mainstay.employees.v1 import events_pb2",
    ),
    "the composition root imports everything": Module(
        "services/__main__.py", "import services.identity\nimport gateway"
    ),
    "a pure module computes": Module("services/talent/rules.py", "from decimal import Decimal\nimport numpy"),
    "a file beside the services that knows none": Module("services/secrets.py", "from libs.kit import vault"),
    "the clock reads the system": Module("libs/kit/clock.py", "at = datetime.now()"),
    "times with zones": Module("libs/kit/a.py", "a = datetime.now(UTC)\nb = datetime.fromtimestamp(5, tz=UTC)"),
    "floats that are no money": Module("libs/kit/a.py", "payload_size: float = 0\nratio = float(row.share)"),
    "money as decimal": Module("libs/kit/a.py", "amount: Decimal = Decimal(0)"),
    "SQL over own and the kit's tables": Module(
        "services/identity/a.py", 'text("delete from grants")\ntext("select 1 from outbox")'
    ),
    "words that are no SQL": Module("services/talent/a.py", 'say = "taken from grants"'),
    "an except that raises on": Module("libs/kit/a.py", "try:\n    f()\nexcept BaseException:\n    g()\n    raise"),
    "an except that says why": Module(
        "libs/kit/a.py",
        "try:\n    f()\nexcept Exception:  # noqa: BLE001 - whatever a handler raises is told\n    pass",
    ),
}


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rules(rule: Rule, house: House) -> None:
    assert [str(offence) for offence in rules.offences(rule, house)] == []


@pytest.mark.parametrize("seeded", WRONG.values(), ids=WRONG.keys())
def test_a_seeded_offence_is_found_where_it_stands(seeded: Seeded) -> None:
    found = rules.offences(seeded.rule, House([OTHER_TABLES, Module(seeded.path, seeded.source)]))
    assert [(offence.path, offence.line) for offence in found] == [(seeded.path, seeded.line)]


@pytest.mark.parametrize("module", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_allowed_is_no_offence(module: Module) -> None:
    kit = Module("libs/kit/tables.py", 'outbox = Table("outbox", KIT)')
    small = House([OTHER_TABLES, kit, module])
    assert [str(offence) for rule in rules.RULES for offence in rules.offences(rule, small)] == []


def test_every_rule_has_a_seeded_offence() -> None:
    assert {seeded.rule for seeded in WRONG.values()} == set(rules.RULES)


def test_the_whole_house_is_read(house: House) -> None:
    paths = {module.path for module in house.modules}
    assert {"libs/kit/clock.py", "gateway/openapi.py", "tools/house_rules.py"} <= paths
