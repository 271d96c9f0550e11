"""How people come in and go: passwords, second factors, sessions, and what failed tries cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest

from gateway.desk.login import ABSOLUTE, FRESH, HALFWAY
from gateway.desk.people import PersonEdit, drop_factor, edit_person, end_sessions, make_role
from gateway.desk.throttle import LONGEST_WAIT, LoginFailed, wait_after
from gateway.domain.access import IDLE, IDLE_GRAVE, Authority, Role, Staff
from gateway.domain.authority import VendorAuthority
from gateway.kernel.errors import ConfigError
from gateway.store import Store, audit, logins, staff, web_sessions
from gateway.store.audit import AuditSearch
from tests.lodge import DAY, HERE, HOUR, MINUTE, PASSWORD, SECOND, THERE, Lodge
from tests.storehouse import NOON, opened, write

T = TypeVar("T")
OTHER = "eleven quiet lighthouses at dusk"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with opened(database_url) as store:
        yield store


@pytest.fixture
def lodge(store: Store) -> Lodge:
    return Lodge(store)


def at_once(*acts: Callable[[], T]) -> list[T | Exception]:
    """Every act in a thread of its own; what it gives, or how it failed."""

    def tried(act: Callable[[], T]) -> T | Exception:
        try:
            return act()
        except LoginFailed as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return [it.result() for it in [pool.submit(tried, act) for act in acts]]


# --- password ----------------------------------------------------------------------------------------------------------------


def test_whoever_knows_the_password_comes_in_and_may_what_the_roles_say(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    come = lodge.come(" Anna.K ")
    visitor = lodge.who(come)
    assert visitor.account.may(Authority.INVOICE_REVIEW)
    assert (visitor.session.is_full, visitor.session.source, visitor.session.agent) == (True, HERE, "Browser 1")
    assert visitor.login.last_at == NOON
    assert come.token not in repr(come)
    assert len(come.token) >= 43
    assert lodge.reception.visitor("guess") is None
    assert lodge.reception.visitor("\udcff\x00") is None
    assert lodge.told() == ["login"]


def test_a_user_of_a_vendor_comes_in_and_sees_that_vendor_alone(lodge: Lodge) -> None:
    lodge.vendor_user("lee.panda", VendorAuthority.ORDERS)
    account = lodge.enter("lee.panda").account
    assert (account.vendor, account.may(Authority.ORDERS), account.may(Authority.SHIPPING)) == ("257", True, False)


def test_every_way_to_be_wrong_gets_the_same_answer(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    lodge.person("newly.added", "retailer", password=None)
    lodge.person("gone.away", "retailer")
    edit_person(lodge.office, "gone.away", PersonEdit(active=False))
    told = set()
    for user, password in (
        ("anna.k", "wrong"),
        ("anna.k", ""),
        ("anna.k", "x" * 5000),
        ("anna.k", PASSWORD + " "),
        ("nobody", PASSWORD),
        ("newly.added", PASSWORD),
        ("gone.away", PASSWORD),
        ("", ""),
        ("an\x00na.k", PASSWORD),
        ("\udcff\udcfe", "\udcff"),
        ("' or 1=1 --", PASSWORD),
        (PASSWORD, "anna.k"),
    ):
        lodge.clock.advance(DAY)
        with pytest.raises(LoginFailed) as caught:
            lodge.come(user, password)
        told.add((str(caught.value), caught.value.wait))
    assert told == {("this user and password do not go together", 0)}
    with lodge.store.reading() as connection:
        failed = audit.found(connection, AuditSearch(event="login_failed"), most=20)
    assert {it.actor for it in failed} == {"anna.k", "newly.added", "unknown user"}
    assert not [it for it in failed if PASSWORD in f"{it}"]


# --- failed tries ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failures", "wait"),
    [(-3, 0), (0, 0), (1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 64), (7, 128), (8, 256), (9, 300), (10, 300), (1000, 300)],
)
def test_the_wait_doubles_up_to_five_minutes(failures: int, wait: int) -> None:
    assert wait_after(failures) == timedelta(seconds=wait)


def test_who_fails_again_and_again_waits_longer_and_longer_and_nobody_waits_for_ever(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    waits = []
    for _ in range(12):
        wait = lodge.wait_after_failing()
        waits.append(wait)
        lodge.clock.advance(timedelta(seconds=wait))
    assert waits == [0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert lodge.enter("anna.k")
    assert lodge.wait_after_failing(times=2) == 0


def test_before_the_wait_is_over_not_even_the_right_password_is_looked_at(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    assert lodge.wait_after_failing(times=3) == 2
    lodge.clock.advance(SECOND)
    with pytest.raises(LoginFailed, match="wait 1 s") as caught:
        lodge.come("anna.k")
    assert caught.value.wait == 1
    lodge.clock.advance(SECOND)
    assert lodge.come("anna.k")
    assert lodge.told() == ["login_failed"] * 3 + ["login"]


def test_an_account_tried_from_many_places_waits_everywhere(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    waits = [lodge.wait_after_failing(source=f"192.0.2.{n}") for n in range(5)]
    assert waits == [0, 0, 0, 0, 2]
    with pytest.raises(LoginFailed, match="too many tries"):
        lodge.come("anna.k", source=THERE)


def test_a_stranger_does_not_keep_out_whoever_came_from_there_before(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    lodge.come("anna.k", source=HERE)
    for _ in range(12):
        lodge.clock.advance(timedelta(seconds=lodge.wait_after_failing(source=THERE)))
    assert lodge.wait_after_failing(source=THERE) == LONGEST_WAIT.total_seconds()
    assert lodge.come("anna.k", source=HERE)
    lodge.wait_after_failing(source=THERE, times=3)
    lodge.clock.advance(31 * DAY)
    for n in range(5):
        lodge.wait_after_failing(source=f"192.0.2.{100 + n}")
    with pytest.raises(LoginFailed, match="too many tries"):
        lodge.come("anna.k", source=HERE)


def test_a_source_that_tries_many_accounts_waits_and_their_people_elsewhere_do_not(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    assert [lodge.wait_after_failing(f"guess{n:02}") for n in range(20)] == [0] * 19 + [2]
    with pytest.raises(LoginFailed, match="too many tries"):
        lodge.come("anna.k", source=HERE)
    assert lodge.come("anna.k", source=THERE)


def test_a_network_of_ipv6_is_one_source(lodge: Lodge) -> None:
    for n in range(20):
        wait = lodge.wait_after_failing(f"guess{n:02}", source=f"2001:db8:1:2::{n:x}")
    assert wait == 2
    with pytest.raises(LoginFailed, match="too many tries"):
        lodge.come("guess99", source="2001:db8:1:2:ffff::1")
    assert lodge.wait_after_failing("guess99", source="2001:db8:1:3::1") == 0
    for n in range(20):
        wait = lodge.wait_after_failing(f"other{n:02}", source="::ffff:192.0.2.9" if n % 2 else "192.0.2.9")
    assert wait == 2


def test_failures_are_forgotten_after_an_hour_without_a_try(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    assert lodge.wait_after_failing(times=3) == 2
    lodge.clock.advance(HOUR)
    assert lodge.wait_after_failing(times=2) == 0


def test_many_tries_at_the_same_time_are_not_many_free_ones(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    ends = at_once(*[lambda: lodge.come("anna.k", "wrong")] * 8)
    refused = [it for it in ends if isinstance(it, LoginFailed) and "too many tries" in str(it)]
    assert len(refused) == 5
    assert lodge.told() == ["login_failed"] * 3


def test_who_comes_in_takes_no_part_of_what_others_at_the_same_source_may_try(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    for _ in range(30):
        lodge.come("anna.k")
    assert lodge.wait_after_failing("guess1") == 0


# --- sessions ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "idle"), [("retailer", IDLE), ("user_admin", IDLE_GRAVE)])
def test_a_session_ends_when_nobody_comes_for_a_while(lodge: Lodge, role: str, idle: timedelta) -> None:
    lodge.person("anna.k", role, demo=True)
    come = lodge.come("anna.k")
    for _ in range(3):
        lodge.clock.advance(idle - SECOND)
        assert not lodge.is_out(come)
    lodge.clock.advance(idle)
    assert lodge.is_out(come)
    lodge.clock.advance(-idle)
    assert lodge.is_out(come)


def test_a_session_ends_after_half_a_day_however_busy(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    come = lodge.come("anna.k")
    for _ in range(int(ABSOLUTE / (10 * MINUTE)) - 1):
        lodge.clock.advance(10 * MINUTE)
        assert not lodge.is_out(come)
    lodge.clock.advance(10 * MINUTE)
    assert lodge.is_out(come)


def test_whoever_goes_is_out_and_other_sessions_stay(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    lodge.person("ben.two", "retailer")
    first, second, bens = lodge.come("anna.k"), lodge.come("anna.k", source=THERE), lodge.come("ben.two")
    visitor = lodge.who(second)
    assert [it.source for it in lodge.reception.sessions(visitor)] == [THERE, HERE]
    assert not lodge.reception.end_session(visitor, bens.session.id)
    assert lodge.reception.end_session(visitor, first.session.id)
    assert (lodge.is_out(first), lodge.is_out(second), lodge.is_out(bens)) == (True, False, False)
    lodge.reception.go(visitor)
    lodge.reception.go(visitor)
    assert lodge.is_out(second)
    assert lodge.told(event="logout") == ["logout"] * 2


def test_who_is_taken_out_of_use_is_out_at_once(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    come = lodge.come("anna.k")
    assert edit_person(lodge.office, "anna.k", PersonEdit(active=False)).ended == 1
    assert lodge.is_out(come)
    edit_person(lodge.office, "anna.k", PersonEdit(active=True))
    assert lodge.is_out(come)
    assert lodge.come("anna.k")


def test_a_role_taken_or_changed_works_at_once_and_new_rights_begin_with_a_new_session(lodge: Lodge) -> None:
    make_role(lodge.office, Role(name="night", meaning="Looks", authorities=(Authority.ORDERS,)))
    lodge.person("anna.k", "night")
    lodge.person("ben.two", "auditor")
    come, bens = lodge.come("anna.k"), lodge.come("ben.two")
    make_role(lodge.office, Role(name="night", meaning="", authorities=(Authority.ORDERS, Authority.FILES)))
    assert (lodge.is_out(come), lodge.is_out(bens)) == (True, False)
    make_role(lodge.office, Role(name="night", meaning="", authorities=(Authority.FILES, Authority.OPERATIONS)))
    assert not lodge.come("anna.k").session.is_full
    edit_person(lodge.office, "anna.k", PersonEdit(roles=("auditor",)))
    assert lodge.enter("anna.k").account.may(Authority.AUDIT)
    edit_person(lodge.office, "ben.two", PersonEdit(name="Benjamin"))
    assert not lodge.is_out(bens)


def test_rights_that_rose_past_the_desk_do_not_work_without_the_second_factor(lodge: Lodge) -> None:
    lodge.person("anna.k", "auditor")
    come = lodge.come("anna.k")
    write(lodge.store, lambda tx: staff.change(tx, Staff(id="anna.k", name="Anna", roles=("user_admin",)), at=NOON))
    assert lodge.is_out(come)


def test_an_administrator_logs_somebody_out_everywhere(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    comes = [lodge.come("anna.k"), lodge.come("anna.k")]
    assert end_sessions(lodge.office, "Anna.K", reason="lost the laptop") == 2
    assert all(map(lodge.is_out, comes))


def test_a_new_password_ends_every_other_session_and_gives_this_one_a_new_token(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    here, there = lodge.come("anna.k"), lodge.come("anna.k", source=THERE)
    lodge.clock.advance(MINUTE)
    visitor = lodge.who(here)
    with pytest.raises(ConfigError, match="do not use your name"):
        lodge.reception.change_password(visitor, PASSWORD, "anna went to the seaside")
    with pytest.raises(LoginFailed, match="do not go together"):
        lodge.reception.change_password(visitor, "wrong", OTHER)
    new = lodge.reception.change_password(visitor, PASSWORD, OTHER)
    assert (lodge.is_out(here), lodge.is_out(there), lodge.is_out(new)) == (True, True, False)
    assert new.session.ends_at == here.session.ends_at
    assert lodge.wait_after_failing("anna.k") == 0
    with pytest.raises(LoginFailed):
        lodge.come("anna.k", PASSWORD)
    assert lodge.come("anna.k", OTHER)
    assert "password_set" in lodge.told()


class Meanwhile(str):
    """A password over whose look something else happens."""

    __slots__ = ("act",)

    act: Callable[[], object]

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        self.act()
        return super().encode(encoding, errors)


def test_what_changes_while_a_password_is_looked_at_counts(lodge: Lodge) -> None:
    lodge.person("anna.k", "auditor")
    kept = lodge.enter("anna.k").login.password
    password = Meanwhile(PASSWORD)
    for change in (
        lambda: write(lodge.store, lambda tx: logins.put(tx, "anna.k", password="other")),
        lambda: edit_person(lodge.office, "anna.k", PersonEdit(active=False)),
    ):
        password.act = change
        with pytest.raises(LoginFailed, match="do not go together"):
            lodge.come("anna.k", password)
        write(lodge.store, lambda tx: logins.put(tx, "anna.k", password=kept))
    edit_person(lodge.office, "anna.k", PersonEdit(active=True))
    password.act = lambda: edit_person(lodge.office, "anna.k", PersonEdit(roles=("user_admin",)))
    assert not lodge.come("anna.k", password).session.is_full


def test_a_password_that_changes_before_it_is_changed_stays(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    visitor = lodge.enter("anna.k")
    write(lodge.store, lambda tx: logins.put(tx, "anna.k", password="other"))
    with pytest.raises(LoginFailed):
        lodge.reception.change_password(visitor, PASSWORD, OTHER)


# --- second factor -----------------------------------------------------------------------------------------------------------


def test_with_a_second_factor_the_password_alone_allows_nothing(lodge: Lodge) -> None:
    secret = lodge.person("olga.op", "operator", factor=True)
    half = lodge.come("olga.op")
    visitor = lodge.who(half)
    assert not visitor.session.is_full
    assert visitor.account.authorities == frozenset()
    with pytest.raises(LoginFailed, match="second factor"):
        lodge.reception.change_password(visitor, PASSWORD, OTHER)
    with pytest.raises(LoginFailed, match="log in again"):
        lodge.reception.offer_factor(visitor)
    with pytest.raises(LoginFailed, match="log in again"):
        lodge.reception.take_factor(visitor, "000000")
    full = lodge.reception.show_code(visitor, f" {lodge.code(secret)[:3]} {lodge.code(secret)[3:]} ")
    assert lodge.who(full).account.may(Authority.OPERATIONS)
    assert full.token != half.token
    assert full.session.form_token != half.session.form_token
    assert lodge.is_out(half)


def test_time_between_password_and_code_is_short(lodge: Lodge) -> None:
    lodge.person("olga.op", "operator", factor=True)
    half = lodge.come("olga.op")
    lodge.clock.advance(HALFWAY)
    assert lodge.is_out(half)


@pytest.mark.parametrize(("ahead", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(lodge: Lodge, ahead: int, is_taken: bool) -> None:
    secret = lodge.person("olga.op", "operator", factor=True)
    visitor = lodge.enter("olga.op")
    if is_taken:
        assert lodge.reception.show_code(visitor, lodge.code(secret, ahead=ahead))
    else:
        with pytest.raises(LoginFailed, match="this code is not right"):
            lodge.reception.show_code(visitor, lodge.code(secret, ahead=ahead))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\udcff\udcff\udcff\udcff\udcff\udcff", "12345\x00"])
def test_what_is_no_code_is_not_right(lodge: Lodge, code: str) -> None:
    lodge.person("olga.op", "operator", factor=True)
    with pytest.raises(LoginFailed, match="this code is not right"):
        lodge.reception.show_code(lodge.enter("olga.op"), code)


def test_a_code_counts_once_and_older_ones_no_more(lodge: Lodge) -> None:
    secret = lodge.person("olga.op", "operator", factor=True)
    code, before = lodge.code(secret), lodge.code(secret, ahead=-1)
    lodge.reception.show_code(lodge.enter("olga.op"), code)
    for used in (code, before):
        with pytest.raises(LoginFailed, match="used before"):
            lodge.reception.show_code(lodge.enter("olga.op"), used)
    lodge.clock.advance(30 * SECOND)
    assert lodge.reception.show_code(lodge.enter("olga.op"), lodge.code(secret))


def test_of_two_who_show_the_same_code_at_once_one_comes_in(lodge: Lodge) -> None:
    secret = lodge.person("olga.op", "operator", factor=True)
    visitors = [lodge.enter("olga.op"), lodge.enter("olga.op", source=THERE)]
    code = lodge.code(secret)
    ends = at_once(*[lambda it=it: lodge.reception.show_code(it, code) for it in visitors])
    assert sorted(isinstance(it, LoginFailed) for it in ends) == [False, True]


def test_codes_are_guessed_no_faster_than_passwords(lodge: Lodge) -> None:
    lodge.person("olga.op", "operator", factor=True)
    waits = []
    for _ in range(5):
        visitor = lodge.enter("olga.op")
        with pytest.raises(LoginFailed) as caught:
            lodge.reception.show_code(visitor, "000000")
        waits.append(caught.value.wait)
        lodge.clock.advance(timedelta(seconds=caught.value.wait))
    assert waits == [0, 0, 2, 4, 8]


def test_a_session_that_was_ended_meanwhile_does_not_go_on_with_the_code(lodge: Lodge) -> None:
    secret = lodge.person("olga.op", "operator", factor=True)
    visitor = lodge.enter("olga.op")
    end_sessions(lodge.office, "olga.op")
    with pytest.raises(LoginFailed, match="has ended"):
        lodge.reception.show_code(visitor, lodge.code(secret))
    assert not lodge.reception.sessions(visitor)
    assert lodge.reception.show_code(lodge.enter("olga.op"), lodge.code(secret))


def test_who_needs_a_second_factor_sets_it_up_at_the_first_login(lodge: Lodge) -> None:
    lodge.person("olga.op", "operator")
    half, other = lodge.come("olga.op"), lodge.come("olga.op", source=THERE)
    visitor = lodge.who(half)
    with pytest.raises(LoginFailed, match="set it up first"):
        lodge.reception.show_code(visitor, "000000")
    with pytest.raises(LoginFailed, match="not right"):
        lodge.reception.take_factor(visitor, lodge.code("A" * 32))
    secret = lodge.reception.offer_factor(visitor)
    assert lodge.reception.offer_factor(lodge.who(half)) == secret
    assert lodge.reception.offer_factor(lodge.who(other)) != secret
    full = lodge.reception.take_factor(lodge.who(half), lodge.code(secret))
    assert lodge.who(full).account.may(Authority.OPERATIONS)
    assert (lodge.is_out(half), lodge.is_out(other)) == (True, True)
    with pytest.raises(LoginFailed, match="used before"):
        lodge.reception.show_code(lodge.enter("olga.op"), lodge.code(secret))
    assert "factor_set" in lodge.told()


def test_nothing_that_was_not_offered_becomes_a_second_factor(lodge: Lodge) -> None:
    lodge.person("olga.op", "operator")
    for code in ("000000", ""):
        with pytest.raises(LoginFailed):
            lodge.reception.take_factor(lodge.enter("olga.op"), code)
    assert not lodge.enter("olga.op").login.has_factor


def test_of_two_who_set_up_a_factor_at_once_one_does(lodge: Lodge) -> None:
    lodge.person("olga.op", "operator")
    comes = [lodge.come("olga.op", source=source) for source in (HERE, THERE)]
    secrets = [lodge.reception.offer_factor(lodge.who(it)) for it in comes]
    visitors = [lodge.who(it) for it in comes]
    ends = at_once(*[lambda it=it, s=s: lodge.reception.take_factor(it, lodge.code(s)) for it, s in zip(visitors, secrets, strict=True)])
    assert sorted(isinstance(it, LoginFailed) for it in ends) == [False, True]


def test_a_factor_is_offered_to_all_and_replaced_only_right_after_a_login(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    come = lodge.come("anna.k")
    first = lodge.reception.offer_factor(lodge.who(come))
    assert not lodge.who(come).login.has_factor
    full = lodge.reception.take_factor(lodge.who(come), lodge.code(first))
    assert full.session.ends_at == come.session.ends_at
    second = lodge.reception.offer_factor(lodge.who(full))
    lodge.clock.advance(FRESH + SECOND)
    with pytest.raises(LoginFailed, match="log in again"):
        lodge.reception.take_factor(lodge.who(full), lodge.code(second))
    half = lodge.come("anna.k")
    assert not half.session.is_full
    newest = lodge.reception.show_code(lodge.who(half), lodge.code(first))
    third = lodge.reception.offer_factor(lodge.who(newest))
    lodge.reception.take_factor(lodge.who(newest), lodge.code(third))
    lodge.clock.advance(MINUTE)
    with pytest.raises(LoginFailed):
        lodge.reception.show_code(lodge.enter("anna.k"), lodge.code(first))
    assert lodge.reception.show_code(lodge.enter("anna.k"), lodge.code(third))


def test_a_lost_device_is_dropped_by_somebody_else_and_all_sessions_end(lodge: Lodge) -> None:
    secret = lodge.person("olga.op", "operator", factor=True)
    full = lodge.reception.show_code(lodge.enter("olga.op"), lodge.code(secret))
    assert drop_factor(lodge.office, "olga.op", reason="lost the phone; seen in person") == 1
    assert lodge.is_out(full)
    visitor = lodge.enter("olga.op")
    assert not visitor.session.is_full
    assert lodge.reception.offer_factor(visitor) != secret


def test_users_of_a_demonstration_come_in_without_a_second_factor(lodge: Lodge) -> None:
    lodge.person("olga.op", "operator", demo=True)
    assert lodge.enter("olga.op").account.may(Authority.OPERATIONS)


def test_what_has_run_out_is_swept(lodge: Lodge) -> None:
    lodge.person("anna.k", "retailer")
    come = lodge.come("anna.k")
    lodge.wait_after_failing("guess1")
    assert lodge.reception.sweep() == 0
    assert not lodge.is_out(come)
    lodge.clock.advance(DAY)
    assert lodge.reception.sweep() > 1
    with lodge.store.reading() as connection:
        assert not web_sessions.of_user(connection, "anna.k")
