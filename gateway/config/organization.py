"""organization.yaml: systems, locations, brands, carriers with requirements, vendors with preferences (sdf 1, 8.1).

Tables are keyed by code, so no code can stand twice. What orders create by themselves goes to the store, not to this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field, model_validator

from gateway.config.channel import Times, User
from gateway.config.loader import Place, Source
from gateway.config.organization_words import (
    Address,
    Country,
    Currency,
    GenerateFormat,
    Language,
    Logo,
    Long,
    Name,
    Paper,
    PdfForm,
    Percent,
    Requirement,
    RetailerNotice,
    ShortCode,
    Step,
    Text,
    VendorNotice,
    Version,
    WeightUnit,
    Zone,
)
from gateway.config.portal_words import Announcement, Contact, PortalLogo, Refresh, TimeOut
from gateway.config.problems import Problem
from gateway.config.values import Age, Code, Count, Days, Flag, Model
from gateway.domain import reference
from gateway.domain.formats import DateFormat, NumberFormat, TimeFormat
from gateway.kernel.mailbox import read_mailboxes
from gateway.kernel.typed import convert
from gateway.kernel.yaml_text import unknown


class AddressForm(Model):
    """An address of a vendor."""

    company: Long = ""
    """By default the name of the vendor."""
    address1: Long = ""
    """First line."""
    apartment: Long = ""
    """Apartment or suite."""
    address2: Long = ""
    """Second line."""
    address3: Long = ""
    """Third line."""
    address4: Long = ""
    """Fourth line."""
    city: Long = ""
    """Town."""
    region: Long = ""
    """State or province."""
    postal_code: Long = ""
    """Postal code."""
    country: Country = ""
    """Code of two or three letters."""
    phone: Long = ""
    """Telephone."""


class OrganizationForm(Model):
    """The retailer's organization."""

    code: ShortCode
    """1 to 10 characters."""
    name: Name = ""
    """For screens; at most 35 characters."""
    account: Code = "LOCATE"
    """The destination that every message must name, compared without case."""
    currency: Currency = "USD"
    """For orders that name none."""
    lowest_version: Version = Decimal("4.5")
    """Messages of an older version are refused."""
    version_mandatory: Flag = False
    """Messages of a retailer without a version are refused, too; those of vendors always are."""
    lead_days: Days = 7
    """Days after its entry when a line without a due date is due; 365 at most."""
    zone: Zone = "UTC"
    """Of schedules that name none, and of the times that commands show to people."""
    weight_unit: WeightUnit = WeightUnit.LB
    """Of weights that name none."""
    email: Address = ""
    """Where the retailer's notices go; several are parted by commas."""
    notices: tuple[RetailerNotice, ...] = ()
    """Which e-mails the retailer gets; none by default. They need a connector with the transport `mail`."""
    language: Language = "en"
    """Of notices: a text `KIND.LANGUAGE.txt` is preferred to `KIND.txt`."""
    date_format: DateFormat = DateFormat.MONTH_FIRST
    """Of days in notices."""
    time_format: TimeFormat = TimeFormat.TWENTY_FOUR
    """Of times in notices."""
    number_format: NumberFormat = NumberFormat.POINT
    """Of amounts in notices."""
    retention_days: Age = 999
    """Days after its arrival when a closed order may lose its personal data."""
    keep_messages: Flag = False
    """Order and gift messages stay when the personal data of an order is erased."""
    paper: Paper = Paper.LETTER
    """The size of pack slips and pull sheets: letter or a4."""
    landing_refresh_minutes: Refresh = 15
    """Minutes after which a first page at the console shows itself anew; 999 at most."""
    time_out_minutes: TimeOut = 30
    """Minutes after which a session at the console ends when nobody does anything: 5 to 30; who may do grave things has 15 at most."""
    announcement: Announcement = ""
    """One line on top of every page for all who are signed in, of the retailer and of vendors; at most 500 characters."""
    contact_email: Contact = ""
    """Whom vendors ask, and who is stuck: at the foot of vendors' pages, at the login and where a page tells an error."""
    portal_logo: PortalLogo = ""
    """The https address of a PNG, JPEG or GIF picture at the head of vendors' pages, drawn 250 by 35."""
    shipping_integration: Flag = False
    """Shipping systems fetch what is to be shipped: every active vendor needs an address as origin."""


class SystemForm(Model):
    """An order-management system, or the default vendor system that vendors' messages name."""

    name: Text = ""
    """For screens."""
    vendor_default: Flag = False
    """The one system that messages of vendors name."""


