"""Pure: what a contract must say before anything is built from it, one function per rule.

A rule yields the offenders it finds. `broken` runs them all; `tools.protos` refuses to build while there are any.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tools.contract import OPTIONS, Contract, Element, Field, FieldProto, Message, Method, context_of


@dataclass(frozen=True)
class Problem:
    """One offender: where it stands, what is wrong with it, and what to write instead."""

    offender: Element
    wrong: str
    fix: str

    def __str__(self) -> str:
        who = self.offender
        return f"{who.file}:{who.line}: {who.name}: {self.wrong}. {self.fix}."


Rule = Callable[[Contract], Iterable[Problem]]

PERMISSION = re.compile(r"^[a-z_]+\.[a-z_]+\.[a-z_]+$")
TOPIC = re.compile(r"^[a-z_]+\.[a-z_]+$")
# The right to read topic `employees.lifecycle` is `employees.lifecycle.subscribe`.
SUBSCRIBE = ".subscribe"
GRPC_CODES = frozenset(
    {
        "INVALID_ARGUMENT",
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "ABORTED",
        "FAILED_PRECONDITION",
        "RESOURCE_EXHAUSTED",
        "UNIMPLEMENTED",
        "DEADLINE_EXCEEDED",
        "UNAVAILABLE",
        "INTERNAL",
    }
)

# Answers to "which page is this, and how many are there": they describe a list, whoever is in it.
PAGING = frozenset({"next_page_token", "total"})

# A field with one of these words in its name tells something of a person; what, stands beside the words.
PERSONAL = {
    "who it is": "name surname nickname alias",
    "how to reach them": "mail email phone mobile telephone tel fax wechat contact emergency",
    "where they live": "address street postcode home hukou",
    "what they were born as": "birth birthday birthdate born age gender sex",
    "what they may be harmed for": "nationality ethnicity race religion political marital spouse children",
    "their body": "health disability medical illness blood fingerprint face photo",
    "what they earn": "pay salary wage wages bonus allowance amount income compensation pension",
    "what others know them by": "national ssn bank iban",
    "what lets others act as them": "password secret",
}
PERSONAL_WORDS = frozenset(word for words in PERSONAL.values() for word in words.split())
# These pairs name a thing, or say something about pay that is not the pay.
NOT_PERSONAL = re.compile(
    r"(?:^|_)(?:(?:unit|file|post|role|team|course|company|topic|event|template)_name|pay_period)(?=_|$)"
)
# In a message that is one of these things, or asks for one, `name` and `name_en` are the thing's own.
NAMED_THING = re.compile(
    r"(?:Unit|Post|Role|Permission|Import|Course|Template|Skill|SkillRelation|SkillWords|Pool|Group)"
    r"(?:Request|Response)?$"
)


def sounds_personal(message: Message, field: Field) -> bool:
    """Whether a field's name suggests that it tells something of a person. Only values can, and money."""
    if not field.is_value and not field.type_name.endswith(".Money"):
        return False
    if field.short in {"name", "name_en"} and NAMED_THING.search(message.short):
        return False
    words = NOT_PERSONAL.sub("", field.short).split("_")
    return not PERSONAL_WORDS.isdisjoint(words)


def access_is_given(contract: Contract) -> Iterator[Problem]:
    for method in contract.methods:
        if method.access is None:
            yield Problem(method, "has no access rule", "Add option (mainstay.contract.v1.access)")
        elif not method.target:
            targets = "subject, unit, filtered, loaded, anyone, whole, caller or workload"
            yield Problem(method, "its access rule does not say whose data it touches", f"Set one of {targets}")


def permissions_are_well_formed(contract: Contract) -> Iterator[Problem]:
    for method in contract.methods:
        if method.access is None:
            continue
        context, permission = context_of(method.name), method.access.permission
        fix = f"Write `{context}.<thing>.<verb>` in small letters"
        if not permission:
            yield Problem(method, "its access rule names no permission", fix)
        elif not PERMISSION.match(permission):
            yield Problem(method, f"its permission `{permission}` is not of three plain words", fix)
        elif not permission.startswith(context + "."):
            yield Problem(method, f"its permission `{permission}` belongs to another context", fix)


def targets_are_request_fields(contract: Contract) -> Iterator[Problem]:
    for method in contract.methods:
        if method.target not in {"subject", "unit"}:
            continue
        path = getattr(method.access, method.target)
        found = contract.field_at(method.request, path)
        if found is None or not found.is_single_text:
            wrong = f"its {method.target} `{path}` is no string field of {method.request}"
            yield Problem(method, wrong, "Name the request field that holds the id")


def requests_of(contract: Contract) -> frozenset[str]:
    return frozenset(method.request for method in contract.methods)


