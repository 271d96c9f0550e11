"""Paper: pages that a warehouse can read, from the text and the pictures of the finished PDF."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
import reportlab
from msgspec.structs import replace
from pypdf import PdfReader

from gateway.documents import Customization, Order, Party
from gateway.domain.formats import DateFormat, NumberFormat
from gateway.domain.reference import Brand, Organization
from gateway.kernel.errors import ConfigError
from gateway.printing.content import Content, Printed
from gateway.printing.pull import pull_sheet, pulls
from gateway.printing.slip import slips
from tests.business import KETTLE, ORDER, RED_PANDA, TOTE

SENT = replace(ORDER, number="AB10747", lines=(replace(TOTE, to_ship=2, carrier_name="Home Delivery"), replace(KETTLE, to_ship=1)))


def content(*orders: Order, form: str = "graphical", logo: bytes | None = None, **preferences: object) -> Content:
    return Content(
        batch=443,
        replaces=None,
        brand=Brand(code="1", name="Red Panda"),
        logo=logo,
        vendor=replace(RED_PANDA, pdf_form=form, **preferences),
        organization=Organization(code="1", zone="UTC"),
        orders=orders,
        made_at=datetime(2022, 6, 21, 9, 0, tzinfo=UTC),
    )


def pages(printed: Printed) -> list[str]:
    found = [page.extract_text() for page in PdfReader(BytesIO(printed.body)).pages]
    assert len(found) == printed.pages
    return found


def test_a_slip_tells_everything_once() -> None:
    (page,) = pages(slips(content(SENT), "letter"))
    lines = page.splitlines()
    for told in (
        *("Red Panda", "PACK SLIP", "AB10747", "SHIP TO", "Byrd Imports Ltd", "1 Quay Road", "Dock 7", "SOLD TO", "Ms. Ariel Byrd"),
        *("12 Harbor Street Apt 4B", "Westborough, MA 01581", "Day: 508-555-0100", "00012025-001", "50 - Home Delivery", "06/28/2022"),
        *("443", "257 - Red Panda Outfitters", "DRP SHP ORD#00012025", "BX100 RED", "Vendor item V1000", "Tote bag, red", "MONO: ARB"),
        *("Customer asked for careful packing", "$ 14.99", "$ 29.98", "Thank you for your order.", "Questions? Call customer service."),
        *("Happy birthday!", "Pieces in this slip", "3", "$ 6.95", "$ 54.93", "Paid by MULTI PAY", "Purchase order AB10747, page 1 of 1"),
    ):
        assert told in lines, told


def test_the_cost_of_the_vendor_is_never_shown() -> None:
    (page,) = pages(slips(content(SENT), "letter"))
    assert "8.98" not in page
    assert "21.50" not in page


def test_a_price_that_nobody_told_stays_blank() -> None:
    (page,) = pages(slips(content(replace(SENT, lines=(TOTE, replace(KETTLE, retail_price=None)))), "letter"))
    assert "$ 14.99" in page
    assert "$ 44.97" in page
    assert "$ 0.00" not in page
    (page,) = pages(slips(content(replace(SENT, lines=(TOTE, replace(KETTLE, retail_price=Decimal(0))))), "letter"))
    assert "$ 0.00" in page


def test_a_gift_shows_no_money_at_all() -> None:
    (page,) = pages(slips(content(replace(SENT, gift=True)), "letter"))
    assert "PACK SLIP, GIFT" in page
    assert not [told for told in ("$", "14.99", "29.98", "6.95", "Price", "Amount", "Freight", "Paid", "Tax") if told in page]
    assert "Pieces in this slip" in page


def test_the_plain_form_has_no_pictures_and_no_bars() -> None:
    graphical, plain = slips(content(SENT), "letter"), slips(content(SENT, form="non-graphical"), "letter")
    assert set(pages(graphical)[0].splitlines()) == set(pages(plain)[0].splitlines())
    bars = [PdfReader(BytesIO(it.body)).pages[0].get_contents().get_data().count(b" re f") for it in (graphical, plain)]  # type: ignore[union-attr]  # there are some
    assert bars[0] > 40
    assert bars[1] == 0


@pytest.mark.parametrize(("paper", "size"), [("letter", (612, 792)), ("a4", (595, 842))])
def test_paper_has_the_size_of_the_organization(paper: str, size: tuple[int, int]) -> None:
    for printed in (slips(content(SENT), paper), pull_sheet(content(SENT), paper)):
        box = PdfReader(BytesIO(printed.body)).pages[0].mediabox
        assert (round(box.width), round(box.height)) == size


def test_many_lines_go_over_several_pages_each_with_its_head() -> None:
    many = replace(SENT, lines=tuple(replace(TOTE, number=n, item=f"ITEM-{n}", to_ship=1) for n in range(1, 61)))
    found = pages(slips(content(many, replace(SENT, number="AB10748")), "letter"))
    assert len(found) > 4
    last = len(found) - 1
    for number, page in enumerate(found[:-1], start=1):
        assert f"Purchase order AB10747, page {number} of {last}" in page
        assert "Quantity" in page
        assert number == 1 or "continued: Byrd Imports Ltd Ariel Byrd" in page
    assert "Purchase order AB10748, page 1 of 1" in found[-1]
    told = " ".join(found)
    assert all(f"ITEM-{n}" in told for n in range(1, 61))
    assert "Thank you for your order." in found[-2]


def test_long_texts_wrap_and_nothing_is_lost_even_over_pages() -> None:
    words = [f"word{n}" for n in range(900)]
    long = replace(
        TOTE, to_ship=1, description="x" * 120, messages=(" ".join(words),), customizations=(Customization(code="M", value="y" * 250),)
    )
    found = pages(slips(content(replace(SENT, lines=(long,), messages=(" ".join(words),) * 2)), "letter"))
    told = " ".join(found).split()
    assert len(found) > 1
    assert [word for word in told if word.startswith("word")] == words * 3
    assert sum(word.count("x") for word in told if set(word) == {"x"}) == 120
    assert sum(word.count("y") for word in told if set(word) == {"y"}) == 250


def test_latin_greek_and_cyrillic_names_are_printed_and_others_are_told() -> None:
    name = Party(company="Łódź Çağ AE", first_name="Γεωργία", last_name="Щербакова", address1="Straße 5")
    there = slips(content(replace(SENT, ship_to=name)), "letter")
    assert there.unknown == 0
    assert "Łódź Çağ AE" in pages(there)[0]
    assert "Γεωργία Щербакова" in pages(there)[0]
    strange = slips(content(replace(SENT, ship_to=replace(name, last_name="שלום"))), "letter")
    assert (strange.unknown, strange.lacking) == (4, "שלום")
    assert "Γεωργία ¤¤¤¤" in pages(strange)[0]
    assert "Letters that no font here has are shown as ¤; the CSV of the batch has them." in pages(strange)[0]


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("王小明", "STSong-Light"),
        ("臺灣鐵路", "STSong-Light"),
        ("やまだ太郎", "HeiseiMin-W3"),
        ("タナカ", "HeiseiMin-W3"),
        ("김민수", "HYSMyeongJo-Medium"),
    ],
)
def test_asian_names_are_printed_with_the_fonts_of_who_opens_the_page(name: str, font: str) -> None:
    there = slips(content(replace(SENT, ship_to=Party(company=f"Łódź {name} AE", address1="1 Quay Road"))), "letter")
    assert f"Łódź {name} AE" in pages(there)[0].replace("\n", "")
    assert (there.unknown, there.lacking, there.of_readers) == (0, "", (font,))
    assert "¤" not in pages(there)[0]
    sheet = pull_sheet(content(replace(SENT, lines=(replace(TOTE, to_ship=1, description=name),))), "a4")
    assert name in pages(sheet)[0].replace("\n", "")
    assert sheet.of_readers == (font,)


def test_long_asian_texts_wrap_and_nothing_is_lost() -> None:
    text = "包裹請放在門口並通知管理員謝謝" * 12
    found = "".join(pages(slips(content(replace(SENT, messages=(text,))), "letter"))).replace("\n", "")
    assert text in found


def test_a_font_of_this_machine_comes_before_those_of_readers() -> None:
    vera = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
    sign = "\u2204"  # there is none: a sign that ours and the Asian fonts lack
    strange = replace(SENT, ship_to=Party(company=f"There {sign} Co", address1="1 Quay Road"))
    assert slips(content(strange), "letter").lacking == sign
    there = slips(replace(content(strange), fonts=(vera,)), "letter")
    assert (there.unknown, there.of_readers) == (0, ())
    assert f"There {sign} Co" in pages(there)[0].replace("\n", "")
    with pytest.raises(ConfigError, match="must be a TrueType file"):
        slips(replace(content(strange), fonts=(Path("/no/such/font.ttf"),)), "letter")


def test_days_and_amounts_stand_as_the_vendor_reads_them() -> None:
    german = {"date_format": DateFormat.DOTTED, "number_format": NumberFormat.COMMA}
    priced = replace(SENT, currency="EUR", paid=Decimal("1054.93"))
    (page,) = pages(slips(content(priced, **german), "a4"))
    assert "28.06.2022" in page
    assert "€ 1.054,93" in page


def test_what_is_no_picture_is_no_logo() -> None:
    with pytest.raises(ConfigError, match="cannot be printed"):
        slips(content(SENT, logo=b"not a picture"), "letter")


def test_a_pull_sheet_sums_items_and_says_for_whom() -> None:
    two = content(SENT, replace(SENT, number="AB10748", location="200"))
    assert [(it.item, it.pieces, it.orders) for it in pulls(two.orders)] == [
        ("BX100 RED", 4, ("2 for AB10747, location 100", "2 for AB10748, location 200")),
        ("KT200", 2, ("1 for AB10747, location 100", "1 for AB10748, location 200")),
    ]
    (page,) = pages(pull_sheet(two, "letter"))
    assert "443-001 Red Panda" in page
    assert "2 orders, 6 pieces" in page
    assert "printed 06/21/2022 09:00 UTC, page 1 of 1" in page


def test_a_pull_sheet_of_many_orders_goes_over_pages() -> None:
    orders = [replace(SENT, number=f"N{n:04}") for n in range(120)]
    found = pages(pull_sheet(content(*orders), "letter"))
    assert len(found) > 2
    told = " ".join(found)
    assert all(told.count(f"for N{n:04},") == 2 for n in range(120))
    assert f"page {len(found)} of {len(found)}" in found[-1]
