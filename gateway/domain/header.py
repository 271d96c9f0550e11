"""The message header: destination, version and source, judged before anything in the file is (sdf 2.3, 3; codes DSO-002 to 004)."""

from __future__ import annotations

import re
from decimal import Decimal

from gateway.documents import Envelope
from gateway.domain.origin import Origin
from gateway.domain.reference import Organization, Reference
from gateway.kernel.issues import Issue

PLACE = "message header"
_VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")


def has_header(envelope: Envelope) -> bool:
    """Whether the document came with a message header; plain files and bare elements have none.

    Nor have interchanges, which tell whether they are tests: who they are from and for is judged before they are read (edi 9).
    """
    return envelope.test is None and bool(envelope.version or envelope.receiver or envelope.sender or envelope.sent_at)


def file_rules(envelope: Envelope, *, reference: Reference, origin: Origin) -> tuple[Issue, ...]:
    """What refuses a whole file: DSO-002 to 004 from a retailer, 3000 and 3001 from a vendor. For intake's first pass.

    A file without any header (CSV, UBL) has nothing to judge: its connector says who speaks.
    """
    if not has_header(envelope):
        return ()
    organization = reference.organization
    if origin.vendor is not None:
        destination = _destination(envelope, organization, "3000")
        found = [destination, _version(envelope, organization.lowest_version, "3001", mandatory=True)]
    else:
        destination = _destination(envelope, organization, "DSO-002")
        version = _version(envelope, organization.lowest_version, "DSO-003", mandatory=organization.version_mandatory)
        found = [destination, version, _sender(envelope, origin)]
    return tuple(issue for issue in found if issue is not None)


def _destination(envelope: Envelope, organization: Organization, code: str) -> Issue | None:
    receiver = (envelope.receiver or "").strip()
    if not receiver:
        return Issue(
            code, f"the destination is missing; it must be {organization.account}", PLACE, field="envelope.receiver", kind="missing"
        )
    if receiver.casefold() != organization.account.casefold():
        text = f"the destination {receiver} is not this account, {organization.account}"
        return Issue(code, text, PLACE, field="envelope.receiver", value=receiver[:80])
    return None


def _version(envelope: Envelope, lowest: Decimal, code: str, *, mandatory: bool) -> Issue | None:
    version = (envelope.version or "").strip()
    if not version:
        return Issue(code, "the version is missing", PLACE, field="envelope.version", kind="missing") if mandatory else None
    if _VERSION.fullmatch(version) is None or Decimal(version) < lowest:
        return Issue(code, f"version {version} is below {lowest}, the lowest accepted", PLACE, field="envelope.version", value=version[:80])
    return None


def _sender(envelope: Envelope, origin: Origin) -> Issue | None:
    source = (envelope.sender or "").strip()
    if origin.system is None or not source or source.casefold() == origin.system.casefold():
        return None
    text = f"the connector speaks for system {origin.system}, not for {source}"
    return Issue("DSO-004", text, PLACE, field="envelope.sender", value=source[:80])
