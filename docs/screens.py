"""`make screens`: pictures of the main pages for docs/howto/console.md, in a real browser, over a small day of our own making."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gateway.app import Gateway
from gateway.store.migrations import upgrade
from tests.chromium import Seat, chromium, seat
from tests.reader import add_people
from tests.town import Town

FOLDER = Path(__file__).parent / "howto/screens"
SHIPPED = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
DEAR = "HEADER,257,RP-1,DR,2022-06-22,,0,0,0,,0,0,0\nDETAIL,AB10747,1,3,9.99,0,0,0,\n"
PAGES = {
    "operator.one": {"today": "/", "message": "/messages/2"},
    "retailer.one": {"order": "/orders/AB10747?tab=history", "invoice": "/invoices/RP-1?vendor=257"},
    "vendor.257": {"vendor": "/", "ship": "/shipments/AB10747"},
}


def main() -> None:
    """Let the day happen, and take a picture of each page as who works on it."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/gateway.db"
        upgrade(url)
        town = Town(Path(folder) / "town", url)
        with (town.root / "gateway.toml").open("a") as settings:
            settings.write("[web]\nport = 0\n")
        with town.staying_open():
            _day(town)
            with town.gateway() as gateway:
                _take(gateway)


def _day(town: Town) -> None:
    sample = town.sample("createdsorder.xml")
    town.drop("in/oms/CDSO_1.xml", sample)
    town.once()
    town.drop("in/oms/CDSO_2.xml", sample.replace(b"10747", b"10750").replace(b"<brand_cd>1<", b"<brand_cd>7<"))
    town.drop("in/redpanda/ACK_1.csv", "vendor_code,batch_id\n257,1\n")
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", f"{SHIPPED}AB10747,1,3,50,1Z999AA10123456784,2.34,1.23,2022-06-22\n")
    town.once()
    town.drop("in/redpanda/INV_1.csv", DEAR)
    town.once()


def _take(gateway: Gateway) -> None:
    add_people(gateway)
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser, seat(gateway, browser) as here:
        for name, pages in PAGES.items():
            here.page.context.clear_cookies()
            here.sign_in(name)
            for file, path in pages.items():
                _picture(here, path, FOLDER / f"{file}.png")


def _picture(here: Seat, path: str, file: Path) -> None:
    here.open(path).screenshot(path=file, animations="disabled")


if __name__ == "__main__":
    main()
