"""The API page: an OpenAPI 3.1 document made from the contract's descriptor set, with nothing written by hand.

Paths come from `google.api.http`, words from the protos' comments, limits from `buf.validate`, statuses from the
reasons a method can fail with.
"""

from __future__ import annotations

import re
from typing import Any

from gateway import openapi_failures, openapi_source
from gateway.openapi_schemas import Schema, Schemas, component
from gateway.openapi_source import FieldProto, Operation, Source

COOKIE = "__Host-mainstay"
TOKEN_URL = "http://localhost:8080/auth/token"  # noqa: S105 - an address: the embedded run's own issuer

_SCOPE = {
    "subject": "over the person in `{field}`; the caller, when that is empty",
    "unit": "over the unit in `{field}`; the whole company, when that is empty",
    "filtered": "over at least one person; the answer holds what lies inside the caller's scopes",
    "loaded": "over the person or unit that the record belongs to",
    "anyone": "over anything: no person's data is touched",
    "whole": "over the whole company",
}


def openapi(descriptor_set: bytes, *, version: str = "1", token_url: str = TOKEN_URL, cookie: str = COOKIE) -> Schema:
    """The document as a JSON-able dict. `token_url`: where a service account gets its token, as a whole address;
    `cookie`: the name of the session's cookie, which lacks its prefix where there is no https.
    """
    source = openapi_source.read(descriptor_set)
    schemas = Schemas(source)
    paths: dict[str, Schema] = {}
    for operation in source.operations():
        entry = paths.setdefault(_path(source, operation), {})
        entry[operation.verb] = _operation(source, schemas, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mainstay 中坚",
            "version": version,
            "summary": "The HR platform's API: the same methods as over gRPC, in JSON.",
            "description": _introduction(token_url),
        },
        "servers": [{"url": "/"}],
        "security": [{"session": []}, {"bearer": []}, {"clientCredentials": []}],
        "tags": _tags(source),
        "paths": paths,
        "components": {
            "schemas": {"Problem": openapi_failures.PROBLEM_SCHEMA, **dict(sorted(schemas.components.items()))},
            "securitySchemes": _security(token_url, cookie),
        },
    }


def _introduction(token_url: str) -> str:
    return (
        "People call it through their portal session, other systems with a token they get from "
        f"`{token_url}` by client credentials. Every operation names the right it needs (`x-permission`) and over "
        "what. JSON is proto3 JSON: fields that hold nothing are left out, 64-bit numbers are text, times are "
        "UTC, days are `2026-03-31`, text never holds U+0000; a request may say `null` for a field it leaves out, and "
        "an enum value's number for its name. Failures are problem JSON (RFC 9457) with a stable "
        "`reason`."
    )


def _security(token_url: str, cookie: str) -> Schema:
    return {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie,
            "description": "A person's session at the portal. The browser keeps it; no script can read it.",
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": f"A service account's access token from `{token_url}`.",
        },
        "clientCredentials": {
            "type": "oauth2",
            "description": "How a service account gets that token.",
            "flows": {"clientCredentials": {"tokenUrl": token_url, "scopes": {}}},
        },
    }


def _tag(service: str) -> str:
    """`employees / People` for `mainstay.employees.v1.PeopleService`."""
    context, _, name = component(service).partition(".")
    return f"{context} / {name.removesuffix('Service')}"


def _tags(source: Source) -> list[Schema]:
    services = dict.fromkeys(operation.service for operation in source.operations())
    return [{"name": _tag(service), "description": source.comment(service)} for service in services]


def _json_path(source: Source, message: str, path: str) -> str:
    """A field path as JSON names it: `employeeId` for `employee_id`."""
    name, _, rest = path.partition(".")
    field = source.fields(message)[name]
    inner = _json_path(source, field.type_name.removeprefix("."), rest) if rest else ""
    return f"{field.json_name}.{inner}" if inner else field.json_name


def _path(source: Source, operation: Operation) -> str:
    path = operation.template
    for variable in operation.variables:
        name = _json_path(source, operation.request, variable)
        path = re.sub(r"\{" + re.escape(variable) + r"(=[^}]*)?\}", f"{{{name}}}", path)
    return path


