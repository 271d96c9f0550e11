"""Who may do what: the roles there are, what authorities need, and what is wrong with people, roles and keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.access import (
    BUILT_IN,
    EVERYTHING,
    GRAVE,
    MEANINGS,
    NEEDS,
    NOT_FOR_PROGRAMS,
    OF_VENDOR_USERS,
    Account,
    Authority,
    Role,
    Scope,
    Staff,
    account_of_staff,
    account_of_vendor_user,
    faults_of_key,
    faults_of_role,
    faults_of_staff,
    in_order,
    missing,
)
from gateway.domain.authority import VendorAuthority, VendorUser

A = Authority
TABLE = {
    "retailer": {
        A.ORDERS,
        A.PERSONAL_DATA,
        A.CHANGE_ASKING,
        A.ORDER_MAKING,
        A.INVOICES,
        A.INVOICE_REVIEW,
        A.FILES,
        A.REPORTS,
    },
    "operator": {A.ORDERS, A.INVOICES, A.BREAK_GLASS, A.FILES, A.OPERATIONS, A.PARTNERS, A.REPORTS},
    "configurator": {A.FILES, A.PARTNERS, A.PARTNER_CHANGE, A.MASTER_DATA},
    "user_admin": {A.USERS},
    "privacy": {A.ORDERS, A.PERSONAL_DATA, A.ERASING},
    "auditor": {A.ORDERS, A.INVOICES, A.FILES, A.REPORTS, A.AUDIT},
}
"""Who may do what, written down a second time: a change of a role is a change of this table."""
NEVER = {
    "retailer": {A.BREAK_GLASS, A.RAW_FILES, A.OPERATIONS, A.PARTNER_CHANGE, A.MASTER_DATA, A.USERS, A.ERASING, A.AUDIT},
    "operator": {A.PERSONAL_DATA, A.RAW_FILES, A.CHANGE_ASKING, A.INVOICE_REVIEW, A.PARTNER_CHANGE, A.USERS, A.ERASING, A.AUDIT},
    "configurator": {A.ORDERS, A.PERSONAL_DATA, A.RAW_FILES, A.OPERATIONS, A.USERS, A.ERASING, A.AUDIT},
    "user_admin": set(A) - {A.USERS},
    "privacy": {A.RAW_FILES, A.OPERATIONS, A.FILES, A.USERS, A.AUDIT},
    "auditor": {A.PERSONAL_DATA, A.BREAK_GLASS, A.RAW_FILES, A.OPERATIONS, A.USERS, A.ERASING},
}
SECOND_FACTOR = {"operator", "configurator", "user_admin", "privacy"}


def account(*authorities: Authority, vendor: str | None = None) -> Account:
    return Account(id="anna.k", name="Anna", authorities=frozenset(authorities), vendor=vendor)


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_role_may_exactly_what_the_table_says(name: str) -> None:
    given = set(BUILT_IN[name].authorities)
    assert given == TABLE[name]
    assert not given & NEVER[name]
    assert not list(missing(BUILT_IN[name].authorities))
    assert BUILT_IN[name].built_in
    assert BUILT_IN[name].meaning


def test_nobody_of_the_retailer_does_what_vendors_do() -> None:
    works = OF_VENDOR_USERS - {A.ORDERS, A.INVOICES}
    assert not [name for name, role in BUILT_IN.items() if works & set(role.authorities)]


@pytest.mark.parametrize("name", BUILT_IN)
def test_whoever_may_do_grave_things_needs_a_second_factor(name: str) -> None:
    staff = account_of_staff(Staff(id="anna.k", name="Anna", roles=(name,)), BUILT_IN)
    assert staff is not None
    assert staff.needs_second_factor == (name in SECOND_FACTOR)


def test_every_authority_has_its_meaning_and_needs_what_it_looks_at() -> None:
    assert set(MEANINGS) == set(Authority)
    assert not {needed for needed in NEEDS.values() if needed in NEEDS}
    assert {NEEDS[it] for it in (A.PACK_SLIPS, A.SHIPPING, A.PERSONAL_DATA)} == {A.ORDERS}
    assert set(VendorAuthority) == {it.value for it in OF_VENDOR_USERS}


def test_a_person_may_what_all_roles_together_say_and_nothing_by_a_role_that_is_gone() -> None:
    night = Role(name="night", meaning="Looks", authorities=(A.ORDERS,))
    person = Staff(id="anna.k", name="Anna", roles=("auditor", "night", "gone"))
    found = account_of_staff(person, {**BUILT_IN, "night": night})
    assert found is not None
    assert found.authorities == TABLE["auditor"] | {A.ORDERS}
    assert found.vendor is None
    assert account_of_staff(Staff(id="anna.k", name="Anna"), BUILT_IN) == account()


def test_who_is_not_active_may_nothing() -> None:
    assert account_of_staff(Staff(id="anna.k", name="Anna", roles=("auditor",), active=False), BUILT_IN) is None
    assert account_of_vendor_user(VendorUser(id="lee.panda", vendor="257", name="Lee", active=False)) is None


def test_a_user_of_a_vendor_sees_that_vendor_alone() -> None:
    lee = account_of_vendor_user(VendorUser(id="lee.panda", vendor="257", name="Lee", authorities=(VendorAuthority.ORDERS,)))
    assert lee is not None
    assert lee.authorities == {A.ORDERS, A.PERSONAL_DATA, A.FILES, A.RAW_FILES}
    assert lee.vendor == "257"
    assert not lee.needs_second_factor
    nina = account_of_vendor_user(VendorUser(id="nina1", vendor="11", name="Nina", authorities=(VendorAuthority.INVOICES,)))
    assert nina is not None
    assert nina.authorities == {A.INVOICES}


def test_a_scope_covers_its_vendor_and_connectors_and_an_empty_one_is_not_everything() -> None:
    panda = Scope("257", frozenset({"redpanda"}))
    assert [panda.covers(it) for it in ("257", "11", "")] == [True, False, False]
    assert [panda.covers_files_of(it) for it in ("redpanda", "oms", "")] == [True, False, False]
    assert [panda.connectors_of(it) for it in (None, "redpanda", "oms")] == [{"redpanda"}, {"redpanda"}, frozenset()]
    assert not Scope("", frozenset()).covers("257")
    assert not Scope("", frozenset()).covers_files_of("oms")
    assert EVERYTHING.covers("11")
    assert EVERYTHING.covers_files_of("oms")
    assert EVERYTHING.connectors_of("oms") == {"oms"}


@pytest.mark.parametrize(
    ("staff", "told"),
    [
        (Staff(id="anna", name="Anna"), "is not a user id"),
        (Staff(id="Anna.K", name="Anna"), "is not a user id"),
        (Staff(id="anna.k\n", name="Anna"), "is not a user id"),
        (Staff(id="key:anna", name="Anna"), "is not a user id"),
        (Staff(id="anna.k", name=" "), "1 to 60 characters"),
        (Staff(id="anna.k", name="n" * 61), "1 to 60 characters"),
        (Staff(id="anna.k", name="An\x1bna"), "1 to 60 characters"),
        (Staff(id="anna.k", name="Anna", email="anna"), "not an e-mail address"),
        (Staff(id="anna.k", name="Anna", roles=("boss",)), "there is no role 'boss'"),
    ],
)
def test_what_is_wrong_with_a_person_is_told(staff: Staff, told: str) -> None:
    assert told in " ".join(faults_of_staff(staff, BUILT_IN))


@pytest.mark.parametrize(
    ("role", "told"),
    [
        (Role(name="N", meaning="x", authorities=(A.ORDERS,)), "is no name of a role"),
        (Role(name="operator", meaning="x", authorities=(A.ORDERS,)), "is built in"),
        (Role(name="night", meaning="x", authorities=()), "at least one authority"),
        (Role(name="night", meaning=" ", authorities=(A.ORDERS,)), "what the role is for"),
        (Role(name="night", meaning="x", authorities=(A.OPERATIONS,)), "operations needs files too"),
        (Role(name="night", meaning="x", authorities=(A.SHIPPING,)), "shipping needs orders too"),
    ],
)
def test_what_is_wrong_with_a_role_is_told(role: Role, told: str) -> None:
    assert told in " ".join(faults_of_role(role))
    assert not list(faults_of_role(Role(name="night", meaning="Looks", authorities=(A.ORDERS, A.FILES))))


@pytest.mark.parametrize(
    ("authorities", "vendor", "told"),
    [
        ((), None, "at least one authority"),
        ((A.BREAK_GLASS,), None, "no key can have break_glass"),
        ((A.SHIPPING,), "257", "shipping needs orders too"),
        ((A.REPORTS,), "257", "a key of a vendor cannot have reports"),
        ((A.OPERATIONS, A.FILES), "257", "a key of a vendor cannot have operations"),
    ],
)
def test_what_is_wrong_with_a_key_is_told(authorities: tuple[Authority, ...], vendor: str | None, told: str) -> None:
    assert told in " ".join(faults_of_key(authorities, vendor=vendor))
    assert not list(faults_of_key((A.ORDERS, A.SHIPPING, A.FILES, A.RAW_FILES), vendor="257"))
    assert not list(faults_of_key((A.ORDERS, A.FILES, A.OPERATIONS), vendor=None))


@given(st.lists(st.sampled_from(sorted(Authority))))
def test_authorities_stand_once_and_in_the_order_of_the_list(given_ones: list[Authority]) -> None:
    ordered = in_order(given_ones)
    assert list(ordered) == [it for it in Authority if it in given_ones]
    assert in_order(ordered) == ordered


def test_what_needs_a_person_is_grave() -> None:
    assert NOT_FOR_PROGRAMS <= GRAVE