def people_are_classified(contract: Contract) -> Iterator[Problem]:
    """A message about a person says of every value how far it may travel.

    Requests are left to `personal_names_are_classified`: what is asked for is not kept as such.
    """
    requests = requests_of(contract)
    for message in contract.messages.values():
        about_a_person = message.find("employee_id") or any(field.data for field in message.fields)
        if message.name in requests or not about_a_person:
            continue
        for field in message.fields:
            if field.is_value and not field.data and field.short not in PAGING:
                wrong = "has no data class, in a message that describes a person"
                yield Problem(field, wrong, f"Add ({OPTIONS}.data) = INTERNAL, or stricter")


def personal_names_are_classified(contract: Contract) -> Iterator[Problem]:
    for message in contract.messages.values():
        for field in message.fields:
            if not field.data and sounds_personal(message, field):
                fix = f"Add ({OPTIONS}.data), or say in NOT_PERSONAL of tools/contract_rules.py why it is none"
                yield Problem(field, "has no data class, and its name suggests a person", fix)


def sensitive_text_has_a_mask(contract: Contract) -> Iterator[Problem]:
    for message in contract.messages.values():
        for field in message.fields:
            if field.data == "PERSONAL_SENSITIVE" and field.is_text and not field.mask:
                wrong = "is PERSONAL_SENSITIVE text without a mask"
                yield Problem(field, wrong, f"Add ({OPTIONS}.mask) = MASK_ALL, or a kinder one")


def events_have_topic_and_key(contract: Contract) -> Iterator[Problem]:
    for message in contract.events:
        event = message.event
        if event is None:
            continue
        context = context_of(message.name)
        if not event.topic:
            yield Problem(message, "is an event without a topic", f"Set topic: `{context}.<stream>`")
        elif not TOPIC.match(event.topic) or not event.topic.startswith(context + "."):
            yield Problem(message, f"its topic `{event.topic}` is not `{context}.<stream>`", "Rename the topic")
        key = message.find(event.key)
        if not event.key:
            yield Problem(message, "is an event without a key", "Name the field whose events stay in order")
        elif key is None or not key.is_single_text:
            yield Problem(message, f"its key `{event.key}` is none of its string fields", "Name a field of the message")


def topics_agree_on_state(contract: Contract) -> Iterator[Problem]:
    first: dict[str, Message] = {}
    for message in contract.events:
        if message.event is None:
            continue
        other = first.setdefault(message.event.topic, message)
        if other.event and other.event.state != message.event.state:
            wrong = f"disagrees with {other.short} whether topic `{message.event.topic}` is compacted (`state`)"
            yield Problem(message, wrong, "A topic is compacted for all of its events or for none: use two topics")


def topics_agree_on_being_open(contract: Contract) -> Iterator[Problem]:
    first: dict[str, Message] = {}
    for message in contract.events:
        if message.event is None:
            continue
        other = first.setdefault(message.event.topic, message)
        if other.event and other.event.open != message.event.open:
            wrong = f"disagrees with {other.short} whether others may read topic `{message.event.topic}` (`open`)"
            yield Problem(message, wrong, "A right is to a whole topic: use two topics")


def told_by(contract: Contract, message: Message, seen: frozenset[str] = frozenset()) -> Iterator[Field]:
    """Every value in a message, those in messages of ours below it too."""
    for field in message.fields:
        if field.is_value:
            yield field
        elif field.type_name in contract.messages and field.type_name not in seen:
            yield from told_by(contract, contract.messages[field.type_name], seen | {field.type_name})


def open_events_may_travel(contract: Contract) -> Iterator[Problem]:
    """What other systems read is masked for nobody: each value says its class, and none is sensitive."""
    for message in contract.events:
        if message.event is None or not message.event.open:
            continue
        for field in told_by(contract, message):
            if field.data == "PERSONAL_SENSITIVE":
                wrong = f"is PERSONAL_SENSITIVE, in {message.short}, which other systems may read"
                yield Problem(field, wrong, "Leave it out: who needs it asks for it, and is audited")
            elif not field.data:
                wrong = f"has no data class, in {message.short}, which other systems may read"
                yield Problem(field, wrong, f"Add ({OPTIONS}.data) = INTERNAL, or stricter")


def reading_a_topic_is_no_method(contract: Contract) -> Iterator[Problem]:
    for method in contract.methods:
        if method.access is not None and method.access.permission.endswith(SUBSCRIBE):
            wrong = f"its permission `{method.access.permission}` is one to read a topic"
            yield Problem(method, wrong, "Take another verb: rights on topics open no method")


def routes_do_not_collide(contract: Contract) -> Iterator[Problem]:
    taken: dict[tuple[str, str], Method] = {}
    for method in contract.methods:
        for route in method.routes:
            other = taken.setdefault((route.verb, route.shape), method)
            if other is not method:
                wrong = f"its route {route.verb} {route.template} collides with {other.name}"
                yield Problem(method, wrong, "Give one of them another path")


