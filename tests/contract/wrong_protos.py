"""Protos that each break one rule of the contract."""

from __future__ import annotations

from dataclasses import dataclass

from tests.contract.sample_protos import (
    ANYONE,
    OPEN,
    PERSON_ID,
    READS,
    REASONS,
    REQUEST,
    ROUTE,
    access,
    event,
    message,
    rpc,
    service,
)
from tools import contract_rules


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
