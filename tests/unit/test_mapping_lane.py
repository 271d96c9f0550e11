"""The fast lane of plain rows says exactly what the general way says, about good files and bad ones."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping import Library, Mapping, Values
from gateway.mapping.assemble import Assembler
from gateway.mapping.lane import AT_ONCE
from gateway.mapping.reading import plain_fill

MAPPINGS = Path(__file__).parents[2] / "mappings"
LIBRARY = Library(MAPPINGS)
HEADING = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date"
GOOD = "AB10747,1,2,50,Track12155,2.34,1.23,2022-06-22"

ROWS = st.lists(
    st.one_of(
        st.just(GOOD),
        st.sampled_from(
            [
                "",
                ",1,2,50,T,2.34,1.23,2022-06-22",
                "ab1,,2,50,T,2.34,1.23,2022-06-22",
                "AB1,0,0,50,T,,,",
                "AB1,1,x,50,T;U;;,2.34,1.23,20220622",
                "AB1,1,2,50,T,2.34,1.23,06/22/2022,more",
                "AB1,1,2",
                ' AB1 , 1 , 2 , 50 , "a;b" , .5 , 1 ,2022-06-22T10:00:00',
                "AB1,1,2,50,T,2.34567,1.234,never",
                'AB1,1,2,50,"over\ntwo lines",2.34,1.23,2022-06-22',
                'AB1,1,2,50,"stays open,2.34',
                "AB1,1,2,50,T\x01,2.34,1.23,2022-06-22",
            ]
        ),
    ),
    max_size=12,
)


@pytest.mark.parametrize("name", ["shipments-csv", "shipments-csv-plain", "acknowledgement-csv"])
def test_layouts_of_plain_rows_take_the_fast_lane(name: str) -> None:
    assert has_lane(LIBRARY.get(name))


@pytest.mark.parametrize("name", ["invoices-csv", "createdsorder", "shipments-json"])
def test_other_layouts_do_not(name: str) -> None:
    assert not has_lane(LIBRARY.get(name))


@given(rows=ROWS, line_end=st.sampled_from(["\n", "\r\n"]), is_ended=st.booleans())
def test_both_ways_say_the_same(rows: list[str], line_end: str, is_ended: bool) -> None:
    text = line_end.join([HEADING, *rows]) + (line_end if is_ended else "")
    assert_same("shipments-csv", text.encode())


@pytest.mark.parametrize("bad", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE + 5])
def test_a_bad_row_is_told_wherever_it_stands(bad: int) -> None:
    rows = [GOOD] * (2 * AT_ONCE + 6)
    rows[bad] = "AB1,1,x,50,T,2.34,1.23,2022-06-22"
    assert_same("shipments-csv", "\n".join([HEADING, *rows, ""]).encode())


@pytest.mark.parametrize("broken", ['AB1,1,2,50,"stays open\n', 'AB1,"x"y,2\n', "AB1,\x01\n", "AB1,\xff\n"])
@pytest.mark.parametrize("before", [0, 3, AT_ONCE, AT_ONCE + 3])
def test_a_file_that_breaks_off_gives_the_rows_before(broken: str, before: int) -> None:
    assert_same("shipments-csv", ("\n".join([HEADING, *[GOOD] * before, ""]) + broken).encode("latin-1"))


def test_a_column_more_is_told_once() -> None:
    assert_same("shipments-csv", f"{HEADING},colour\n{GOOD},red\n{GOOD},blue\n".encode())


def test_a_mandatory_column_may_be_missing_from_the_file() -> None:
    assert_same("shipments-csv", b"po_number,po_line_number\nAB10747,1\n")


def test_a_file_without_heading_is_read_the_same() -> None:
    assert_same("shipments-csv-plain", f"{GOOD},74,257\n{GOOD},74,257\n".encode())


def has_lane(mapping: Mapping) -> bool:
    return mapping._reader is not None and mapping._reader.lane is not None


def assert_same(name: str, content: bytes) -> None:
    fast, general = LIBRARY.get(name), without_lane(name)
    assert has_lane(fast)
    assert not has_lane(general)
    assert list(fast.read(io.BytesIO(content), Values())) == list(general.read(io.BytesIO(content), Values()))


def without_lane(name: str) -> Mapping:
    """The mapping as it is compiled where somebody looks over its shoulder."""
    spec, _ = LIBRARY.spec(name)
    made = Assembler(spec, LIBRARY.tables, weight_unit="LB").assemble("", fill=partial(plain_fill))
    assert made.mapping is not None
    return made.mapping
