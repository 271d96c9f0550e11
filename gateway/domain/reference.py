"""Master data as the rules see it: organization, systems, locations, brands, carriers, vendors with preferences (sdf 1, 8.1)."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace


class System(Struct, frozen=True, kw_only=True, gc=False):
    """An order-management system or the default vendor system of the organization."""

    code: str
    name: str = ""
    vendor_default: bool = False


class Location(Struct, frozen=True, kw_only=True, gc=False):
    """Where sales orders originate, typically a distribution center; belongs to a system."""

    code: str
    name: str = ""
    system: str = ""


class Brand(Struct, frozen=True, kw_only=True, gc=False):
    """A retail brand; `logo` is a picture in the workspace, for pack slips."""

    code: str
    name: str = ""
    logo: str = ""


class Carrier(Struct, frozen=True, kw_only=True, gc=False):
    """A ship via, and what a shipment with it must tell."""

    code: str
    name: str = ""
    active: bool = True
    requires_tracking: bool = False
    requires_weight: bool = False
    requires_freight: bool = False


class Address(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where a vendor is, or where its goods go back to."""

    company: str = ""
    address1: str = ""
    apartment: str = ""
    address2: str = ""
    address3: str = ""
    address4: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""


NEEDED_OF_AN_ORIGIN = ("address1", "city", "postal_code", "country")
"""What shipping systems need of the address that goods leave from."""


class Vendor(Struct, frozen=True, kw_only=True, gc=False):
    """A supplier and the preferences of sdf 8.1 that batches, shipments and invoices need.

    `carriers` empty means all active carriers. `unit_cost_threshold` is a percentage; None means no check, 0 means any
    difference is out of balance. `invoice_number_length` None means no limit.
    """

    code: str
    name: str = ""
    email: str = ""
    contact: str = ""
    active: bool = True
    integrated: bool = False
    require_acknowledgement: bool = False
    most_orders_a_batch: int = 500
    generate_format: str = "both"
    pdf_form: str = "graphical"
    pull_sheet: bool = False
    print_extracts: bool = False
    uses_invoicing: bool = False
    require_invoice_number: bool = False
    invoice_number_length: int | None = None
    unit_cost_threshold: Decimal | None = None
    invoice_partial_shipments: bool = False
    submit_at_shipping: bool = False
    ship_held_by_upload: bool = True
    ship_held_by_message: bool = False
    implied_acknowledgement: bool = False
    future_ship_days: int = 1
    carriers: tuple[str, ...] = ()
    user: str = ""
    workflow: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    language: str = ""
    date_format: str = ""
    time_format: str = ""
    number_format: str = ""
    address: Address | None = None
    return_address: Address | None = None
    order_schedule: str = ""

    @property
    def integration_user(self) -> str:
        """The user that files of this vendor act as (sdf 11, Q14)."""
        return self.user or self.code.lower()

    @property
    def lacks_as_origin(self) -> tuple[str, ...]:
        """What its address lacks, so that a shipping system can take it as the origin of goods; nothing when nobody ships from there."""
        if not self.active:
            return ()
        return tuple(word for word in NEEDED_OF_AN_ORIGIN if not getattr(self.address, word, ""))


class Organization(Struct, frozen=True, kw_only=True, gc=False):
    """The retailer's organization: highest level of the data (sdf 1)."""

    code: str
    name: str = ""
    account: str = "LOCATE"
    currency: str = "USD"
    lowest_version: Decimal = Decimal("4.5")
    version_mandatory: bool = False
    lead_days: int = 7
    zone: str = "UTC"
    weight_unit: str = "LB"
    email: str = ""
    notices: tuple[str, ...] = ()
    language: str = "en"
    date_format: str = "MM/DD/YYYY"
    time_format: str = "24h"
    number_format: str = "1,234.56"
    retention_days: int = 999
    keep_messages: bool = False
    paper: str = "letter"
    landing_refresh_minutes: int = 15
    time_out_minutes: int = 30
    announcement: str = ""
    contact_email: str = ""
    portal_logo: str = ""
    shipping_integration: bool = False


class Reference(Struct, frozen=True, kw_only=True):
    """All master data at one instant. What a decision creates is added by `with_*`, so later documents see it.

    `items` and `vendor_items` (vendor, item) say what is known already; they spare work, the store decides. `fixed` says which
    words of a table (`vendor`) and code the configuration states: nothing else may change them.
    """

    organization: Organization
    systems: Mapping[str, System] = {}
    locations: Mapping[str, Location] = {}
    brands: Mapping[str, Brand] = {}
    carriers: Mapping[str, Carrier] = {}
    vendors: Mapping[str, Vendor] = {}
    items: AbstractSet[str] = frozenset()
    vendor_items: AbstractSet[tuple[str, str]] = frozenset()
    fixed: Mapping[tuple[str, str], AbstractSet[str]] = {}

    @property
    def vendor_system(self) -> System | None:
        """The default vendor system: the one vendor messages must name."""
        return next((system for system in self.systems.values() if system.vendor_default), None)

    def with_vendor(self, vendor: Vendor) -> Reference:
        """The same with this vendor added or replaced."""
        return replace(self, vendors={**self.vendors, vendor.code: vendor})

    def with_carrier(self, carrier: Carrier) -> Reference:
        """The same with this carrier added or replaced."""
        return replace(self, carriers={**self.carriers, carrier.code: carrier})