class LocationForm(Model):
    """Where sales orders originate."""

    name: Text = ""
    """For screens and extracts."""
    system: Code
    """The system it belongs to."""


class BrandForm(Model):
    """A retail brand."""

    name: Text = ""
    """For screens, extracts and pack slips."""
    logo: Logo = ""
    """A PNG, JPEG or GIF file of the workspace for pack slips, such as logos/harbor.png; shown as large as 250 by 35 points allow."""


class CarrierForm(Model):
    """A ship via."""

    name: Text = ""
    """For screens and extracts."""
    active: Flag = True
    """Inactive carriers may still stand on orders and uploads."""
    requires: tuple[Requirement, ...] = ()
    """What every shipment must tell."""


class VendorForm(Model):
    """A supplier and its preferences (sdf 8.1)."""

    name: Text = ""
    """For screens and extracts."""
    email: Address = ""
    """Where notices go."""
    contact: Text = ""
    """Whom to ask."""
    active: Flag = True
    """Inactive vendors get no new orders."""
    integrated: Flag = False
    """May ask for its orders by message."""
    require_acknowledgement: Flag = False
    """A batch stays New Order until it is acknowledged."""
    most_orders_a_batch: Count = 500
    """The upper limit of one batch."""
    generate_format: GenerateFormat = GenerateFormat.BOTH
    """What a pack slip generation makes."""
    pdf_form: PdfForm = PdfForm.GRAPHICAL
    """The look of pack slips."""
    pull_sheet: Flag = False
    """Make pull sheets too."""
    print_extracts: Flag = False
    """Make slips, pull sheets and CSV of batches that go out as files at once too; without it when they are first asked for."""
    uses_invoicing: Flag = False
    """May send invoices."""
    require_invoice_number: Flag = False
    """A shipment must name its invoice."""
    invoice_number_length: Count | None = None
    """The most characters of an invoice number; none means no limit."""
    unit_cost_threshold: Percent | None = None
    """Percent; absent means no check, 0 that any difference is out of balance."""
    invoice_partial_shipments: Flag = False
    """Lines shipped in part may be billed."""
    submit_at_shipping: Flag = False
    """An invoice made by the number told with a shipment is handed in at once, not saved for changes."""
    ship_held_by_upload: Flag = True
    """An uploaded shipment ends the hold of a line."""
    ship_held_by_message: Flag = False
    """A shipment message ends the hold of a line."""
    implied_acknowledgement: Flag = False
    """A shipment before the acknowledgement acknowledges."""
    future_ship_days: Days = 1
    """How many days ahead a ship date, or the date of an invoice, may lie; 365 at most."""
    carriers: tuple[Code, ...] = ()
    """The carriers this vendor may use; none means all active ones."""
    user: User | None = None
    """Who its files act as; by default its code in small letters."""
    workflow: tuple[Step, ...] = ()
    """Steps of orders made by hand."""
    notices: tuple[VendorNotice, ...] = ()
    """Which e-mails the vendor gets, at `email`; none by default. They need a connector with the transport `mail`."""
    language: Language | None = None
    """Of notices; by default the organization's."""
    date_format: DateFormat | None = None
    """Of days in notices; by default the organization's."""
    time_format: TimeFormat | None = None
    """Of times in notices; by default the organization's."""
    number_format: NumberFormat | None = None
    """Of amounts in notices; by default the organization's."""
    address: AddressForm | None = None
    """Where the vendor is."""
    return_address: AddressForm | None = None
    """Where goods go back to; by default its address."""
    order_schedule: Times | None = None
    """When its orders are batched, besides the times of its channel: "06:00,12:00 mon-fri America/New_York"."""


class OrganizationFile(Model):
    """The whole file."""

    organization: OrganizationForm
    """The retailer."""
    systems: dict[Code, SystemForm] = Field(default_factory=dict)
    """By code."""
    locations: dict[Code, LocationForm] = Field(default_factory=dict)
    """By code."""
    brands: dict[Code, BrandForm] = Field(default_factory=dict)
    """By code."""
    carriers: dict[Code, CarrierForm] = Field(default_factory=dict)
    """By code."""
    vendors: dict[ShortCode, VendorForm] = Field(default_factory=dict)
    """By code."""

    @model_validator(mode="after")
    def _one_vendor_system(self) -> OrganizationFile:
        defaults = [code for code, system in self.systems.items() if system.vendor_default]
        if len(defaults) != 1:
            found = f"found {', '.join(defaults)}" if defaults else "found none"
            raise ValueError(f"exactly one system must be the default vendor system (vendor_default: true); {found}")
        if not self.brands:
            raise ValueError("at least one brand is needed under 'brands'")
        return self


