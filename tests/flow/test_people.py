"""People are added, invited and given roles; the first one comes in with the setup token; keys of programs are made and revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from gateway.desk.acting import Mode
from gateway.desk.invitations import FIRST_ROLES, choose_password, invite, invited, set_up, setup_token
from gateway.desk.keys import key_of, list_keys, make_key, revoke_key
from gateway.desk.people import PersonEdit, add_person, drop_factor, drop_role, edit_person, list_people, make_role
from gateway.domain.access import Authority, Role, Staff
from gateway.domain.authority import VendorAuthority
from gateway.kernel.errors import ConfigError, GatewayError, NotFound, PolicyRefused, TryLater
from gateway.store import Store, audit, logins
from tests.lodge import DAY, HERE, HOUR, MINUTE, PASSWORD, SECOND, THERE, Lodge
from tests.storehouse import opened, write

ANNA = Staff(id="anna.k", name="Anna Kay", roles=("auditor",))
GOOD, OTHER = "eleven quiet lighthouses at dusk", "twelve loud trams in the morning"
NIGHT = Role(name="night", meaning="Looks", authorities=(Authority.ORDERS,))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with opened(database_url) as store:
        yield store


@pytest.fixture
def lodge(store: Store) -> Lodge:
    return Lodge(store)


def at_once(act: Callable[[int], object], count: int) -> list[object]:
    def tried(n: int) -> object:
        try:
            return act(n)
        except GatewayError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(tried, range(count)))


# --- invitations -------------------------------------------------------------------------------------------------------------


def test_whoever_is_invited_sets_a_password_once_and_comes_in(lodge: Lodge) -> None:
    add_person(lodge.office, replace(ANNA, id=" Anna.K ", name=" Anna Kay "))
    made = invite(lodge.office, "Anna.K")
    assert made.token not in repr(made)
    who = invited(lodge.store, lodge.clock, made.token)
    assert who is not None
    assert who.name == "Anna Kay"
    with pytest.raises(ConfigError, match="use 15 to 128"):
        choose_password(lodge.store, lodge.clock, made.token, "too short", source=HERE)
    assert choose_password(lodge.store, lodge.clock, made.token, GOOD, source=HERE) == "anna.k"
    assert lodge.come("anna.k", GOOD)
    with pytest.raises(PolicyRefused, match="works no more"):
        choose_password(lodge.store, lodge.clock, made.token, OTHER, source=HERE)
    assert lodge.told() == ["person_added", "invited", "password_set", "login"]


def test_a_user_of_a_vendor_is_invited_too_and_needs_fewer_characters(lodge: Lodge) -> None:
    lodge.vendor_user("lee.panda", VendorAuthority.ORDERS)
    made = invite(lodge.office, "lee.panda")
    assert choose_password(lodge.store, lodge.clock, made.token, "x9#vQ2!mL7@p", source=HERE) == "lee.panda"
    assert lodge.enter("lee.panda", password="x9#vQ2!mL7@p").account.vendor == "257"


def test_a_link_ends_after_two_days_with_a_newer_one_and_with_its_person(lodge: Lodge) -> None:
    add_person(lodge.office, ANNA)
    first = invite(lodge.office, "anna.k").token
    second = invite(lodge.office, "anna.k").token
    assert invited(lodge.store, lodge.clock, first) is None
    edit_person(lodge.office, "anna.k", PersonEdit(active=False))
    assert invited(lodge.store, lodge.clock, second) is None
    with pytest.raises(PolicyRefused):
        choose_password(lodge.store, lodge.clock, second, GOOD, source=HERE)
    with pytest.raises(ConfigError, match="is not active"):
        invite(lodge.office, "anna.k")
    edit_person(lodge.office, "anna.k", PersonEdit(active=True))
    lodge.clock.advance(2 * DAY - SECOND)
    assert invited(lodge.store, lodge.clock, second) is not None
    lodge.clock.advance(SECOND)
    assert invited(lodge.store, lodge.clock, second) is None
    with pytest.raises(NotFound, match="there is no user nobody"):
        invite(lodge.office, "nobody")


def test_of_two_who_use_a_link_at_once_one_sets_the_password(lodge: Lodge) -> None:
    add_person(lodge.office, ANNA)
    token = invite(lodge.office, "anna.k").token
    passwords = (GOOD, OTHER)
    ends = at_once(lambda n: choose_password(lodge.store, lodge.clock, token, passwords[n], source=HERE), 2)
    assert sorted(isinstance(it, PolicyRefused) for it in ends) == [False, True]
    assert lodge.come("anna.k", passwords[ends.index("anna.k")])


def test_the_old_password_holds_until_the_link_is_used_and_then_every_session_ends(lodge: Lodge) -> None:
    lodge.person("anna.k", "auditor")
    token = invite(lodge.office, "anna.k", reason="has forgotten it").token
    come = lodge.come("anna.k")
    lodge.wait_after_failing("anna.k", source=THERE, times=3)
    choose_password(lodge.store, lodge.clock, token, GOOD, source=HERE)
    assert lodge.is_out(come)
    assert lodge.come("anna.k", GOOD)


def test_a_link_that_sets_a_password_takes_no_second_factor_away(lodge: Lodge) -> None:
    lodge.person("olga.op", "operator", factor=True)
    choose_password(lodge.store, lodge.clock, invite(lodge.office, "olga.op").token, GOOD, source=HERE)
    assert not lodge.come("olga.op", GOOD).session.is_full


# --- the first person --------------------------------------------------------------------------------------------------------


def test_the_first_person_comes_in_with_the_token_once(lodge: Lodge) -> None:
    token = setup_token(lodge.store, lodge.clock)
    assert token is not None
    office = replace(lodge.office, actor="setup")
    with pytest.raises(ConfigError) as caught:
        set_up(office, token, Staff(id="a", name=" "), "password")
    assert len(caught.value.problems) == 4
    uma = set_up(office, token, Staff(id="Uma.First", name="Uma"), GOOD)
    assert (uma.id, uma.roles) == ("uma.first", FIRST_ROLES)
    half = lodge.enter("uma.first", password=GOOD)
    assert not half.session.is_full
    with pytest.raises(PolicyRefused, match="works no more"):
        set_up(office, token, Staff(id="mallory", name="Mallory"), GOOD)
    assert setup_token(lodge.store, lodge.clock) is None
    assert lodge.told() == ["set_up"]


def test_a_setup_token_ends_after_an_hour_and_with_a_newer_one(lodge: Lodge) -> None:
    first, second = setup_token(lodge.store, lodge.clock), setup_token(lodge.store, lodge.clock)
    assert first and second  # noqa: PT018 (for the types)
    with pytest.raises(PolicyRefused):
        set_up(lodge.office, first, Staff(id="uma.first", name="Uma"), GOOD)
    lodge.clock.advance(HOUR)
    with pytest.raises(PolicyRefused):
        set_up(lodge.office, second, Staff(id="uma.first", name="Uma"), GOOD)
    assert list_people(lodge.store) == ()


def test_nodes_that_start_at_once_leave_one_token_and_one_first_person(lodge: Lodge) -> None:
    tokens = [str(it) for it in at_once(lambda _: setup_token(lodge.store, lodge.clock), 3)]
    ends = at_once(lambda n: set_up(lodge.office, tokens[n], Staff(id=f"first{n}", name="Uma"), GOOD), 3)
    assert sum(isinstance(it, Staff) for it in ends) == 1
    assert len(list_people(lodge.store)) == 1


def test_users_of_a_demonstration_and_people_without_a_password_do_not_end_the_setup(lodge: Lodge) -> None:
    lodge.person("olga.op", "operator", demo=True)
    add_person(lodge.office, replace(ANNA, id="uma.first"))
    token = setup_token(lodge.store, lodge.clock)
    assert token is not None
    assert set_up(lodge.office, token, Staff(id="uma.first", name="Uma"), GOOD).roles == FIRST_ROLES


def test_the_first_person_is_no_user_of_a_vendor(lodge: Lodge) -> None:
    lodge.vendor_user("lee.panda")
    write(lodge.store, lambda tx: logins.put(tx, "lee.panda", password=None))
    token = setup_token(lodge.store, lodge.clock)
    assert token is not None
    with pytest.raises(ConfigError, match="of a vendor already"):
        set_up(lodge.office, token, Staff(id="lee.panda", name="Lee"), GOOD)
    assert set_up(lodge.office, token, Staff(id="uma.first", name="Uma"), GOOD)


# --- rights ------------------------------------------------------------------------------------------------------------------


def test_nobody_changes_their_own_rights(lodge: Lodge) -> None:
    lodge.person("uma.admin", "user_admin", "auditors")
    make_role(replace(lodge.office, actor="somebody.else"), replace(NIGHT, name="auditors"))
    own: tuple[Callable[[], object], ...] = (
        lambda: edit_person(lodge.office, "uma.admin", PersonEdit(roles=("privacy",))),
        lambda: edit_person(lodge.office, "UMA.admin", PersonEdit(active=False)),
        lambda: make_role(lodge.office, replace(NIGHT, name="auditors", authorities=(Authority.ERASING,))),
        lambda: drop_factor(lodge.office, "uma.admin", reason="x"),
    )
    for act in own:
        with pytest.raises(PolicyRefused, match="their own rights"):
            act()
    assert edit_person(lodge.office, "uma.admin", PersonEdit(name="Uma A")).changed == ("name",)
    here = replace(lodge.office, source="command line")
    assert edit_person(here, "uma.admin", PersonEdit(roles=("user_admin",))).changed == ("roles",)


def test_a_role_that_somebody_has_is_not_forgotten(lodge: Lodge) -> None:
    make_role(lodge.office, NIGHT)
    add_person(lodge.office, replace(ANNA, roles=("night",)))
    with pytest.raises(ConfigError, match=r"anna.k still has the role night"):
        drop_role(lodge.office, "night")
    edit_person(lodge.office, "anna.k", PersonEdit(roles=()))
    drop_role(lodge.office, "night")
    with pytest.raises(NotFound, match="unknown role 'night'"):
        drop_role(lodge.office, "night")
    with pytest.raises(ConfigError, match="is built in"):
        drop_role(lodge.office, "auditor")


def test_two_who_change_a_person_at_once_lose_nothing_of_each_other(lodge: Lodge) -> None:
    add_person(lodge.office, ANNA)
    edits = (PersonEdit(name="Anna B"), PersonEdit(email="anna@shop.example"), PersonEdit(roles=("auditor", "retailer")))
    at_once(lambda n: edit_person(lodge.office, "anna.k", edits[n]), 3)
    assert list_people(lodge.store) == (Staff(id="anna.k", name="Anna B", email="anna@shop.example", roles=("auditor", "retailer")),)


def test_logins_and_acts_upon_people_at_the_same_time_end_and_leave_a_whole_record(lodge: Lodge) -> None:
    for user in ("anna.k", "ben.two"):
        lodge.person(user, "auditor")
    make_role(lodge.office, NIGHT)

    def one(n: int) -> None:
        user, turn = ("anna.k", "ben.two")[n % 2], n // 2 % 4
        match turn:
            case 0:
                visitor = lodge.reception.visitor(lodge.come(user).token)
                if visitor is not None:
                    lodge.reception.go(visitor)
            case 1:
                edit_person(lodge.office, user, PersonEdit(roles=("auditor", "night") if n < 8 else ("auditor",)))
            case 2:
                make_role(lodge.office, replace(NIGHT, authorities=(Authority.ORDERS, Authority.FILES)))
            case _:
                choose_password(lodge.store, lodge.clock, invite(lodge.office, user).token, PASSWORD, source=HERE)

    ends = at_once(one, 16)
    assert not [it for it in ends if isinstance(it, TryLater)]
    with lodge.store.reading() as connection:
        assert audit.checked(connection).holds


def test_a_rehearsal_changes_nothing(lodge: Lodge) -> None:
    add_person(lodge.office, ANNA)
    before = lodge.told()
    edit_person(lodge.office, "anna.k", PersonEdit(active=False), mode=Mode.REHEARSAL)
    invite(lodge.office, "anna.k", mode=Mode.REHEARSAL)
    make_key(lodge.office, "erp", [Authority.ORDERS], mode=Mode.REHEARSAL)
    make_role(lodge.office, NIGHT, mode=Mode.REHEARSAL)
    assert (lodge.told(), list_people(lodge.store), list_keys(lodge.store)) == (before, (ANNA,), ())


# --- keys --------------------------------------------------------------------------------------------------------------------


def test_a_key_works_until_it_ends_or_is_revoked(lodge: Lodge) -> None:
    made = make_key(lodge.office, " erp ", [Authority.FILES, Authority.ORDERS], vendor="257", vendors=["257"], days=1)
    assert made.secret not in repr(made)
    found = key_of(lodge.store, lodge.clock, made.secret)
    assert found is not None
    account = found.account(lodge.clock.now())
    assert account is not None
    assert (account.id, account.vendor, account.authorities) == ("key:erp", "257", {Authority.ORDERS, Authority.FILES})
    (listed,) = list_keys(lodge.store)
    assert (listed.used_at, listed.head, listed.made_by) == (lodge.clock.now(), made.secret[:10], "uma.admin")
    lodge.clock.advance(MINUTE)
    assert key_of(lodge.store, lodge.clock, made.secret + "x") is None
    assert key_of(lodge.store, lodge.clock, "\udcff") is None
    lodge.clock.advance(DAY)
    assert key_of(lodge.store, lodge.clock, made.secret) is None
    other = make_key(lodge.office, "wms", [Authority.ORDERS])
    revoke_key(lodge.office, other.key.id)
    assert key_of(lodge.store, lodge.clock, other.secret) is None
    with pytest.raises(NotFound):
        revoke_key(lodge.office, other.key.id)


def test_everything_that_is_wrong_with_a_key_is_told(lodge: Lodge) -> None:
    with pytest.raises(ConfigError) as caught:
        make_key(lodge.office, " ", [Authority.USERS, Authority.SHIPPING], vendor="999", vendors=["257"], days=0)
    told = "\n".join(caught.value.problems)
    for words in (
        "name the program",
        "a key of a vendor cannot have users",
        "shipping needs orders",
        "unknown vendor '999'",
        "1 to 730 days",
    ):
        assert words in told
