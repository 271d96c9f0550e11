"""Files that a vendor hands in: read and booked like fetched ones, told row by row, given back to be mended; nobody else's are seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.desk.messages import show_message
from gateway.domain.access import EVERYTHING
from tests.reader import Reader, add_people, console
from tests.town import Town

HEAD = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,ship_date\n"
GOOD = "AB10747,1,1,50,1Z0,2022-06-23\n"
WRONG = "AB10747,2,99,50,1Z1,2022-06-23\n"
UNKNOWN = "NOSUCH,x,1,50,1Z2,2022-06-23\n"


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Town:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    return town


@pytest.fixture
def gateway(town: Town) -> Iterator[Gateway]:
    with town.gateway() as gateway:
        add_people(gateway)
        yield gateway


def hands_in(reader: Reader, channel: str, name: str, content: str) -> str:
    """The address of the file that was handed in, or the page that says why not."""
    answer = reader.hand_in("/uploads", {"channel": channel}, name, content.encode())
    return answer.headers.get("location") or answer.text


def test_a_file_is_booked_told_by_row_and_given_back_to_be_mended(gateway: Gateway) -> None:
    with console(gateway) as vendor:
        vendor.sign_in("vendor.257")
        place = hands_in(vendor, "redpanda/shipments", "C:\\mine\\SHIP_9.csv", HEAD + GOOD + WRONG + UNKNOWN)
        assert place.startswith("/uploads/"), place
        assert "It is being read" in vendor.get(place).text
        gateway.node().once()
        sheet = show_message(gateway.store, int(place.rpartition("/")[2]), scope=EVERYTHING)
        assert sheet.file == "SHIP_9.csv"
        assert [it.actor for it in sheet.events if it.event == "handed_in"] == ["vendor.257"]
        page = vendor.get(place).text
        assert "row 3" in page
        assert "NOSUCH" in page  # which waits for its order
        rows = vendor.get(f"{place}/rows")
        assert rows.headers["content-disposition"].endswith('-to-mend.csv"')
        assert WRONG.strip() in rows.text.replace('"', "")
        assert "1Z0" not in rows.text
        assert "SHIP_9.csv" in vendor.get("/uploads?taken=no").text

        again = hands_in(vendor, "redpanda/shipments", "SHIP_9.csv", HEAD + GOOD + WRONG + UNKNOWN)
        gateway.node().once()
        assert "The same bytes came before" in vendor.get(again).text
    with console(gateway) as other:
        other.sign_in("vendor.310")
        assert "SHIP_9.csv" not in other.get("/uploads").text
        assert other.get(place).status_code == 404
        assert other.get(f"{place}/rows").status_code == 404
        assert "choose what the file is" in hands_in(other, "redpanda/shipments", "SHIP_9.csv", HEAD)


def test_what_cannot_be_handed_in_is_told_with_the_form(gateway: Gateway) -> None:
    with console(gateway) as vendor:
        vendor.sign_in("vendor.257")
        assert "choose a file" in vendor.post("/uploads", {"channel": "redpanda/shipments"}).text
        for name, content, told in (
            ("SHIP_1.exe", HEAD, "takes files that end with .csv"),
            (".csv", HEAD, "not begin with a dot"),
            ("SHIP_1.csv", "", "is empty"),
        ):
            assert told in hands_in(vendor, "redpanda/shipments", name, content), name
        assert hands_in(vendor, "redpanda/shipments", "SHIP_2.csv", "<not/>a,file\n").startswith("/uploads/")
        gateway.node().once()
        assert "SHIP_2.csv" in vendor.get("/uploads?taken=no").text
    with console(gateway) as retailer:
        retailer.sign_in("retailer.one")
        assert retailer.get("/uploads").status_code == 403
