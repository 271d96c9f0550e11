"""Values of master data changed, set back, and codes added; what organization.yaml says is changed there (sdf 8.1)."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING

from gateway.desk import master as desk
from gateway.desk.acting import Mode
from gateway.desk.master import Edited, WordSheet
from gateway.desk.preferences import OWN
from gateway.domain.access import Authority
from gateway.domain.master import MasterKind
from gateway.domain.reference import Address
from gateway.kernel.errors import NotFound
from gateway.kernel.yaml_text import unknown
from gateway.web import listing
from gateway.web.acts import Act, Deed, Effect, Field, Run, declare_deeds
from gateway.web.office import books_of, kind_of
from gateway.web.routes import Routes, segment

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
ADDRESSES = frozenset({"address", "return_address"})
WHETHER = (("true", "yes"), ("false", "no"))


def path_of(kind: MasterKind, code: str) -> str:
    """The page of a code."""
    return f"/administration/master/{kind.value}/{segment(code)}"


def _add(visit: Visit) -> tuple[Act, Run]:
    kind = kind_of(visit)
    fields = (Field(name="code", label="Code", required=True, most=35), Field(name="name", label="Name", most=60))
    act = Act(title=f"Add a {kind.value}", verb="Add", fields=fields)

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        name = visit.field("name")
        code = visit.field("code")
        desk.add_entry(books_of(visit), kind, code, {"name": name} if name else {}, reason=reason, mode=mode)
        is_ = "would be" if mode is Mode.REHEARSAL else "is"
        return (Effect(name=f"{kind.value} {code}", path="" if mode is Mode.REHEARSAL else path_of(kind, code), told=f"{is_} added"),)

    return act, run


def _set(visit: Visit, kind: MasterKind, code: str, word: WordSheet, *, path: str) -> tuple[Act, Run]:
    act = Act(title=f"{_words(word.word)} of {kind.value} {code}", verb="Change", fields=_fields(word))

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        books = books_of(visit)
        given = desk.read_values(books, kind, code, [f"{it.name}={visit.field(it.name)}" for it in act.fields])
        return _effects(desk.set_words(books, kind, code, given, reason=reason, mode=mode), path)

    return act, run


def _reset(visit: Visit, kind: MasterKind, code: str, word: WordSheet, *, path: str) -> tuple[Act, Run]:
    act = Act(title=f"{_words(word.word)} of {kind.value} {code}: as before anybody set it", verb="Set back")

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        return _effects(desk.set_words(books_of(visit), kind, code, {}, reset=(word.word,), reason=reason, mode=mode), path)

    return act, run


def _fields(word: WordSheet) -> tuple[Field, ...]:
    """One field; of an address one for each part."""
    if word.word in ADDRESSES:
        told = word.value or {}
        return tuple(
            Field(name=f"{word.word}.{it}", label=_words(it), most=60, default=told.get(it) or "") for it in Address.__struct_fields__
        )
    if isinstance(word.value, bool):
        return (Field(name=word.word, label=_words(word.word), kind="select", options=WHETHER, default=str(word.value).lower()),)
    several = isinstance(word.value, list)
    now = ",".join(map(str, word.value)) if several else "" if word.value is None else str(word.value)
    return (Field(name=word.word, label=_words(word.word) + (", parted by commas" if several else ""), most=500, default=now),)


def _effects(done: Edited, path: str) -> tuple[Effect, ...]:
    changed = tuple(
        Effect(name=f"{it.kind.value} {it.code}: {_words(it.word)}", path=path, told=f"{_plain(it.before)} → {_plain(it.after)}")
        for it in done.changes
    )
    notes = tuple(Effect(name="mind", path="", told=it) for it in done.notes)
    return (*changed, *notes) or (Effect(name=f"{done.kind.value} {done.code}", path=path, told="nothing is different"),)


def _plain(value: object) -> str:
    match value:
        case None | "" | []:
            return "nothing"
        case list():
            return ", ".join(map(str, value))
        case dict():
            return ", ".join(str(it) for it in value.values() if it) or "nothing"
        case _:
            return str(value)


def _words(word: str) -> str:
    return word.replace("_", " ")


def _one(visit: Visit, how: Callable[..., tuple[Act, Run]]) -> tuple[Act, Run]:
    """An act on a word of a code of any table."""
    kind, code = kind_of(visit), visit.path["code"]
    return how(visit, kind, code, _word(visit, kind, code), path=path_of(kind, code))


def _own(visit: Visit) -> tuple[Act, Run]:
    """A vendor changes a word of its own."""
    code = visit.scope.vendor or listing.text(visit, "vendor", most=10) or ""
    if (listing.text(visit, "word") or "") not in OWN:
        raise NotFound("that is not a vendor's own to set", remedy="Choose one of those at /preferences.")
    return _set(visit, MasterKind.VENDOR, code, _word(visit, MasterKind.VENDOR, code), path="/preferences")


def _word(visit: Visit, kind: MasterKind, code: str) -> WordSheet:
    sheet, wanted = desk.show_entry(books_of(visit), kind, code), listing.text(visit, "word") or ""
    found = next((it for it in sheet.words if it.word == wanted), None)
    if found is None:
        raise NotFound(
            unknown(wanted, [it.word for it in sheet.words], what="word"), remedy=f"Choose one of those at {path_of(kind, code)}."
        )
    return found


NEW = MappingProxyType({"add": Deed(Authority.MASTER_DATA, "Add", _add)})
WORDS = MappingProxyType(
    {
        "set": Deed(Authority.MASTER_DATA, "Change", lambda visit: _one(visit, _set)),
        "reset": Deed(Authority.MASTER_DATA, "Set back", lambda visit: _one(visit, _reset)),
    }
)
PREFERENCES = MappingProxyType({"set": Deed(Authority.CONFIGURATION, "Change", _own)})
declare_deeds(ROUTES, "/administration/master/{kind}/acts", NEW)
declare_deeds(ROUTES, "/administration/master/{kind}/{code}/acts", WORDS)
declare_deeds(ROUTES, "/preferences/acts", PREFERENCES)