def _operation(source: Source, schemas: Schemas, operation: Operation) -> Schema:
    comment = source.comment(operation.name)
    written: Schema = {
        "operationId": f"{component(operation.service)}.{operation.method.name}",
        "tags": [_tag(operation.service)],
        "summary": re.split(r"(?<=[.。])\s", comment)[0].rstrip(".。"),
        "description": f"{comment}\n\n{_access(source, operation)}",
        **_access_marks(operation),
    }
    parameters = _parameters(source, schemas, operation)
    if parameters:
        written["parameters"] = parameters
    if operation.body:
        written["requestBody"] = _body(source, schemas, operation)
    written["responses"] = _responses(source, schemas, operation)
    return written


def _access(source: Source, operation: Operation) -> str:
    """Who may call, in words."""
    access, target = operation.access, operation.target
    if target == "caller":
        sentences = ["Touches the caller's own data only: signing in is enough."]
    else:
        path = getattr(access, target)
        field = _json_path(source, operation.request, path) if isinstance(path, str) else ""
        sentences = [f"Needs `{access.permission}` {_SCOPE[target].format(field=field)}."]
    if access.step_up_seconds:
        minutes = access.step_up_seconds // 60
        sentences.append(f"A person must have signed in fully within the last {minutes} minutes.")
    if access.sensitive:
        sentences.append("Closed while it cannot be told who lost which right.")
    if access.reveals:
        sentences.append("Sensitive fields come in clear.")
    return " ".join(sentences)


def _access_marks(operation: Operation) -> Schema:
    access, target = operation.access, operation.target
    path = getattr(access, target)
    marks: Schema = {
        "x-permission": access.permission,
        "x-scope": f"{target}:{path}" if isinstance(path, str) else target,
    }
    if access.sensitive:
        marks["x-sensitive"] = True
    if access.step_up_seconds:
        marks["x-step-up-seconds"] = access.step_up_seconds
    if access.reveals:
        marks["x-reveals"] = True
    return marks


def _parameters(source: Source, schemas: Schemas, operation: Operation) -> list[Schema]:
    """What the address takes, and, for methods without a whole-message body, the other fields as a query."""
    fields = source.fields(operation.request)
    found = [_in_path(source, schemas, operation, variable) for variable in operation.variables]
    if operation.body != "*":
        taken = {*operation.variables, operation.body}
        found += [_in_query(schemas, operation.request, field) for name, field in fields.items() if name not in taken]
    return found


def _parameter(schema: Schema, **where: Any) -> Schema:
    """Moves what describes a field from its schema to the parameter around it."""
    rest = {key: value for key, value in schema.items() if key not in {"description", "examples"}}
    parameter = {**where, "description": schema.get("description", ""), "schema": rest}
    if "examples" in schema:
        parameter["example"] = schema["examples"][0]
    return parameter


def _in_path(source: Source, schemas: Schemas, operation: Operation, variable: str) -> Schema:
    owner, name = operation.request, variable
    while "." in name:
        step, _, name = name.partition(".")
        owner = source.fields(owner)[step].type_name.removeprefix(".")
    schema = schemas.asked(owner, source.fields(owner)[name])
    if "anyOf" in schema:  # an address is never empty
        schema = {**schema.pop("anyOf")[0], **schema}
    json_name = _json_path(source, operation.request, variable)
    return _parameter(schema, name=json_name, **{"in": "path"}, required=True)


def _in_query(schemas: Schemas, owner: str, field: FieldProto) -> Schema:
    needed = {"required": True} if schemas.needed(field) else {}
    return _parameter(schemas.asked(owner, field), name=field.json_name, **{"in": "query"}, **needed)


def _body(source: Source, schemas: Schemas, operation: Operation) -> Schema:
    if operation.body == "*":
        schema = schemas.body(operation.request, operation.variables)
        named = schema["$ref"].rpartition("/")[2]
        required = bool(schemas.components[named].get("required"))
    else:
        field = source.fields(operation.request)[operation.body]
        schema, required = schemas.asked(operation.request, field), schemas.needed(field)
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _responses(source: Source, schemas: Schemas, operation: Operation) -> Schema:
    answer = {
        "description": source.comment(operation.response),
        "content": {"application/json": {"schema": schemas.answer(operation.response)}},
    }
    failing = openapi_failures.failures(source, operation)
    return {"200": answer, **{str(status): openapi_failures.response(status, of) for status, of in failing.items()}}
