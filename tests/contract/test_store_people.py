"""People, links, failures, sessions, keys and the record of what concerns security, as both databases keep them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from gateway.domain.access import BUILT_IN, Account, Authority, Role, Staff
from gateway.domain.authority import VendorUser
from gateway.domain.origin import Origin, Via
from gateway.store import Store, Tx, api_answers, api_keys, audit, logins, staff, tables, vendor_users, web_sessions
from gateway.store.api_keys import ApiKey
from gateway.store.audit import AuditSearch
from gateway.store.faults import BadData, Rule
from gateway.store.logins import Failures, Login, Taste
from gateway.store.web_sessions import Session
from tests.storehouse import NOON, write

T = TypeVar("T")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANNA = Staff(id="anna.k", name="Anna", email="anna@shop.example", roles=("auditor",))
LEE = VendorUser(id="lee.panda", vendor="257", name="Lee")
OFFICE = Origin(user="root", via=Via.SCREEN)
SUBJECTS = (("account", "a"), ("both", "a s"), ("source", "s"))


def read(store: Store, look: Callable[[Any], T]) -> T:
    with store.reading() as connection:
        return look(connection)


def at_once(*acts: Callable[[], T]) -> list[T]:
    """Every act in a thread of its own."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return [it.result() for it in [pool.submit(act) for act in acts]]


# --- people ------------------------------------------------------------------------------------------------------------------


def test_people_and_roles_come_back_as_they_were_kept(store: Store) -> None:
    night = Role(name="night", meaning="Looks at night", authorities=(Authority.ORDERS, Authority.FILES))
    assert write(store, lambda tx: staff.add(tx, ANNA, at=NOON))
    write(store, lambda tx: staff.keep_role(tx, night, at=NOON))
    write(store, lambda tx: staff.keep_role(tx, replace(night, meaning="Other"), at=NOON))
    write(store, lambda tx: staff.change(tx, replace(ANNA, active=False, roles=("night",)), at=NOON))
    assert read(store, staff.found) == (replace(ANNA, active=False, roles=("night",)),)
    assert read(store, staff.roles) == {**BUILT_IN, "night": replace(night, meaning="Other")}
    assert read(store, lambda it: staff.account(it, "anna.k")) is None
    write(store, lambda tx: staff.change(tx, replace(ANNA, roles=("night",)), at=NOON))
    account = read(store, lambda it: staff.account(it, "anna.k"))
    assert account is not None
    assert account.authorities == set(night.authorities)
    assert write(store, lambda tx: (staff.drop_role(tx, "night"), staff.drop_role(tx, "night"))) == (True, False)


def test_an_id_belongs_to_one_person_be_it_of_the_retailer_or_of_a_vendor(store: Store) -> None:
    def add_lee(user: VendorUser) -> bool:
        return write(store, lambda tx: vendor_users.add(tx, user, origin=OFFICE, reason="", at=NOON))

    assert write(store, lambda tx: staff.add(tx, ANNA, at=NOON))
    assert add_lee(LEE)
    assert not write(store, lambda tx: staff.add(tx, ANNA, at=NOON))
    assert not write(store, lambda tx: staff.add(tx, replace(ANNA, id=LEE.id), at=NOON))
    assert not add_lee(LEE)
    assert not add_lee(VendorUser(id=ANNA.id, vendor="257", name="Lee"))
    assert read(store, lambda it: [staff.is_taken(it, name) for name in (ANNA.id, LEE.id, "nobody")]) == [True, True, False]


def test_two_who_take_the_same_id_at_once_do_not_both_get_it(store: Store) -> None:
    for n in range(5):
        took = at_once(
            lambda n=n: store.attempt(lambda tx: staff.add(tx, replace(ANNA, id=f"same{n}"), at=NOON)),
            lambda n=n: store.attempt(
                lambda tx: vendor_users.add(tx, VendorUser(id=f"same{n}", vendor="257", name="Lee"), origin=OFFICE, reason="", at=NOON)
            ),
        )
        assert sorted(took) == [False, True]


# --- logins and links --------------------------------------------------------------------------------------------------------


def test_a_login_keeps_what_is_put_and_tells_no_secret(store: Store) -> None:
    write(store, lambda tx: logins.put(tx, "anna.k", password="HASH", password_at=NOON, taste=Taste(zone="Europe/Berlin")))
    write(store, lambda tx: logins.put(tx, "anna.k", factor="SECRET", factor_at=NOON))
    kept = read(store, lambda it: logins.get(it, "anna.k"))
    assert kept == Login(
        user_id="anna.k", password="HASH", password_at=NOON, factor="SECRET", factor_at=NOON, taste=Taste(zone="Europe/Berlin")
    )
    assert kept.has_factor
    assert "HASH" not in repr(kept)
    assert "SECRET" not in repr(kept)
    assert read(store, lambda it: logins.get(it, "nobody")) is None