def faults(source: Source[OrganizationFile]) -> tuple[Problem, ...]:
    """Codes that name nothing."""
    file = source.value
    found = [
        source.problem(("locations", code, "system"), unknown(location.system, file.systems, what="system"))
        for code, location in file.locations.items()
        if location.system not in file.systems
    ]
    found += [
        source.problem(("vendors", code, "carriers", number), unknown(carrier, file.carriers, what="carrier"))
        for code, vendor in file.vendors.items()
        for number, carrier in enumerate(vendor.carriers)
        if carrier not in file.carriers
    ]
    found += _without_origin(source)
    found += _unreachable(source, ("organization",), file.organization)
    for code, vendor in file.vendors.items():
        found += _unreachable(source, ("vendors", code), vendor)
    return tuple(found)


def _without_origin(source: Source[OrganizationFile]) -> Iterator[Problem]:
    """Addresses that shipping systems cannot take as origin; one that the file does not tell may be set in the store."""
    if not source.value.organization.shipping_integration:
        return
    for code, form in source.value.vendors.items():
        lacks = vendor_of(code, form).lacks_as_origin
        if form.address is not None and lacks:
            yield source.problem(("vendors", code, "address"), f"shipping systems need it as origin, and it lacks {', '.join(lacks)}")


def _unreachable(source: Source[OrganizationFile], place: Place, form: OrganizationForm | VendorForm) -> Iterator[Problem]:
    """Notices that could not be sent anywhere."""
    if not form.notices:
        return
    try:
        if not read_mailboxes(form.email):
            yield source.problem((*place, "notices"), "notices are switched on, but there is no address under 'email'")
    except ValueError as error:
        yield source.problem((*place, "email"), str(error))


def as_reference(file: OrganizationFile) -> reference.Reference:
    """The master data in the words of the rules; `fixed` are the words that the file states."""
    tables: dict[str, Mapping[str, Model]] = {
        "system": file.systems,
        "location": file.locations,
        "brand": file.brands,
        "carrier": file.carriers,
        "vendor": file.vendors,
    }
    fixed = {(table, code): frozenset(form.model_fields_set) for table, forms in tables.items() for code, form in forms.items()}
    return reference.Reference(
        organization=organization_of(file.organization),
        systems={code: system_of(code, form) for code, form in file.systems.items()},
        locations={code: location_of(code, form) for code, form in file.locations.items()},
        brands={code: brand_of(code, form) for code, form in file.brands.items()},
        carriers={code: carrier_of(code, form) for code, form in file.carriers.items()},
        vendors={code: vendor_of(code, form) for code, form in file.vendors.items()},
        fixed=fixed | {("organization", file.organization.code): frozenset(file.organization.model_fields_set)},
    )


def organization_of(form: OrganizationForm) -> reference.Organization:
    """The organization as the rules see it."""
    return convert(_plain(form), reference.Organization)


def system_of(code: str, form: SystemForm) -> reference.System:
    """A system as the rules see it."""
    return convert({"code": code, **_plain(form)}, reference.System)


def location_of(code: str, form: LocationForm) -> reference.Location:
    """A location as the rules see it."""
    return convert({"code": code, **_plain(form)}, reference.Location)


def brand_of(code: str, form: BrandForm) -> reference.Brand:
    """A brand as the rules see it."""
    return convert({"code": code, **_plain(form)}, reference.Brand)


def carrier_of(code: str, form: CarrierForm) -> reference.Carrier:
    """A carrier as the rules see it."""
    return reference.Carrier(
        code=code,
        name=form.name,
        active=form.active,
        requires_tracking=Requirement.TRACKING in form.requires,
        requires_weight=Requirement.WEIGHT in form.requires,
        requires_freight=Requirement.FREIGHT in form.requires,
    )


def vendor_of(code: str, form: VendorForm) -> reference.Vendor:
    """A vendor as the rules see it."""
    return convert({"code": code, **_plain(form)}, reference.Vendor)


def _plain(form: Model) -> dict[str, Any]:
    """The words that say something, as plain values; those that are absent take the defaults of the rules."""
    return form.model_dump(mode="json", exclude_none=True)
