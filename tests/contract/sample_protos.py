"""Pieces of a context made up for tests, put together to protos that are right or wrong."""

from __future__ import annotations

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