def routes_name_request_fields(contract: Contract) -> Iterator[Problem]:
    for method in contract.methods:
        for route in method.routes:
            for variable in route.variables:
                found = contract.field_at(method.request, variable)
                if found is None or not found.is_value or found.proto.label == FieldProto.LABEL_REPEATED:
                    wrong = f"its route takes `{variable}`, which is no plain field of {method.request}"
                    yield Problem(method, wrong, "Name a field of the request in the braces")
            if route.body not in {"", "*"} and contract.field_at(method.request, route.body) is None:
                wrong = f"its body `{route.body}` is no field of {method.request}"
                yield Problem(method, wrong, 'Name a field, or write body: "*"')


def verbs_tell_effects(contract: Contract) -> Iterator[Problem]:
    for method in contract.methods:
        for route in method.routes:
            if route.verb == "GET" and not method.reads_only:
                fix = "Add option idempotency_level = NO_SIDE_EFFECTS, or take another verb"
                yield Problem(method, "is a GET but does not say that it changes nothing", fix)
            if route.verb != "GET" and method.reads_only:
                fix = "Take GET, or drop idempotency_level"
                yield Problem(method, f"changes nothing (NO_SIDE_EFFECTS) but is a {route.verb}", fix)
            if route.verb == "GET" and route.body:
                yield Problem(method, "is a GET with a body", "Drop the body: fields come as query parameters")


def all_but_workload_methods_have_routes(contract: Contract) -> Iterator[Problem]:
    for method in contract.methods:
        if method.target == "workload" and method.routes:
            fix = "Drop option (google.api.http)"
            yield Problem(method, "is for Mainstay's own processes but has a route", fix)
        if method.target not in {"workload", ""} and not method.routes:
            yield Problem(method, "has no REST route", "Add option (google.api.http)")


def reasons_of(contract: Contract, package: str) -> frozenset[str]:
    enum = contract.enums.get(f"{package}.Reason")
    return frozenset(value.name.rpartition(".")[2] for value in enum.values) if enum else frozenset()


def failures_are_reasons(contract: Contract) -> Iterator[Problem]:
    shared = reasons_of(contract, OPTIONS)
    for method in contract.methods:
        own_package = method.name.rpartition("/")[0].rpartition(".")[0]
        known = shared | reasons_of(contract, own_package)
        for reason in method.fails_with:
            if reason not in known:
                wrong = f"fails_with names `{reason}`, which is no Reason of {own_package} or {OPTIONS}"
                yield Problem(method, wrong, "Add it to the context's errors.proto, or correct the name")


def reasons_say_their_status(contract: Contract) -> Iterator[Problem]:
    """The first word of a reason's comment is its gRPC status: the API page takes the HTTP status from it."""
    for name, enum in contract.enums.items():
        if not name.endswith(".Reason"):
            continue
        for value in enum.values[1:]:
            if value.comment.partition(":")[0] not in GRPC_CODES:
                fix = "Begin the comment with the code, as in `NOT_FOUND: nobody has this id.`"
                yield Problem(value, "does not say with which gRPC status it travels", fix)


def everything_has_a_sentence(contract: Contract) -> Iterator[Problem]:
    elements: list[tuple[str, Element]] = []
    for service in contract.services:
        elements += [("service", service), *(("method", method) for method in service.methods)]
    for message in contract.messages.values():
        elements += [("message", message), *(("field", field) for field in message.fields)]
    for enum in contract.enums.values():
        elements += [("enum", enum), *(("value", value) for value in enum.values)]
    for kind, element in elements:
        if not element.comment:
            yield Problem(element, f"this {kind} has no comment", "Say in a sentence above it what it is")


RULES: tuple[Rule, ...] = (
    access_is_given,
    permissions_are_well_formed,
    targets_are_request_fields,
    people_are_classified,
    personal_names_are_classified,
    sensitive_text_has_a_mask,
    events_have_topic_and_key,
    topics_agree_on_state,
    topics_agree_on_being_open,
    open_events_may_travel,
    reading_a_topic_is_no_method,
    routes_do_not_collide,
    routes_name_request_fields,
    verbs_tell_effects,
    all_but_workload_methods_have_routes,
    failures_are_reasons,
    reasons_say_their_status,
    everything_has_a_sentence,
)


def broken(contract: Contract) -> list[Problem]:
    """Every offender of every rule, in file order; an element that breaks two rules is named twice."""
    found: dict[str, list[Problem]] = defaultdict(list)
    for rule in RULES:
        for problem in rule(contract):
            found[problem.offender.file].append(problem)
    return [one for file in sorted(found) for one in sorted(found[file], key=lambda one: one.offender.line)]
