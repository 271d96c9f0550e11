"""How people come in and go: password, second factor, sessions, and the wait after failed tries.

Source: promises 4.3, L3 to L5. A try that fails makes the next one wait, by account, by source and by both together; the wait grows
and ends by itself, so that nobody can lock out somebody else for long. Unknown users cost the same time and get the same answer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

import pyotp
from msgspec import Struct

from gateway.desk.passwords import fits, hashed
from gateway.domain.access import GRAVE, Account
from gateway.kernel.clock import Clock
from gateway.kernel.errors import PolicyRefused
from gateway.store import Store, Tx, audit, logins, staff, web_sessions
from gateway.store.logins import Login
from gateway.store.web_sessions import FULL, PASSWORD, Session

ABSOLUTE = timedelta(hours=12)
IDLE, IDLE_GRAVE = timedelta(minutes=30), timedelta(minutes=15)
"""A session ends when nobody was there for so long; sooner for whoever may do grave things."""
HALFWAY = timedelta(minutes=5)
"""So long may somebody take between password and second factor."""
SEEN_EVERY = timedelta(minutes=1)
FREE = {"account": 4, "source": 19, "both": 2}
"""So many failures cost nothing."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=5)
FORGOTTEN = timedelta(hours=1)
STEP = 30
"""Seconds for which a code of the second factor holds (RFC 6238); the one before and the one after count too."""
AGENT_LENGTH = 200
NOBODY = "unknown user"
"""Told in place of a name that is nobody's: it may be a password typed into the wrong field."""


class LoginFailed(PolicyRefused):
    """Name or password are wrong, or a try must wait; the text is for the person. `wait` in seconds, 0 where none."""

    def __init__(self, text: str, *, wait: int = 0) -> None:
        super().__init__(text)
        self.wait = wait


class Visitor(Struct, frozen=True, kw_only=True):
    """Somebody with a session, and what they may do now."""

    account: Account
    session: Session
    login: Login


class Come(Struct, frozen=True):
    """A session that has begun: its token is told once."""

    token: str
    session: Session


