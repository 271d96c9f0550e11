"""The messages of partners in the description of the API: what their layouts read and write, field by field.

The layouts are those that come with the product; a connector may name others of its own, which are described by their mapping alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from msgspec import Struct, field

from gateway.config.shipped import shipped_workspace
from gateway.domain.access import MEANINGS, Authority
from gateway.kernel.yaml_text import Scalar, Series
from gateway.mapping import Library
from gateway.mapping.spec import Block, MappingSpec, RuleSpec
from gateway.web.api.operations import JSON
from gateway.web.problems import MEDIA

ROOT = "/Locate/adws"
XML = "application/xml"
SCALAR = {"type": ["string", "number", "boolean", "null"]}


class Message(Struct, frozen=True, kw_only=True):
    """One message over HTTP: who posts it, and the layouts of what is posted and answered."""

    path: str
    may: Authority
    summary: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    by_system: bool = True


MESSAGES = (
    Message(
        path="DSOrders/getDSOrders",
        may=Authority.PACK_SLIPS,
        summary="A vendor asks for new orders as a batch, or for a batch again.",
        takes=("getdsorders", "getdsorders-xml"),
        gives=("batch-json", "batch-xml"),
        by_system=False,
    ),
    Message(
        path="DSAcknowledge/setDSAcknowledge",
        may=Authority.PACK_SLIPS,
        summary="A vendor has a batch.",
        takes=("acknowledgement-json", "acknowledgement-xml"),
        gives=("vendor-response-json",),
        by_system=False,
    ),
    Message(
        path="DSShipConfirm/setDSShipConfirm",
        may=Authority.SHIPPING_UPLOAD,
        summary="A vendor has shipped.",
        takes=("shipments-json",),
        gives=("vendor-response-json",),
        by_system=False,
    ),
    Message(
        path="CreateDSOrder",
        may=Authority.ORDER_MAKING,
        summary="A system brings orders.",
        takes=("createdsorder",),
        gives=("createdsorder-response",),
    ),
    Message(
        path="SetDSCancel", may=Authority.CHANGE_ASKING, summary="A system cancels.", takes=("setdscancel",), gives=("change-response",)
    ),
    Message(
        path="SetDSAddressChange",
        may=Authority.CHANGE_ASKING,
        summary="A system changes addresses.",
        takes=("setdsaddresschange",),
        gives=("change-response",),
    ),
    Message(
        path="SetDSCostChange",
        may=Authority.CHANGE_ASKING,
        summary="A system changes costs.",
        takes=("setdscostchange",),
        gives=("change-response",),
    ),
    Message(
        path="CreateDSVendor",
        may=Authority.MASTER_DATA,
        summary="A system brings vendors.",
        takes=("createdsvendor",),
        gives=("createdsvendor-response",),
    ),
    Message(
        path="GetDSChanges",
        may=Authority.ORDERS,
        summary="A system asks for the changes behind a number.",
        takes=("getdschanges",),
        gives=("change-feed",),
    ),
    Message(
        path="GetDSInvoices",
        may=Authority.INVOICES,
        summary="A system asks for approved invoices, which are Posted by that, or for a run again.",
        takes=("getdsinvoices",),
        gives=("invoice-posting",),
    ),
)


class _Node(Struct):
    """A place in a message, with those inside it."""

    inside: dict[str, _Node] = field(default_factory=dict)
    many: bool = False
    ours: str = ""

    def at(self, path: str) -> _Node:
        """The place at this path below, made where it is not there yet."""
        node = self
        for part in path.split("/"):
            node = node.inside.setdefault(part, _Node())
        return node


@cache
def wire_paths() -> dict[str, Any]:
    """The messages as OpenAPI tells them, by path."""
    return {f"{ROOT}/{it.path}": {"post": _operation(it)} for it in MESSAGES}


def _operation(it: Message) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "minLength": 8, "maxLength": 200}}
    ]
    if it.by_system:
        parameters.append({"name": "system", "in": "query", "required": False, "schema": {"type": "string"}})
    problem = {"content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    note = "The codes of the message stand inside the answer, also where it is refused. Its layouts are those of the connector."
    return {
        "operationId": it.path.rpartition("/")[2],
        "tags": ["messages of partners"],
        "summary": it.summary,
        "description": f"{it.summary} {note} Authority: {it.may.value} ({MEANINGS[it.may]}).",
        "parameters": parameters,
        "requestBody": {"required": True, "content": _contents(it.takes)},
        "responses": {
            "200": {"description": "Decided.", "content": _contents(it.gives)},
            "202": {"description": "Kept, and not decided yet: look at the message.", **problem},
            "default": {"description": "Not taken, and why.", **problem},
        },
    }


def _contents(names: tuple[str, ...]) -> dict[str, Any]:
    """The bodies that these layouts read or write, by media type."""
    found: dict[str, Any] = {}
    for name in names:
        spec, _ = _library().spec(name)
        found[XML if spec.format == "xml" else JSON] = {"schema": {"title": name, **_described(spec)}}
    return found


@cache
def _library() -> Library:
    return Library(shipped_workspace() / "mappings")


def _described(spec: MappingSpec) -> dict[str, Any]:
    """What a layout reads or writes."""
    root, path = _Node(), _plain(_option(spec, "document"))
    documents = root.at(path) if path else root
    documents.many = bool(path)
    _grow(root, spec.head, spec)
    _grow(documents, spec.fields, spec)
    _grow(root, spec.tail, spec)
    is_xml = spec.format == "xml"
    schema = _schema(root, is_xml=is_xml)
    return {**schema, "xml": {"name": _option(spec, "root") or spec.name}} if is_xml else schema


def _grow(node: _Node, block: Block, spec: MappingSpec) -> None:
    """The places that the rules of a block name, by the first of their addresses."""
    for address, rules in block.rules.items():
        path = _plain(address)
        for rule in rules if path else ():
            place = node.at(path)
            place.many = place.many or rule.each is not None
            place.ours = place.ours or ", ".join(rule.fields or rule.const or ())
            for inner in _inside(rule, spec):
                _grow(place, inner, spec)


def _inside(rule: RuleSpec, spec: MappingSpec) -> Iterator[Block]:
    if rule.rules is not None:
        yield rule.rules
    if rule.use is not None and rule.use in spec.shared:
        yield spec.shared[rule.use]


def _schema(node: _Node, *, is_xml: bool) -> dict[str, Any]:
    inside = {name: it for name, it in node.inside.items() if name != "."}
    if inside:
        told: dict[str, Any] = {"type": "object", "properties": {it.lstrip("@"): _part(it, inside[it], is_xml=is_xml) for it in inside}}
    else:
        told = {"type": "string"} if is_xml else dict(SCALAR)
        told |= {"description": node.ours} if node.ours else {}
    return {"type": "array", "items": told} if node.many else told


def _part(name: str, node: _Node, *, is_xml: bool) -> dict[str, Any]:
    schema = _schema(node, is_xml=is_xml)
    return {**schema, "xml": {"attribute": True}} if name.startswith("@") else schema


def _option(spec: MappingSpec, name: str) -> str:
    """An option of the format, the first of several."""
    told = spec.options.get(name)
    first = next(iter(told), None) if isinstance(told, Series) else told
    return first.value if isinstance(first, Scalar) else ""


def _plain(address: str) -> str:
    """The first address of several, as it stands in a message that is as the specification says; nothing where it is searched for."""
    first = address.partition(" | ")[0].strip()
    return "" if any(sign in first for sign in ("*", "[", "#")) else first
