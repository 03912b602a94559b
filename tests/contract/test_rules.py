"""Every rule of the contract refuses a deliberately wrong proto, and names the offender."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools import contract, contract_rules, protos

HEADER = """syntax = "proto3";
// A context made up for this test.
package mainstay.sample.v1;
import "google/api/annotations.proto";
import "google/protobuf/timestamp.proto";
import "mainstay/contract/v1/access.proto";
import "mainstay/contract/v1/data.proto";
import "mainstay/contract/v1/event.proto";
import "mainstay/contract/v1/types.proto";
"""

REASONS = """
// Why a call failed.
enum Reason {
  // Never sent.
  REASON_UNSPECIFIED = 0;
  // NOT_FOUND: there is no such thing.
  THING_NOT_FOUND = 1;
}
"""

REQUEST = """
// Asks for a thing.
message GetThingRequest {
  // Which.
  string thing_id = 1;
  // How often.
  uint32 times = 2;
  // Several.
  repeated string tags = 3;
}
// A thing.
message Thing {
  // Which.
  string thing_id = 1;
}
"""

ROUTE = 'option (google.api.http) = {get: "/v1/things/{thing_id}"};'
READS = "option idempotency_level = NO_SIDE_EFFECTS;"


def access(rule: str) -> str:
    return f"option (mainstay.contract.v1.access) = {{{rule}}};"


ANYONE = access('permission: "sample.thing.read" anyone: true')


def rpc(*options: str, name: str = "GetThing", comment: str = "// Reads a thing.") -> str:
    body = "\n".join(options)
    return f"{comment}\nrpc {name}(GetThingRequest) returns (Thing) {{\n{body}\n}}"


def service(*rpcs: str) -> str:
    return REQUEST + "// Keeps things.\nservice ThingService {\n" + "\n".join(rpcs) + "\n}"


def message(fields: str, *, name: str = "Person", options: str = "") -> str:
    return f"// A message.\nmessage {name} {{\n{options}\n{fields}\n}}"


def event(option: str, name: str = "ThingMade") -> str:
    marked = f"option (mainstay.contract.v1.event) = {{{option}}};"
    return message("// Which.\nstring thing_id = 1;", name=name, options=marked)


OPEN = 'option (mainstay.contract.v1.event) = {topic: "sample.things" key: "thing_id" open: true};'
PERSON_ID = "// Who.\nstring employee_id = 1 [(mainstay.contract.v1.data) = INTERNAL];\n"


@dataclass(frozen=True)
class Wrong:
    """A proto that must be refused: by which rule, naming whom, saying what."""

    rule: contract_rules.Rule
    proto: str
    offender: str
    says: str


GET_THING = "mainstay.sample.v1.ThingService/GetThing"
rules = contract_rules

WRONG = {
    "an rpc without access": Wrong(rules.access_is_given, service(rpc(READS, ROUTE)), GET_THING, "has no access rule"),
    "an access without a target": Wrong(
        rules.access_is_given,
        service(rpc(READS, ROUTE, access('permission: "sample.thing.read"'))),
        GET_THING,
        "does not say whose data",
    ),
    "an access without a permission": Wrong(
        rules.permissions_are_well_formed,
        service(rpc(READS, ROUTE, access("anyone: true"))),
        GET_THING,
        "names no permission",
    ),
    "a permission of two words": Wrong(
        rules.permissions_are_well_formed,
        service(rpc(READS, ROUTE, access('permission: "sample.read" anyone: true'))),
        GET_THING,
        "`sample.read`",
    ),
    "a permission in capitals": Wrong(
        rules.permissions_are_well_formed,
        service(rpc(READS, ROUTE, access('permission: "sample.Thing.read" anyone: true'))),
        GET_THING,
        "`sample.Thing.read`",
    ),
    "a permission of another context": Wrong(
        rules.permissions_are_well_formed,
        service(rpc(READS, ROUTE, access('permission: "employees.person.read" anyone: true'))),
        GET_THING,
        "belongs to another context",
    ),
    "a subject that is no field": Wrong(
        rules.targets_are_request_fields,
        service(rpc(READS, ROUTE, access('permission: "sample.thing.read" subject: "employee_id"'))),
        GET_THING,
        "subject `employee_id`",
    ),
    "a subject that is a number": Wrong(
        rules.targets_are_request_fields,
        service(rpc(READS, ROUTE, access('permission: "sample.thing.read" subject: "times"'))),
        GET_THING,
        "subject `times`",
    ),
    "a unit that is a list": Wrong(
        rules.targets_are_request_fields,
        service(rpc(READS, ROUTE, access('permission: "sample.thing.read" unit: "tags"'))),
        GET_THING,
        "unit `tags`",
    ),
    "a value without class beside an employee id": Wrong(
        rules.people_are_classified,
        message(PERSON_ID + "// How tall.\nuint32 height = 2;"),
        "mainstay.sample.v1.Person.height",
        "has no data class",
    ),
    "a time without class beside a classified field": Wrong(
        rules.people_are_classified,
        message(
            "// Says.\nstring note = 1 [(mainstay.contract.v1.data) = PERSONAL];\n"
            "// When.\ngoogle.protobuf.Timestamp at = 2;"
        ),
        "mainstay.sample.v1.Person.at",
        "has no data class",
    ),
    "a personal name without class": Wrong(
        rules.personal_names_are_classified,
        message("// Where to.\nstring home_address = 1;"),
        "mainstay.sample.v1.Person.home_address",
        "suggests a person",
    ),
    "a personal name without class in a request": Wrong(
        rules.personal_names_are_classified,
        message("// Number.\noptional string mobile = 1;", name="ChangePersonRequest"),
        "mainstay.sample.v1.ChangePersonRequest.mobile",
        "suggests a person",
    ),
    "a person's name hidden behind a thing": Wrong(
        rules.personal_names_are_classified,
        message("// Who leads.\nstring unit_head_name = 1;", name="Board"),
        "mainstay.sample.v1.Board.unit_head_name",
        "suggests a person",
    ),
    "money without class": Wrong(
        rules.personal_names_are_classified,
        message("// How much.\nmainstay.contract.v1.Money pay = 1;", name="Offer"),
        "mainstay.sample.v1.Offer.pay",
        "suggests a person",
    ),
    "a gender without class": Wrong(
        rules.personal_names_are_classified,
        message("// Which.\nReason gender = 1;") + REASONS,
        "mainstay.sample.v1.Person.gender",
        "suggests a person",
    ),
    "sensitive text without mask": Wrong(
        rules.sensitive_text_has_a_mask,
        message("// Number.\nrepeated string mobile = 1 [(mainstay.contract.v1.data) = PERSONAL_SENSITIVE];"),
        "mainstay.sample.v1.Person.mobile",
        "without a mask",
    ),
    "an event without topic": Wrong(
        rules.events_have_topic_and_key,
        event('key: "thing_id"'),
        "mainstay.sample.v1.ThingMade",
        "without a topic",
    ),
    "an event in another context's topic": Wrong(
        rules.events_have_topic_and_key,
        event('topic: "employees.lifecycle" key: "thing_id"'),
        "mainstay.sample.v1.ThingMade",
        "`employees.lifecycle`",
    ),
    "a topic of one word": Wrong(
        rules.events_have_topic_and_key,
        event('topic: "sample" key: "thing_id"'),
        "mainstay.sample.v1.ThingMade",
        "`sample`",
    ),
    "an event without key": Wrong(
        rules.events_have_topic_and_key,
        event('topic: "sample.things"'),
        "mainstay.sample.v1.ThingMade",
        "without a key",
    ),
    "a key that is no field": Wrong(
        rules.events_have_topic_and_key,
        event('topic: "sample.things" key: "employee_id"'),
        "mainstay.sample.v1.ThingMade",
        "key `employee_id`",
    ),
    "a topic that is compacted for some": Wrong(
        rules.topics_agree_on_state,
        event('topic: "sample.things" key: "thing_id" state: true')
        + event('topic: "sample.things" key: "thing_id"', name="ThingLost"),
        "mainstay.sample.v1.ThingLost",
        "disagrees with ThingMade",
    ),
    "a topic that is open for some": Wrong(
        rules.topics_agree_on_being_open,
        event('topic: "sample.things" key: "thing_id" open: true')
        + event('topic: "sample.things" key: "thing_id"', name="ThingLost"),
        "mainstay.sample.v1.ThingLost",
        "disagrees with ThingMade whether others may read",
    ),
    "an open event with a value without class": Wrong(
        rules.open_events_may_travel,
        event('topic: "sample.things" key: "thing_id" open: true'),
        "mainstay.sample.v1.ThingMade.thing_id",
        "has no data class, in ThingMade",
    ),
    "an open event with something sensitive deep inside": Wrong(
        rules.open_events_may_travel,
        message(
            "// Which.\nstring thing_id = 1 [(mainstay.contract.v1.data) = INTERNAL];\n// Of whom.\nOwner owner = 2;",
            name="ThingMade",
            options=OPEN,
        )
        + message("// Number.\nstring mobile = 1 [(mainstay.contract.v1.data) = PERSONAL_SENSITIVE];", name="Owner"),
        "mainstay.sample.v1.Owner.mobile",
        "is PERSONAL_SENSITIVE, in ThingMade",
    ),
    "a method by the right to read a topic": Wrong(
        rules.reading_a_topic_is_no_method,
        service(rpc(READS, ROUTE, access('permission: "sample.things.subscribe" anyone: true'))),
        GET_THING,
        "is one to read a topic",
    ),
    "two routes that collide": Wrong(
        rules.routes_do_not_collide,
        service(
            rpc(READS, ROUTE, ANYONE),
            rpc(READS, 'option (google.api.http) = {get: "/v1/things/{tags}"};', ANYONE, name="FindThing"),
        ),
        "mainstay.sample.v1.ThingService/FindThing",
        f"collides with {GET_THING}",
    ),
    "two custom verbs that collide": Wrong(
        rules.routes_do_not_collide,
        service(
            rpc(ANYONE, 'option (google.api.http) = {post: "/v1/things/{thing_id}:show"};', name="ShowThing"),
            rpc(ANYONE, 'option (google.api.http) = {post: "/v1/things/{times}:show"};', name="RevealThing"),
        ),
        "mainstay.sample.v1.ThingService/RevealThing",
        "ThingService/ShowThing",
    ),
    "a second binding that collides": Wrong(
        rules.routes_do_not_collide,
        service(
            rpc(READS, ROUTE, ANYONE),
            rpc(
                READS,
                'option (google.api.http) = {get: "/v1/all" additional_bindings {get: "/v1/things/{times}"}};',
                ANYONE,
                name="FindThing",
            ),
        ),
        "mainstay.sample.v1.ThingService/FindThing",
        "GET /v1/things/{times}",
    ),
    "a route variable that is no field": Wrong(
        rules.routes_name_request_fields,
        service(rpc(READS, 'option (google.api.http) = {get: "/v1/things/{id}"};', ANYONE)),
        GET_THING,
        "`id`",
    ),
    "a route variable that is a list": Wrong(
        rules.routes_name_request_fields,
        service(rpc(READS, 'option (google.api.http) = {get: "/v1/things/{tags}"};', ANYONE)),
        GET_THING,
        "`tags`",
    ),
    "a body that is no field": Wrong(
        rules.routes_name_request_fields,
        service(rpc('option (google.api.http) = {post: "/v1/things" body: "thing"};', ANYONE)),
        GET_THING,
        "body `thing`",
    ),
    "a reason that does not exist": Wrong(
        rules.failures_are_reasons,
        service(rpc(READS, ROUTE, ANYONE, 'option (mainstay.contract.v1.fails_with) = "THING_LOST";')) + REASONS,
        GET_THING,
        "`THING_LOST`",
    ),
    "a reason without status": Wrong(
        rules.reasons_say_their_status,
        REASONS.replace("// NOT_FOUND: there", "// There"),
        "mainstay.sample.v1.Reason.THING_NOT_FOUND",
        "gRPC status",
    ),
    "a GET that does not say it changes nothing": Wrong(
        rules.verbs_tell_effects, service(rpc(ROUTE, ANYONE)), GET_THING, "does not say that it changes nothing"
    ),
    "a POST that changes nothing": Wrong(
        rules.verbs_tell_effects,
        service(rpc(READS, 'option (google.api.http) = {post: "/v1/things" body: "*"};', ANYONE)),
        GET_THING,
        "is a POST",
    ),
    "a GET with a body": Wrong(
        rules.verbs_tell_effects,
        service(rpc(READS, 'option (google.api.http) = {get: "/v1/things" body: "*"};', ANYONE)),
        GET_THING,
        "GET with a body",
    ),
    "a method without route": Wrong(
        rules.all_but_workload_methods_have_routes, service(rpc(READS, ANYONE)), GET_THING, "has no REST route"
    ),
    "a workload method with a route": Wrong(
        rules.all_but_workload_methods_have_routes,
        service(rpc(READS, ROUTE, access('permission: "sample.thing.read" workload: true'))),
        GET_THING,
        "has a route",
    ),
    "an rpc without comment": Wrong(
        rules.everything_has_a_sentence, service(rpc(READS, ROUTE, ANYONE, comment="")), GET_THING, "this method"
    ),
    "a service without comment": Wrong(
        rules.everything_has_a_sentence,
        REQUEST + "service ThingService {}",
        "mainstay.sample.v1.ThingService",
        "this service",
    ),
    "a message without comment": Wrong(
        rules.everything_has_a_sentence, "message Bare {}", "mainstay.sample.v1.Bare", "this message"
    ),
    "a nested field without comment": Wrong(
        rules.everything_has_a_sentence,
        message("// Inside.\nmessage Inner {\nstring bare = 1;\n}"),
        "mainstay.sample.v1.Person.Inner.bare",
        "this field",
    ),
    "an enum without comment": Wrong(
        rules.everything_has_a_sentence,
        "enum Bare {\n// None.\nBARE_UNSPECIFIED = 0;\n}",
        "mainstay.sample.v1.Bare",
        "this enum",
    ),
    "an enum value without comment": Wrong(
        rules.everything_has_a_sentence,
        "// Kinds.\nenum Kind {\nKIND_UNSPECIFIED = 0;\n}",
        "mainstay.sample.v1.Kind.KIND_UNSPECIFIED",
        "this value",
    ),
}

RIGHT = {
    "a complete method": service(
        rpc(READS, ROUTE, ANYONE, 'option (mainstay.contract.v1.fails_with) = "THING_NOT_FOUND";')
    )
    + REASONS,
    "a shared reason": service(
        rpc(READS, ROUTE, ANYONE, 'option (mainstay.contract.v1.fails_with) = "VERSION_CONFLICT";')
    ),
    "same path, another verb": service(
        rpc(READS, ROUTE, ANYONE),
        rpc('option (google.api.http) = {delete: "/v1/things/{thing_id}"};', ANYONE, name="DropThing"),
    ),
    "same path, with a custom verb": service(
        rpc('option (google.api.http) = {post: "/v1/things/{thing_id}"};', ANYONE, name="MakeThing"),
        rpc('option (google.api.http) = {post: "/v1/things/{thing_id}:show"};', ANYONE, name="ShowThing"),
    ),
    "names of things": message(
        "// Unit.\nstring unit_name = 1;\n// In English.\nstring scope_unit_name_en = 2;\n"
        "// File.\nstring file_name = 3;\n// Page.\nuint32 page_size = 4;\n// Period.\nuint32 pay_period = 5;"
    ),
    "a thing's own name": message("// Name.\nstring name = 1;", name="OpenUnitRequest"),
    "a page of people": message(PERSON_ID + "// Next.\nstring next_page_token = 2;\n// All.\nuint32 total = 3;"),
    "an event": event('topic: "sample.things" key: "thing_id"'),
    "an open event": message(
        PERSON_ID + "// Which.\nstring thing_id = 2 [(mainstay.contract.v1.data) = PUBLIC];", options=OPEN
    ),
}

Judge = Callable[[str], contract.Contract]


@pytest.fixture
def judged(tmp_path: Path) -> Judge:
    """The contract that a snippet makes, compiled with the same compiler and options as the real one."""

    def compile_snippet(snippet: str) -> contract.Contract:
        path = tmp_path / "mainstay/sample/v1/sample.proto"
        path.parent.mkdir(parents=True)
        path.write_text(HEADER + snippet, encoding="utf-8")
        made = protos.descriptor_set(
            ["mainstay/sample/v1/sample.proto", "mainstay/contract/v1/errors.proto"], roots=(tmp_path, protos.PROTOS)
        )
        return contract.read(made)

    return compile_snippet


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_contract_is_refused_with_the_offender_named(wrong: Wrong, judged: Judge) -> None:
    made = judged(wrong.proto)
    found = [one for one in wrong.rule(made) if one.offender.name == wrong.offender and wrong.says in one.wrong]
    assert len(found) == 1, [str(one) for one in contract_rules.broken(made)]
    assert found[0] in contract_rules.broken(made)
    assert str(found[0]).startswith(f"mainstay/sample/v1/sample.proto:{found[0].offender.line}: {wrong.offender}")
    assert found[0].offender.line > HEADER.count("\n")


@pytest.mark.parametrize("right", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_allowed_passes(right: str, judged: Judge) -> None:
    assert [str(one) for one in contract_rules.broken(judged(right))] == []


def test_every_rule_has_a_wrong_proto() -> None:
    assert {wrong.rule for wrong in WRONG.values()} == set(contract_rules.RULES)


def test_the_contract_keeps_every_rule(whole: contract.Contract) -> None:
    assert [str(one) for one in contract_rules.broken(whole)] == []