class Reception(Struct, frozen=True, kw_only=True):
    """Where people come in."""

    store: Store
    clock: Clock

    def come(self, name: str, password: str, *, source: str, agent: str = "") -> Come:
        """Begin a session with a password. LoginFailed, in the same words and time, for a wrong name or a wrong password."""
        user_id, now = name.strip().lower(), self.clock.now()
        self._require_no_wait(user_id, source, now)
        with self.store.reading() as connection:
            account, kept = staff.account(connection, user_id), logins.get(connection, user_id)
        if not fits(password, kept.password if kept and account else None) or account is None or kept is None:
            wait = self._failed(user_id, source, now, "password", known=account is not None)
            raise LoginFailed("this user and password do not go together" + _after(wait), wait=wait)
        step = PASSWORD if kept.has_factor or (account.needs_second_factor and not kept.demo) else FULL

        def work(tx: Tx) -> Come:
            come = self._begin(tx, user_id, step, source=source, agent=agent, now=now)
            if step == FULL:
                self._arrived(tx, user_id, source, now)
            return come

        return self.store.attempt(work)

    def show_code(self, visitor: Visitor, code: str) -> Come:
        """The second factor; the session goes on under a new token. A code counts once."""
        now, user_id, source = self.clock.now(), visitor.account.id, visitor.session.source
        self._require_no_wait(user_id, source, now)
        if not visitor.login.has_factor:
            raise LoginFailed("there is no second factor yet; set it up first")
        step = _step_of(visitor.login.factor or "", code, now)

        def work(tx: Tx) -> Come | None:
            if step is None or not logins.use_factor_step(tx, user_id, step):
                return None
            web_sessions.end(tx, visitor.session.id)
            come = self._begin(tx, user_id, FULL, source=source, agent=visitor.session.agent, now=now)
            self._arrived(tx, user_id, source, now)
            return come

        come = self.store.attempt(work)
        if come is None:
            wait = self._failed(user_id, source, now, "second factor")
            raise LoginFailed("this code is not right, or was used before; wait for the next one" + _after(wait), wait=wait)
        return come

    def offer_factor(self, visitor: Visitor) -> str:
        """A new secret for the second factor, not in force before `take_factor`; the one that was offered before is offered again."""
        if visitor.login.factor and not visitor.login.has_factor:
            return visitor.login.factor
        secret = pyotp.random_base32()
        self.store.attempt(lambda tx: logins.put(tx, visitor.account.id, factor=secret, factor_at=None, factor_step=None))
        return secret

    def take_factor(self, visitor: Visitor, code: str) -> Come:
        """The second factor works: it is in force from now on, and other sessions end."""
        now, user_id = self.clock.now(), visitor.account.id
        self._require_no_wait(user_id, visitor.session.source, now)
        step = _step_of(visitor.login.factor or "", code, now)
        if step is None:
            wait = self._failed(user_id, visitor.session.source, now, "second factor")
            raise LoginFailed("this code is not right; see that the clock of your device is" + _after(wait), wait=wait)

        def work(tx: Tx) -> Come:
            logins.put(tx, user_id, factor_at=now, factor_step=step)
            web_sessions.end_all(tx, user_id)
            come = self._begin(tx, user_id, FULL, source=visitor.session.source, agent=visitor.session.agent, now=now)
            audit.note(tx, "factor_set", actor=user_id, source=visitor.session.source, at=now)
            return come

        return self.store.attempt(work)

    def visitor(self, token: str) -> Visitor | None:
        """Who comes with this token; None when the session has ended, or the person may not come any more."""
        digest, now = digest_of(token), self.clock.now()
        with self.store.reading() as connection:
            session = web_sessions.get(connection, digest)
            if session is None:
                return None
            account, kept = staff.account(connection, session.user_id), logins.get(connection, session.user_id)
        if account is None or kept is None or now >= _end_of(session, account):
            self.store.attempt(lambda tx: web_sessions.end(tx, session.id))
            return None
        if now - session.seen_at >= SEEN_EVERY:
            self.store.attempt(lambda tx: web_sessions.seen(tx, session.id, at=now))
        return Visitor(account=account, session=session, login=kept)

    def go(self, visitor: Visitor) -> None:
        """End this session."""
        now = self.clock.now()

        def work(tx: Tx) -> None:
            if web_sessions.end(tx, visitor.session.id):
                audit.note(tx, "logout", actor=visitor.account.id, source=visitor.session.source, at=now)

        self.store.attempt(work)

    def sweep(self) -> None:
        """Forget sessions, links and failures that have run out."""
        now = self.clock.now()

        def work(tx: Tx) -> None:
            web_sessions.sweep(tx, now=now, idle_since=now - IDLE)
            logins.sweep(tx, before=now - FORGOTTEN, now=now)

        self.store.attempt(work)

    def _begin(self, tx: Tx, user_id: str, step: str, *, source: str, agent: str, now: datetime) -> Come:
        token = token_urlsafe(32)
        session = Session(
            id=0,
            user_id=user_id,
            form_token=token_urlsafe(32),
            step=step,
            made_at=now,
            seen_at=now,
            ends_at=now + (ABSOLUTE if step == FULL else HALFWAY),
            source=source,
            agent=agent[:AGENT_LENGTH],
        )
        web_sessions.add(tx, digest_of(token), session)
        return Come(token, session)

    def _arrived(self, tx: Tx, user_id: str, source: str, now: datetime) -> None:
        logins.put(tx, user_id, last_at=now)
        for kind, subject in _subjects(user_id, source):
            if kind != "source":
                logins.forgive(tx, kind, subject)
        audit.note(tx, "login", actor=user_id, source=source, at=now)

    def _require_no_wait(self, user_id: str, source: str, now: datetime) -> None:
        with self.store.reading() as connection:
            found = [logins.failures(connection, kind, subject) for kind, subject in _subjects(user_id, source)]
        until = max((it.wait_until for it in found if it is not None), default=now)
        if until > now:
            wait = max(1, round((until - now).total_seconds()))
            raise LoginFailed(f"too many tries: wait {wait} s, then try again", wait=wait)

    def _failed(self, user_id: str, source: str, now: datetime, what: str, *, known: bool = True) -> int:
        """Count a failed try; gives the seconds that the next one must wait."""

        def work(tx: Tx) -> timedelta:
            longest = timedelta()
            for kind, subject in _subjects(user_id, source):
                known = logins.failures(tx.connection, kind, subject)
                count = 1 + (known.failures if known and now - known.last_at < FORGOTTEN else 0)
                wait = _wait(count - FREE[kind])
                logins.fail(tx, kind, subject, failures=count, at=now, wait=wait)
                longest = max(longest, wait)
            audit.note(tx, "login_failed", actor=user_id if known else NOBODY, source=source, at=now, detail={"what": what})
            return longest

        return round(self.store.attempt(work).total_seconds())


def digest_of(token: str) -> str:
    """What is kept of a token: drawn at random, it needs no salt."""
    return sha256(token.encode()).hexdigest()


def set_password(tx: Tx, user_id: str, password: str, *, at: datetime, demo: bool = False) -> None:
    """Set a password that was found good; every session of that person ends."""
    logins.put(tx, user_id, password=hashed(password), password_at=at, demo=demo)
    web_sessions.end_all(tx, user_id)


def _subjects(user_id: str, source: str) -> tuple[tuple[str, str], ...]:
    account = digest_of(user_id)
    return ("account", account), ("source", source), ("both", f"{account} {source}")


def _wait(beyond: int) -> timedelta:
    return timedelta() if beyond <= 0 else min(FIRST_WAIT * 2 ** min(beyond - 1, 10), LONGEST_WAIT)


def _after(wait: int) -> str:
    return f"; the next try is taken in {wait} s" if wait else ""


def _end_of(session: Session, account: Account) -> datetime:
    idle = IDLE if GRAVE.isdisjoint(account.authorities) else IDLE_GRAVE
    return min(session.ends_at, session.seen_at + idle)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step of time that this code belongs to; None when it is not right."""
    digits = code.replace(" ", "")
    clock = pyotp.TOTP(secret, interval=STEP)
    here = int(now.timestamp()) // STEP
    return next((step for step in (here, here - 1, here + 1) if pyotp.utils.strings_equal(clock.at(step * STEP), digits)), None)
