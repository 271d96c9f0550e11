"""Control numbers of what we send: without gap, never twice, compared when the item is stored, starting anew after the highest."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from gateway.config.edi import EdifactProfile, X12Profile
from gateway.formats.edi.writer import SetOut, write
from gateway.outgoing.numbered import Expected, all_partners, expect_for, partners_of
from gateway.store import Store, Tx, consistency, counters, outbox, tables
from gateway.store.counters import Outdated
from gateway.store.outbox import NewItem
from tests.storehouse import NOON

X12 = X12Profile.model_validate(
    {"ours": {"id": "RETAILER"}, "theirs": [{"id": "PANDA"}, {"id": "123", "qualifier": "01"}], "version": "004010"}
)
EDIFACT = EdifactProfile.model_validate({"ours": {"id": "R", "qualifier": "14"}, "theirs": {"id": "V"}, "version": "D.96A"})


def rendered(expected: Expected, sets: int = 1) -> bytes:
    target = BytesIO()
    write(expected.envelope, [(expected.kind, [SetOut(expected.type, [["BEG", "00"]])] * sets)], target)
    return target.getvalue()


def expected(store: Store, type_: str = "850", profile: X12Profile | EdifactProfile = X12) -> Expected:
    with store.reading() as connection:
        return expect_for(profile, type_, connection, at=NOON)


def keep(store: Store, found: Expected, cause: str, *, days: int = 0) -> int:
    with store.transaction() as tx:
        return outbox.make(tx, item(found, cause, days=days))


def item(found: Expected, cause: str, *, days: int = 0) -> NewItem:
    return NewItem(
        idem=cause,
        connector="panda",
        channel="orders",
        kind="batch",
        file_name=cause.encode(),
        sha256="a" * 64,
        size=1,
        archive_key="a" * 64,
        made_at=NOON + timedelta(days=days),
        numbers=found.numbers,
        sets=found.sets,
    )


def made(store: Store, cause: str, *, sets: int = 1, type_: str = "850", days: int = 0) -> tuple[int, int, tuple[str, ...]]:
    found = expected(store, type_)
    rendered(found, sets)
    keep(store, found, cause, days=days)
    return found.envelope.control, found.envelope.group_control, tuple(one.number for one in found.sets)


def test_numbers_of_all_three_levels_follow_each_other_without_gap(store: Store) -> None:
    assert made(store, "one", sets=2) == (1, 1, ("0001", "0002"))
    assert made(store, "two", type_="860") == (2, 1, ("0001",))
    assert made(store, "three") == (3, 2, ("0003",))
    with store.reading() as connection:
        assert not consistency.differences(connection)


def test_who_comes_second_with_the_same_numbers_renders_again(store: Store) -> None:
    first, second = expected(store), expected(store)
    rendered(first)
    rendered(second)
    keep(store, first, "one")
    with pytest.raises(Outdated):
        keep(store, second, "two")
    assert made(store, "two") == (2, 2, ("0002",))


def test_numbers_of_a_file_that_was_not_stored_are_used_by_the_next(store: Store) -> None:
    rendered(expected(store), 7)
    assert made(store, "one") == (1, 1, ("0001",))


def test_tests_and_other_partners_have_numbers_of_their_own(store: Store) -> None:
    made(store, "one")
    for profile in (X12.model_copy(update={"test": True}), EDIFACT):
        with store.reading() as connection:
            assert expect_for(profile, "850", connection, at=NOON).envelope.control == 1


def test_the_sets_of_an_item_are_known_by_the_numbers_partners_will_name(store: Store) -> None:
    made(store, "one", sets=2)
    with store.reading() as connection:
        rows = connection.execute(select(tables.edi_set).order_by(tables.edi_set.c.place)).all()
    assert [(row.group_kind, row.group_number, row.type, row.number, row.verdict) for row in rows] == [
        ("PO", "1", "850", "0001", None),
        ("PO", "1", "850", "0002", None),
    ]


def test_edifact_messages_have_no_group(store: Store) -> None:
    found = expected(store, "ORDERS", EDIFACT)
    assert b"UNH+1+ORDERS:D:96A:UN'" in rendered(found)
    keep(store, found, "one")
    assert expected(store, "ORDERS", EDIFACT).envelope.control == 2


def forced(tx: Tx, name: str, last: int) -> None:
    counters.ensure(tx, name)
    tx.connection.execute(tables.counter.update().where(tables.counter.c.name == name).values(last=last))


def test_after_the_highest_number_comes_the_first_again(store: Store) -> None:
    made(store, "one")
    name = partners_of(X12).interchanges
    with store.transaction() as tx:
        forced(tx, name, counters.MOST)
    assert made(store, "two", days=400)[0] == 1
    with store.reading() as connection:
        owner = connection.execute(select(tables.outbox_number.c.item_id).where(tables.outbox_number.c.counter == name)).scalars().all()
    assert len(owner) == 1


def test_sets_count_on_over_the_highest_number(store: Store) -> None:
    with store.transaction() as tx:
        forced(tx, partners_of(X12).sets("850"), counters.MOST - 1)
    assert made(store, "one", sets=2)[2] == ("999999999", "0001")
    assert made(store, "two")[2] == ("0002",)


def test_every_pair_of_ids_is_asked_when_an_answer_comes() -> None:
    assert [it.name for it in all_partners(X12)] == [
        "edi:x12:ZZ/RETAILER>ZZ/PANDA:P",
        "edi:x12:ZZ/RETAILER>ZZ/PANDA:T",
        "edi:x12:ZZ/RETAILER>01/123:P",
        "edi:x12:ZZ/RETAILER>01/123:T",
    ]


def test_pairs_of_tests_are_asked_too_whatever_is_in_use_now() -> None:
    profile = X12Profile.model_validate({**X12.model_dump(), "theirs": {"id": "PANDA"}, "tests": {"ours": {"id": "RTEST"}}})
    assert sorted(it.name.removeprefix("edi:x12:") for it in all_partners(profile)) == [
        "ZZ/RETAILER>ZZ/PANDA:P",
        "ZZ/RETAILER>ZZ/PANDA:T",
        "ZZ/RTEST>ZZ/PANDA:P",
        "ZZ/RTEST>ZZ/PANDA:T",
    ]


def first_is(interchange: int, group: int, set_: int, **more: object) -> X12Profile:
    firsts = {"interchange": interchange, "group": group, "set": set_}
    return X12Profile.model_validate({**X12.model_dump(), "first_numbers": firsts, **more})


def test_production_begins_with_the_numbers_that_are_agreed_and_tests_with_1(store: Store) -> None:
    profile = first_is(4712, 388, 21)
    found = expected(store, profile=profile)
    rendered(found, 2)
    keep(store, found, "one")
    assert (found.envelope.control, found.envelope.group_control, [it.number for it in found.sets]) == (4712, 388, ["0021", "0022"])
    following = expected(store, profile=profile)
    assert (following.envelope.control, following.envelope.group_control, following.envelope.first_set) == (4713, 389, 23)
    assert expected(store, profile=first_is(4712, 388, 21, test=True)).envelope.control == 1
    with store.reading() as connection:
        assert not consistency.differences(connection)


def test_of_two_that_begin_at_once_one_renders_again(store: Store) -> None:
    profile = first_is(4712, 388, 21)
    first, second = expected(store, profile=profile), expected(store, profile=profile)
    for found in (first, second):
        rendered(found)
    keep(store, first, "one")
    with pytest.raises(Outdated):
        keep(store, second, "two")
    assert expected(store, profile=profile).envelope.control == 4713


def test_the_highest_first_number_is_followed_by_1(store: Store) -> None:
    profile = first_is(counters.MOST, 1, 1)
    found = expected(store, profile=profile)
    rendered(found)
    keep(store, found, "one")
    assert (found.envelope.control, expected(store, profile=profile).envelope.control) == (counters.MOST, 1)


def test_another_kind_of_group_than_expected_is_never_stored(store: Store) -> None:
    found = expected(store)
    target = BytesIO()
    write(found.envelope, [("IN", [SetOut("850", [["BEG"]])])], target)
    with pytest.raises(Exception, match="the numbers were for PO/850, written was IN/850"):
        item(replace(found), "one")