def test_only_a_real_password_counts_as_somebody(store: Store) -> None:
    write(store, lambda tx: logins.put(tx, "lee.panda", password="HASH", demo=True))
    write(store, lambda tx: logins.claim(tx, "nina1"))
    assert not read(store, logins.anybody)
    write(store, lambda tx: logins.put(tx, "anna.k", password="HASH"))
    assert read(store, logins.anybody)


def test_a_step_of_the_second_factor_counts_once_and_never_goes_back(store: Store) -> None:
    write(store, lambda tx: logins.claim(tx, "anna.k"))
    used = [write(store, lambda tx, step=step: logins.use_factor_step(tx, "anna.k", step)) for step in (7, 7, 6, 8, 7)]
    assert used == [True, False, False, True, False]
    both = at_once(*[lambda: store.attempt(lambda tx: logins.use_factor_step(tx, "anna.k", 9))] * 4)
    assert sorted(both) == [False, False, False, True]


def test_a_link_works_once_for_its_purpose_until_it_ends_or_a_newer_one_is_made(store: Store) -> None:
    def make(digest: str, user: str = "anna.k") -> None:
        write(store, lambda tx: logins.make_link(tx, digest, purpose="password", user_id=user, ends_at=NOON + DAY))

    def use(digest: str, purpose: str = "password", at: timedelta = MINUTE) -> str | None:
        return write(store, lambda tx: logins.use_link(tx, digest, purpose=purpose, now=NOON + at))

    make("old")
    make("of lee", "lee.panda")
    make("new")
    assert (use("old"), use("new", "setup"), use("new", at=DAY), use("guess")) == (None, None, None, None)
    assert (use("new"), use("new"), use("of lee")) == ("anna.k", None, "lee.panda")


def test_of_two_who_use_a_link_at_once_one_does(store: Store) -> None:
    for n in range(5):
        write(store, lambda tx, n=n: logins.make_link(tx, f"d{n}", purpose="password", user_id="anna.k", ends_at=NOON + DAY))
        uses = [lambda n=n: store.attempt(lambda tx: logins.use_link(tx, f"d{n}", purpose="password", now=NOON))] * 3
        assert sorted(at_once(*uses), key=str) == [None, None, "anna.k"]


# --- failures ----------------------------------------------------------------------------------------------------------------


def test_tries_at_the_same_time_are_counted_one_by_one(store: Store) -> None:
    def one() -> None:
        def work(tx: Any) -> None:
            known = logins.failures(tx, SUBJECTS, at=NOON)
            for subject in SUBJECTS:
                logins.count(tx, subject, failures=known[subject[0]].failures + 1, at=NOON, wait=MINUTE)

        store.attempt(work)

    at_once(*[one] * 6)
    found = write(store, lambda tx: logins.failures(tx, SUBJECTS, at=NOON + HOUR))
    assert found == {kind: Failures(6, NOON, NOON + MINUTE) for kind in ("account", "both", "source")}


def test_failures_are_taken_back_forgiven_and_forgotten(store: Store) -> None:
    def counted(tx: Any) -> None:
        logins.failures(tx, SUBJECTS, at=NOON)
        for subject in SUBJECTS:
            logins.count(tx, subject, failures=4, at=NOON, wait=MINUTE)
        logins.take_back(tx, ("both", "a s"), at=NOON)
        logins.take_back(tx, ("source", "s"), at=NOON - MINUTE)
        logins.forgive(tx, ("account", "a"))

    write(store, counted)
    assert write(store, lambda tx: logins.failures(tx, SUBJECTS, at=NOON)) == {
        "account": Failures(0, NOON, NOON),
        "both": Failures(3, NOON, NOON),
        "source": Failures(3, NOON, NOON + MINUTE),
    }
    write(store, lambda tx: logins.make_link(tx, "d", purpose="setup", user_id="", ends_at=NOON + DAY))
    assert write(store, lambda tx: logins.sweep(tx, before=NOON, now=NOON + HOUR)) == 0
    assert write(store, lambda tx: logins.sweep(tx, before=NOON + HOUR, now=NOON + DAY)) == 4


# --- sessions, keys, answers -------------------------------------------------------------------------------------------------


def a_session(user: str = "anna.k") -> Session:
    return Session(
        id=0, user_id=user, form_token="F", step="full", made_at=NOON, seen_at=NOON, ends_at=NOON + HOUR, source="192.0.2.1", agent="B"
    )


