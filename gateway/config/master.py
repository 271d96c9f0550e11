"""Master data of the store laid over organization.yaml: words become what the rules see, and a value of the file always wins.

Every table has the words of its form in organization.yaml, so what can be declared can be set, shown and exported alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, get_origin

from msgspec import json
from pydantic import ValidationError

from gateway.config import organization as forms
from gateway.config.loader import known_words, words
from gateway.config.organization_words import Requirement, read_short_code
from gateway.config.values import Model
from gateway.config.values import read_code as read_any_code
from gateway.domain.master import MasterKind, Words
from gateway.domain.reference import Brand, Carrier, Location, Organization, Reference, System, Vendor
from gateway.kernel.errors import ConfigError
from gateway.kernel.typed import decode
from gateway.kernel.yaml_text import unknown

Entry = Organization | System | Location | Brand | Carrier | Vendor
E = TypeVar("E", Organization, System, Location, Brand, Carrier, Vendor)

FORMS: Mapping[MasterKind, type[Model]] = MappingProxyType(
    {
        MasterKind.ORGANIZATION: forms.OrganizationForm,
        MasterKind.SYSTEM: forms.SystemForm,
        MasterKind.LOCATION: forms.LocationForm,
        MasterKind.BRAND: forms.BrandForm,
        MasterKind.CARRIER: forms.CarrierForm,
        MasterKind.VENDOR: forms.VendorForm,
    }
)
"""The form of each table."""

ONLY_DECLARED: Mapping[MasterKind, frozenset[str]] = MappingProxyType(
    {MasterKind.ORGANIZATION: frozenset({"code"}), MasterKind.SYSTEM: frozenset({"vendor_default"})}
)
"""What organization.yaml alone may say: the code of the organization, and which system is the default vendor system."""

_MAKERS: Mapping[MasterKind, Callable[[str, Any], Any]] = MappingProxyType(
    {
        MasterKind.ORGANIZATION: lambda _, form: forms.organization_of(form),
        MasterKind.SYSTEM: forms.system_of,
        MasterKind.LOCATION: forms.location_of,
        MasterKind.BRAND: forms.brand_of,
        MasterKind.CARRIER: forms.carrier_of,
        MasterKind.VENDOR: forms.vendor_of,
    }
)
_REQUIREMENTS = tuple(requirement.value for requirement in Requirement)


def fixed_words(reference: Reference, kind: MasterKind, code: str) -> frozenset[str]:
    """The words of a code that only organization.yaml may change."""
    return frozenset(reference.fixed.get((kind.value, code), frozenset())) | ONLY_DECLARED.get(kind, frozenset())


def entry_of(reference: Reference, kind: MasterKind, code: str) -> Entry | None:
    """What the rules see under a code."""
    tables: Mapping[MasterKind, Mapping[str, Entry]] = {
        MasterKind.ORGANIZATION: {reference.organization.code: reference.organization},
        MasterKind.SYSTEM: reference.systems,
        MasterKind.LOCATION: reference.locations,
        MasterKind.BRAND: reference.brands,
        MasterKind.CARRIER: reference.carriers,
        MasterKind.VENDOR: reference.vendors,
    }
    return tables[kind].get(code)


def words_from(kind: MasterKind, entry: Entry | None) -> dict[str, Any]:
    """The words that say something else than their default, as plain values."""
    if entry is None:
        return {}
    plain: dict[str, Any] = decode(json.encode(entry))
    if kind is MasterKind.CARRIER:
        plain["requires"] = [word for word in _REQUIREMENTS if plain.pop(f"requires_{word}", False)]
    defaults = defaults_of(kind)
    return {word: value for word, value in plain.items() if word in defaults and _bare(value) != _bare(defaults[word])}


def defaults_of(kind: MasterKind) -> dict[str, Any]:
    """Every word of a table with the value that it has when nobody says anything."""
    form = FORMS[kind]
    told = form.model_construct().model_dump(mode="json")
    return {word: told.get(word) for word in form.model_fields}


def lists_of(kind: MasterKind) -> frozenset[str]:
    """The words of a table that hold several values."""
    return frozenset(word for word, field in FORMS[kind].model_fields.items() if get_origin(field.annotation) is tuple)


def laid(kind: MasterKind, code: str, *, base: E | None, stored: Words, fixed: frozenset[str]) -> E:
    """What the rules see: the stored words over those of the base, except where the file fixes them.

    A stored word that this version does not know, or does not take any more, counts as absent: reading master data never fails.
    """
    ours = {word: value for word, value in stored.items() if word not in fixed}
    told = {**words_from(kind, base), **ours}
    form = _form(kind, code, told)
    made: E = _MAKERS[kind](code, form)
    return made


def read_words(kind: MasterKind, code: str, given: Words, *, base: Words) -> dict[str, Any]:
    """The given words as they are stored, checked beside those that the code has; ConfigError with everything that is wrong."""
    form = FORMS[kind]
    known = known_words(form, ())
    problems = [unknown(word, known, what="word") for word in given if word not in known]
    told = {word: value for word, value in {**base, **given}.items() if word in known}
    try:
        read = form.model_validate(_with_code(kind, code, told))
    except ValidationError as error:
        problems += [f"{'.'.join(map(str, it['loc'])) or kind}: {words(it, known_words(form, it['loc'][:-1]))}" for it in error.errors()]
        raise ConfigError(*problems) from error
    if problems:
        raise ConfigError(*problems)
    return read.model_dump(mode="json", include=set(given), exclude_unset=True)


def read_code(kind: MasterKind, code: str) -> str:
    """The code as it is stored; ConfigError when it is none, or too long for its table."""
    try:
        return read_short_code(code) if kind in {MasterKind.ORGANIZATION, MasterKind.VENDOR} else read_any_code(code)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _form(kind: MasterKind, code: str, told: Words) -> Model:
    form = FORMS[kind]
    taken = {word: value for word, value in told.items() if word in form.model_fields}
    try:
        return form.model_validate(_with_code(kind, code, taken))
    except ValidationError as error:
        wrong = {it["loc"][0] for it in error.errors() if it["loc"]} & taken.keys()
        kept = {word: value for word, value in taken.items() if word not in wrong}
        return form.model_validate(_with_code(kind, code, kept)) if wrong else form.model_construct(None, **taken)


def _with_code(kind: MasterKind, code: str, told: Words) -> dict[str, Any]:
    return {**told, "code": code} if kind is MasterKind.ORGANIZATION else dict(told)


def _bare(value: Any) -> Any:
    """Absent, empty and full of absent things are the same."""
    if isinstance(value, dict):
        value = {word: inner for word, inner in ((word, _bare(inner)) for word, inner in value.items()) if inner is not None}
    return None if value in ("", [], (), {}) else value
