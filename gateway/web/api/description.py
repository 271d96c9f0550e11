"""The description of the API (OpenAPI 3.1), made from the operations themselves and the Structs that they take and give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct
from starlette.responses import Response

from gateway import __version__
from gateway.domain.access import MEANINGS, Authority
from gateway.web.api import (
    alarms,
    batches,
    documents,
    drafts,
    finding,
    home,
    invoices,
    jobs,
    lineage,
    mappings,
    master,
    messages,
    order_lines,
    orders,
    outbound,
    outbox,
    partners,
    people,
    privacy,
    raw,
    record,
    reports,
    requests,
    rights,
    slips,
    today,
    uploads,
)
from gateway.web.api.operations import JSON, ROOT, Operation
from gateway.web.api.wire_described import wire_paths
from gateway.web.problems import MEDIA
from gateway.web.routes import Door, Face, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes(Face.API)
REF = "#/components/schemas/{name}"
PARAMETER = re.compile(r"{(\w+)}")
RESOURCES = (
    *(orders, order_lines, drafts, batches, slips, documents, invoices, messages, uploads, outbox),
    *(partners, mappings, alarms, jobs, reports, people, rights, privacy),
    *(master, finding),
    *(lineage, raw, today, home, outbound, requests, record),
)
KEPT = "A new one for each change: asked again with the same one, nothing is done twice, and the same answer comes."
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "remedy": {"type": "string", "description": "What to do."},
        "instance": {"type": "string", "description": "The number under which the log tells of a defect."},
        "issues": {"type": "array", "items": {"type": "object"}},
    },
}


@ROUTES.get(f"{ROOT}/openapi.json", may=Door.SIGNED_IN)
def openapi(visit: Visit) -> Response:  # noqa: ARG001 (the shape of a handler)
    """The description of the API."""
    return Response(msgspec.json.encode(described()), media_type=JSON)


def operations() -> Iterator[Operation]:
    """Every operation, by resource."""
    for resource in RESOURCES:
        yield from resource.API


def described() -> dict[str, Any]:
    """The API as OpenAPI 3.1."""
    kinds: list[Any] = []
    for it in operations():
        kinds += [it.answer, *([it.body] if it.body else [])]
    schemas, parts = msgspec.json.schema_components(kinds, schema_hook=_any, ref_template=REF)
    known = dict(zip(map(str, kinds), schemas, strict=True))
    paths: dict[str, Any] = {}
    for resource in RESOURCES:
        for it in resource.API:
            paths.setdefault(it.path, {})[it.method.lower()] = _operation(it, known, resource.API.shown_by(it))
    return {
        "openapi": "3.1.0",
        "info": {"title": "vendor-gateway", "version": __version__, "description": "Everything that the console can do, for programs."},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": {**paths, **wire_paths()},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key made with: gateway user key add"}},
            "schemas": {**parts, "Problem": PROBLEM},
        },
    }


def _any(kind: type) -> dict[str, Any]:
    """A value of master data, which may be any."""
    if kind is object:
        return {"description": "Any value."}
    raise NotImplementedError(kind)


def _operation(it: Operation, known: dict[str, Any], shown: Operation | None) -> dict[str, Any]:
    """`shown` is what shows the object that a change is about."""
    authority = f" Authority: {it.may.value} ({MEANINGS[it.may]})." if isinstance(it.may, Authority) else ""
    told: dict[str, Any] = {
        "operationId": it.name,
        "tags": [it.path.removeprefix(f"{ROOT}/").partition("/")[0]],
        "summary": it.summary,
        "description": it.summary + authority,
        "parameters": [*_of_path(it.path), *_of_query(it.query)],
        "responses": {
            "200": {"description": "Done.", "content": {JSON: {"schema": known[str(it.answer)]}}},
            "default": {"description": "Not done, and why.", "content": {MEDIA: {"schema": {"$ref": REF.format(name="Problem")}}}},
        },
    }
    if it.body is not None:
        told["requestBody"] = {"required": True, "content": {JSON: {"schema": known[str(it.body)]}}}
        told["parameters"] += [_header("Idempotency-Key", KEPT, minLength=8, maxLength=200)] if it.is_kept else []
        told["parameters"] += (
            [_header("If-Match", f"The ETag of GET {shown.path}: nothing is changed where it has another.")] if shown else []
        )
    else:
        told["parameters"].append(_header("If-None-Match", "The ETag that is known: 304 while it is still the same."))
        told["responses"]["200"]["headers"] = {"ETag": {"description": "Of all that is answered.", "schema": {"type": "string"}}}
        told["responses"]["304"] = {"description": "The object is as the ETag in If-None-Match says."}
    return told


def _header(name: str, text: str, **limits: int) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"} | limits}


def _of_path(path: str) -> Iterator[dict[str, Any]]:
    for name in PARAMETER.findall(path):
        schema = {"type": "integer", "minimum": 0} if name == "id" else {"type": "string", "minLength": 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _of_query(query: type[Struct]) -> Iterator[dict[str, Any]]:
    (_,), parts = msgspec.json.schema_components([query], ref_template=REF)
    properties = parts[query.__name__].get("properties", {})
    for field in msgspec.structs.fields(query):
        schema = _inlined(properties[field.encode_name], parts)
        required = field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT
        yield {"name": field.encode_name, "in": "query", "required": required and field.default is not UNSET, "schema": schema}


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:
    """A schema with what it refers to put in its place: parameters stand for themselves."""
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            return _inlined(parts[reference.rpartition("/")[2]], parts)
        return {word: _inlined(value, parts) for word, value in schema.items()}
    return [_inlined(it, parts) for it in schema] if isinstance(schema, list) else schema
