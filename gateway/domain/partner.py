"""Who speaks for which vendor: the connector decides, the file may only agree (sdf 3.5, codes 3002 to 3005)."""

from __future__ import annotations

from msgspec import Struct

from gateway.documents import Envelope
from gateway.domain.header import has_header
from gateway.domain.origin import Origin
from gateway.domain.reference import Reference, Vendor
from gateway.kernel.issues import Issue


class Speaker(Struct, frozen=True, gc=False):
    """The vendor a document speaks for, or why it may not.

    `judge` is the vendor by which everything else in the document is judged even then, so that all that is wrong comes at once: the
    one whose connection it came by, so that nobody learns of another vendor's orders.
    """

    vendor: Vendor | None
    issues: tuple[Issue, ...] = ()
    judge: Vendor | None = None


def speaker(vendor: str | None, vendor_system: str | None, *, envelope: Envelope, reference: Reference, origin: Origin) -> Speaker:
    """The vendor of a vendor's document: a message with a header must name it and the default vendor system, a plain file need not."""
    issues: list[Issue] = []
    named = vendor or origin.vendor
    if not vendor and (not named or has_header(envelope)):
        issues.append(Issue("3002", "the vendor code is missing", field="vendor"))
    default = reference.vendor_system
    if not vendor_system:
        if has_header(envelope):
            issues.append(Issue("3003", "the vendor system code is missing", field="vendor_system"))
    elif vendor_system not in reference.systems:
        issues.append(Issue("3004", f"vendor system {vendor_system} is not known", field="vendor_system", value=vendor_system))
    elif default is not None and vendor_system != default.code:
        issues.append(_not_there(named or "", vendor_system))
    found = reference.vendors.get(named) if named else None
    if named and (found is None or (origin.vendor is not None and named != origin.vendor)) and not _told(issues, "3005"):
        issues.append(_not_there(named, vendor_system or (default.code if default else "")))
    judge = found if origin.vendor is None else reference.vendors.get(origin.vendor)
    return Speaker(None if issues else found, tuple(issues), judge)


def _not_there(vendor: str, system: str) -> Issue:
    """The same words whether there is no such vendor or it is somebody else's."""
    text = f"vendor {vendor} does not exist in system {system}, or this connection does not speak for it"
    return Issue("3005", text, field="vendor", value=vendor)


def _told(issues: list[Issue], code: str) -> bool:
    return any(issue.code == code for issue in issues)
