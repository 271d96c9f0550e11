"""CreateDSVendor: the retailer's system tells a vendor, and overwrites what people have set of it here (sdf 8.1; codes DSV)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import to_builtins
from msgspec.structs import replace

from gateway.documents import Party
from gateway.documents import Vendor as Told
from gateway.domain.master import MasterChanged, MasterKind
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome, Verdict, refused
from gateway.domain.reference import Address, Reference, Vendor
from gateway.kernel.issues import Issue, Severity
from gateway.kernel.mailbox import read_mailboxes
from gateway.kernel.typed import convert


def tell_vendor(document: Told, *, reference: Reference, origin: Origin) -> Outcome:
    """Take what is told of a vendor; what is not told stays. Values that organization.yaml states stay, with a warning (DSV-111)."""
    issues = (*_faults(document, origin), *_without_origin(document, reference))
    if issues:
        return refused(*issues, key=document.code)
    vendor = reference.vendors.get(document.code)
    before = _words_of(vendor) if vendor is not None else {}
    told = {word: value for word, value in _told(document).items() if value != before.get(word)}
    fixed = reference.fixed.get((MasterKind.VENDOR.value, document.code), frozenset())
    kept = tuple([_kept(word, document.code) for word in told if word in fixed])
    if not told:
        text = f"vendor {document.code} is like that already"
        same = Issue("DSV-110", text, field="code", value=document.code, key=document.code, severity=Severity.WARNING)
        return Outcome(verdict=Verdict.DUPLICATE, key=document.code, issues=(same,))
    words = {word: value for word, value in told.items() if word not in fixed}
    change = MasterChanged(kind=MasterKind.VENDOR, code=document.code, words=words, base=before, new=vendor is None)
    return Outcome(
        verdict=Verdict.BOOKED,
        key=document.code,
        changes=(change,) if words else (),
        issues=kept,
        result="CREATED" if vendor is None else "",
    )


def _faults(document: Told, origin: Origin) -> Iterator[Issue]:
    if origin.vendor is not None:
        yield Issue("DSV-103", "a vendor's connection does not tell vendors", field="code", value=document.code)
    for word, text in (("code", document.code), ("name", document.name)):
        if not text.strip():
            yield Issue("DSV-101", f"the {word} is missing", field=word, kind="missing")
    if any(letter.isspace() or not letter.isprintable() for letter in document.code):
        yield Issue("DSV-102", "a code holds no blanks", field="code", value=document.code)
    for field, value in _texts(document):
        if not value.isprintable():
            yield Issue("DSV-102", "a value holds no line breaks or control characters", field=field, value=value)
    try:
        read_mailboxes(document.email or "")
    except ValueError as error:
        yield Issue("DSV-102", str(error), field="email", value=document.email or "")
    country = document.address.country if document.address is not None else None
    if country and not (country.isascii() and country.isalpha() and len(country) > 1):
        yield Issue("DSV-102", f"{country} is not a country code of two or three letters", field="address.country", value=country)


def _without_origin(document: Told, reference: Reference) -> Iterator[Issue]:
    """Shipping systems need to know where the goods of a vendor leave from."""
    if not reference.organization.shipping_integration:
        return
    fixed = reference.fixed.get((MasterKind.VENDOR.value, document.code), frozenset())
    vendor = reference.vendors.get(document.code) or Vendor(code=document.code)
    if document.address is not None and "address" not in fixed:
        vendor = replace(vendor, address=convert(_address_of(document.address), Address))
    if document.active is not None and "active" not in fixed:
        vendor = replace(vendor, active=document.active)
    for word in vendor.lacks_as_origin:
        text = f"shipping systems need {word} of the address of vendor {document.code} as origin, and it is not told"
        yield Issue("DSV-104", text, field=f"address.{word}", key=document.code, kind="missing")


def _texts(document: Told) -> Iterator[tuple[str, str]]:
    yield "name", document.name
    yield "contact", document.contact or ""
    if document.address is not None:
        for field, value in _address_of(document.address).items():
            yield f"address.{field}", value


def _told(document: Told) -> dict[str, object]:
    """The words that the message tells, as master data has them."""
    words: dict[str, object] = {"name": document.name}
    if document.contact is not None:
        words["contact"] = document.contact
    if document.email is not None:
        words["email"] = document.email
    if document.address is not None:
        words["address"] = _address_of(document.address) or None
    if document.active is not None:
        words["active"] = document.active
    return words


def _address_of(party: Party) -> dict[str, str]:
    address = Address(
        company=party.company or "",
        address1=party.address1 or "",
        apartment=party.apartment or "",
        address2=party.address2 or "",
        address3=party.address3 or "",
        address4=party.address4 or "",
        city=party.city or "",
        region=party.region or "",
        postal_code=party.postal_code or "",
        country=party.country or "",
        phone=party.day_phone or "",
    )
    plain: dict[str, str] = to_builtins(address)
    return plain


def _words_of(vendor: Vendor) -> dict[str, object]:
    """What a message could tell, as it is now."""
    return {
        "name": vendor.name,
        "contact": vendor.contact,
        "email": vendor.email,
        "address": None if vendor.address is None else to_builtins(vendor.address) or None,
        "active": vendor.active,
    }


def _kept(word: str, code: str) -> Issue:
    text = f"the {word} of vendor {code} is fixed in the configuration of the gateway and stays"
    return Issue("DSV-111", text, field=word, key=code, severity=Severity.WARNING)
