"""What stands on paper: one brand's part of a batch, as the store holds it when it is printed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from msgspec import Struct

from gateway.documents import Order
from gateway.domain.formats import Formats, of_vendor
from gateway.domain.reference import Brand, Organization, Vendor


class Content(Struct, frozen=True, kw_only=True):
    """The orders of one brand in one batch, with what is to be shipped of their lines (`to_ship`)."""

    batch: int
    replaces: int | None
    brand: Brand
    logo: bytes | None
    vendor: Vendor
    organization: Organization
    orders: tuple[Order, ...]
    made_at: datetime
    fonts: tuple[Path, ...] = ()
    """Fonts of this machine, for letters that our type lacks."""

    @property
    def title(self) -> str:
        """The batch, the brand's code with three digits where it is a number, and its name."""
        code = self.brand.code.zfill(3) if self.brand.code.isdigit() else self.brand.code
        return f"{self.batch}-{code} {self.brand.name}".rstrip()

    @property
    def formats(self) -> Formats:
        """How days and amounts stand on it."""
        return of_vendor(self.vendor, self.organization)

    @property
    def returns_to(self) -> str:
        """Where goods go back to, on one line: the vendor's return address, else its address; empty where nobody has told any."""
        found = self.vendor.return_address or self.vendor.address
        if found is None or not (found.address1 or found.city):
            return ""
        street = " ".join(filter(None, (found.address1, f"Apt {found.apartment}" if found.apartment else "")))
        city = " ".join(filter(None, (f"{found.city}," if found.city and found.region else found.city, found.region, found.postal_code)))
        parts = (
            found.company or self.vendor.name,
            street,
            found.address2,
            found.address3,
            found.address4,
            city,
            found.country,
            found.phone,
        )
        return ", ".join(part for part in parts if part)

    @property
    def is_graphical(self) -> bool:
        """With logo, shades and bar codes, or in plain type."""
        return self.vendor.pdf_form == "graphical"


class Printed(Struct, frozen=True):
    """A finished document. `unknown` counts the letters that no font has, `lacking` has each of them once.

    `of_readers` are the fonts that it only names: whoever opens it must have them.
    """

    body: bytes
    pages: int
    unknown: int = 0
    lacking: str = ""
    of_readers: tuple[str, ...] = ()