def test_sessions_are_found_by_their_hash_ended_and_swept(store: Store) -> None:
    ids = [write(store, lambda tx, n=n: web_sessions.add(tx, f"d{n}", a_session())) for n in range(4)]
    other = write(store, lambda tx: web_sessions.add(tx, "lee", a_session("lee.panda")))
    assert read(store, lambda it: web_sessions.get(it, "d2")) == replace(a_session(), id=ids[2])
    assert [it.id for it in read(store, lambda it: web_sessions.of_user(it, "anna.k"))] == ids[::-1]
    assert write(store, lambda tx: [web_sessions.end(tx, ids[0]), web_sessions.end(tx, ids[0])]) == [True, False]
    assert not write(store, lambda tx: web_sessions.end(tx, other, user_id="anna.k"))
    assert write(store, lambda tx: web_sessions.end_all(tx, "anna.k", but=ids[1])) == 2
    write(store, lambda tx: web_sessions.seen(tx, ids[1], at=NOON + MINUTE))
    write(store, lambda tx: web_sessions.seen(tx, ids[1], at=NOON))
    assert write(store, lambda tx: web_sessions.sweep(tx, now=NOON + 2 * MINUTE, idle_since=NOON + MINUTE)) == 1
    assert read(store, lambda it: web_sessions.get(it, "d1")) == replace(a_session(), id=ids[1], seen_at=NOON + MINUTE)
    assert write(store, lambda tx: web_sessions.sweep(tx, now=NOON + HOUR, idle_since=NOON)) == 1


def test_a_session_offers_one_secret_and_tells_neither_it_nor_its_token(store: Store) -> None:
    number = write(store, lambda tx: web_sessions.add(tx, "d", a_session()))
    assert write(store, lambda tx: [web_sessions.offer(tx, number, "FIRST"), web_sessions.offer(tx, number, "SECOND")]) == [
        "FIRST",
        "FIRST",
    ]
    found = read(store, lambda it: web_sessions.get(it, "d"))
    assert found is not None
    assert found.offered == "FIRST"
    assert "FIRST" not in repr(found)
    assert "form_token" not in repr(found)
    write(store, lambda tx: web_sessions.end(tx, number))
    assert write(store, lambda tx: web_sessions.offer(tx, number, "THIRD")) is None


def test_a_key_is_found_by_its_hash_until_it_ends_or_is_revoked(store: Store) -> None:
    new = ApiKey(
        id=0,
        head="vgk_abc",
        name="erp",
        authorities=(Authority.ORDERS, Authority.FILES),
        vendor="257",
        made_by="root",
        made_at=NOON,
        ends_at=NOON + DAY,
    )
    number = write(store, lambda tx: api_keys.add(tx, "d", new))
    key = read(store, lambda it: api_keys.get(it, "d"))
    assert key == replace(new, id=number)
    assert key.account(NOON) == Account(id="key:erp", name="erp", authorities=frozenset(new.authorities), vendor="257", key=number)
    assert key.account(NOON + DAY) is None
    write(store, lambda tx: api_keys.used(tx, number, at=NOON + MINUTE))
    assert write(store, lambda tx: [api_keys.revoke(tx, number, at=NOON + HOUR), api_keys.revoke(tx, number, at=NOON + DAY)]) == [
        True,
        False,
    ]
    (listed,) = read(store, api_keys.found)
    assert (listed.used_at, listed.revoked_at, listed.account(NOON + HOUR)) == (NOON + MINUTE, NOON + HOUR, None)


def test_answers_to_requests_are_forgotten_after_a_while(store: Store) -> None:
    for n, made_at in enumerate((NOON - DAY, NOON)):
        row = {"account": "key:erp", "key": str(n), "request": "h", "status": 200, "body": "{}", "made_at": made_at}
        write(store, lambda tx, row=row: tx.connection.execute(tables.api_answer.insert().values(**row)))
    assert write(store, lambda tx: api_answers.sweep(tx, before=NOON)) == 1


# --- the record of what concerns security ------------------------------------------------------------------------------------


def noted(store: Store, count: int, *, event: str = "login") -> None:
    for n in range(count):
        write(
            store,
            lambda tx, n=n: audit.note(
                tx, event, actor="anna.k", source="192.0.2.1", at=NOON + n * MINUTE, about=f"user u{n}", detail={"n": n, "ä": ["x", None]}
            ),
        )


def broken(store: Store, statement: str) -> None:
    """Change the table past its triggers, as an administrator of the database could."""
    with store.transaction() as tx:
        if tx.is_sqlite:
            names = (
                tx.connection.execute(text("select name from sqlite_master where type = 'trigger' and tbl_name = 'audit'")).scalars().all()
            )
            for name in names:
                tx.connection.exec_driver_sql(f"drop trigger {name}")
        else:
            tx.connection.exec_driver_sql("alter table audit disable trigger all")
        tx.connection.exec_driver_sql(statement)


def test_the_record_holds_from_its_beginning_and_its_entries_are_found(store: Store) -> None:
    assert read(store, audit.checked).entries == 0
    noted(store, 3)
    noted(store, 2, event="logout")
    chain = read(store, audit.checked)
    assert (chain.holds, chain.entries, chain.head) == (True, 5, read(store, audit.head).digest)
    found = read(store, lambda it: audit.found(it, AuditSearch(event="login", actor="anna.k", since=NOON + MINUTE), most=10))
    assert [(it.about, it.detail) for it in found] == [("user u2", {"n": 2, "ä": ["x", None]}), ("user u1", {"n": 1, "ä": ["x", None]})]
    assert [it.id for it in read(store, lambda it: audit.found(it, AuditSearch(), before=found[0].id, most=1))] == [found[1].id]
    assert read(store, lambda it: audit.count(it, AuditSearch(about="user u1"))) == 2
    assert read(store, lambda it: [audit.came_from(it, "anna.k", where, since=NOON) for where in ("192.0.2.1", "192.0.2.2")]) == [
        True,
        False,
    ]
    assert not read(store, lambda it: audit.came_from(it, "anna.k", "192.0.2.1", since=NOON + HOUR))


@pytest.mark.parametrize("statement", ["update audit set actor = 'x'", "delete from audit"])
def test_the_record_only_grows(store: Store, statement: str) -> None:
    noted(store, 1)
    with pytest.raises(BadData) as caught:
        write(store, lambda tx: tx.connection.exec_driver_sql(statement))
    assert caught.value.rule is Rule.APPEND_ONLY


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'anna.l'",
        "source = '192.0.2.2'",
        "event = 'logon'",
        "about = 'user u9'",
        "reason = ' '",
        'detail = \'{"n":1,"ä":["y",null]}\'',
        "at = '2026-11-21 12:01:00.000001+00'",
        f"digest = '{'0' * 64}'",
    ],
)
def test_one_changed_byte_breaks_the_chain(store: Store, change: str) -> None:
    noted(store, 3)
    if store.is_sqlite:
        change = change.replace("2026-11-21 12:01:00.000001+00", "2026-11-21T12:01:00.000001Z")
    second = read(store, lambda it: audit.found(it, AuditSearch(about="user u1"), most=1))[0].id
    broken(store, f"update audit set {change} where id = {second}")
    chain = read(store, audit.checked)
    assert (chain.holds, chain.broken_at, chain.entries) == (False, second, 1)


@pytest.mark.parametrize(("gone", "broken_at", "missing"), [(1, 2, 0), (2, 3, 0), (3, None, 1)])
def test_an_entry_that_is_taken_away_is_missed_wherever_it_stood(store: Store, gone: int, broken_at: int | None, missing: int) -> None:
    noted(store, 3)
    ids = [it.id for it in read(store, lambda it: audit.found(it, AuditSearch(), most=3))][::-1]
    broken(store, f"delete from audit where id = {ids[gone - 1]}")
    chain = read(store, audit.checked)
    assert not chain.holds
    assert (chain.broken_at, chain.missing) == (None if broken_at is None else ids[broken_at - 1], missing)


def test_a_record_that_was_written_anew_lacks_the_digest_noted_elsewhere(store: Store) -> None:
    noted(store, 2)
    kept = read(store, audit.head).digest
    noted(store, 1)
    assert read(store, lambda it: audit.checked(it, digest=kept)).holds
    broken(store, "delete from audit")
    broken(store, "update counter set last = 0 where name = 'audit'")
    noted(store, 3, event="other")
    assert read(store, audit.checked).holds
    assert not read(store, lambda it: audit.checked(it, digest=kept)).holds


def test_writers_at_the_same_time_make_one_chain(store: Store) -> None:
    at_once(
        *[
            lambda who=who: [
                store.attempt(lambda tx: audit.note(tx, "login", actor=who, source="s", at=NOON, detail={"who": who})) for _ in range(10)
            ]
            for who in ("a", "b", "c", "d")
        ]
    )
    chain = read(store, audit.checked)
    assert (chain.holds, chain.entries) == (True, 40)


def test_a_transaction_that_was_taken_back_leaves_no_gap(store: Store) -> None:
    noted(store, 1)

    def broken_off(tx: Tx) -> None:
        audit.note(tx, "login", actor="a", source="s", at=NOON)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(store, broken_off)
    noted(store, 1)
    assert read(store, audit.checked).holds
