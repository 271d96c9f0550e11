"""How people come in and go: password, second factor, sessions.

A session belongs to a token that is told once, and gets a new one whenever it may do more. Unknown users cost the same time and get
the same answer as wrong passwords. Whatever a decision rests on is read again, locked, in the transaction that begins a session.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

import pyotp
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.desk import throttle
from gateway.desk.passwords import faults, fits, hashed, least_length
from gateway.desk.throttle import Attempt, LoginFailed
from gateway.domain.access import IDLE, Account
from gateway.domain.authority import USER_ID
from gateway.kernel.clock import Clock
from gateway.kernel.errors import ConfigError
from gateway.store import Store, Tx, api_answers, audit, logins, staff, web_sessions
from gateway.store.logins import Login, Taste
from gateway.store.references import References
from gateway.store.web_sessions import FULL, PASSWORD, Session

ABSOLUTE = timedelta(hours=12)
HALFWAY = timedelta(minutes=5)
"""So long may somebody take between password and second factor."""
FRESH = timedelta(minutes=10)
"""A second factor in force is replaced only by somebody who has logged in within so long."""
SEEN_EVERY = timedelta(minutes=1)
ANSWERS_KEPT = timedelta(hours=24)
STEP, DIGITS = 30, 6
"""Seconds for which a code of the second factor holds (RFC 6238), and its length; the one before and the one after count too."""
AGENT_LENGTH, SOURCE_LENGTH = 200, 64
NOBODY = "unknown user"
"""Told in place of a name that is nobody's: it may be a password typed into the wrong field."""
GONE = "this session has ended; log in again"


class Visitor(Struct, frozen=True, kw_only=True):
    """Somebody with a session, and what they may do now: nothing, as long as the second factor is still to come."""

    account: Account
    session: Session
    login: Login


class Come(Struct, frozen=True):
    """A session that has begun: its token is told once."""

    token: str
    session: Session

    def __repr__(self) -> str:
        """Without the token."""
        return f"Come({self.session!r})"


class Reception(Struct, frozen=True, kw_only=True):
    """Where people come in."""

    store: Store
    clock: Clock
    references: References | None = None
    """By what the organization says, a session may end sooner than security asks for."""

    def come(self, name: str, password: str, *, source: str, agent: str = "") -> Come:
        """Begin a session with a password. LoginFailed, in the same words and time, for a wrong name or a wrong password."""
        user_id, source, now = name.strip().lower(), _plain(source, SOURCE_LENGTH), self.clock.now()
        tried = throttle.attempt(self.store, user_id, source, now=now)
        account, kept = self._known(user_id)
        if not fits(password, kept.password if kept and account else None):
            raise self._failed(tried, user_id if account else NOBODY, source, "password")

        def work(tx: Tx) -> Come | None:
            still, may = logins.locked(tx, user_id), staff.account(tx.connection, user_id)
            if still is None or may is None or kept is None or still.password != kept.password:
                return None
            return _let_in(tx, still, may, tried, source=source, agent=_plain(agent, AGENT_LENGTH))

        return self.store.attempt(work) or self._refuse(tried, user_id, source, "password")

    def come_from(self, issuer: str, user_id: str, *, source: str, agent: str = "") -> Come:
        """Begin a session for whom an issuer has shown to be this person, in place of a password; a second factor is due as ever."""
        source, now = _plain(source, SOURCE_LENGTH), self.clock.now()
        tried = throttle.attempt(self.store, user_id, source, now=now)

        def work(tx: Tx) -> Come | None:
            still, may = logins.locked(tx, user_id), staff.account(tx.connection, user_id)
            if still is None or may is None:
                return None
            audit.note(tx, "issuer_vouched", actor=user_id, source=source, at=now, detail={"issuer": issuer})
            return _let_in(tx, still, may, tried, source=source, agent=_plain(agent, AGENT_LENGTH))

        return self.store.attempt(work) or self._refuse(tried, NOBODY, source, "issuer")

    def show_code(self, visitor: Visitor, code: str) -> Come:
        """The second factor; the session goes on under a new token. A code counts once."""
        user_id, source = visitor.account.id, visitor.session.source
        if not visitor.login.has_factor:
            raise LoginFailed("there is no second factor yet; set it up first")
        tried = throttle.attempt(self.store, user_id, source, now=self.clock.now())

        def work(tx: Tx) -> Come | None:
            kept = _still(tx, visitor)
            step = _step_of(kept.factor, code, tried.at)
            if step is None or not logins.use_factor_step(tx, user_id, step):
                return None
            come = _go_on(tx, visitor, now=tried.at)
            _arrived(tx, tried, user_id, source)
            return come

        return self.store.attempt(work) or self._refuse(tried, user_id, source, "second factor")

    def offer_factor(self, visitor: Visitor) -> str:
        """A secret for the second factor, the same as long as this session lasts, not in force before `take_factor`."""
        _require_leave(visitor, self.clock.now())
        secret = self.store.attempt(lambda tx: web_sessions.offer(tx, visitor.session.id, pyotp.random_base32()))
        if secret is None:
            raise LoginFailed(GONE)
        return secret

    def take_factor(self, visitor: Visitor, code: str) -> Come:
        """The secret that this session offers works: it is in force from now on, and all other sessions end."""
        user_id, source = visitor.account.id, visitor.session.source
        _require_leave(visitor, self.clock.now())
        tried = throttle.attempt(self.store, user_id, source, now=self.clock.now())
        step = _step_of(visitor.session.offered, code, tried.at)

        def work(tx: Tx) -> Come | None:
            if step is None:
                return None
            _require_leave(replace(visitor, login=_still(tx, visitor)), tried.at)
            logins.put(tx, user_id, factor=visitor.session.offered, factor_at=tried.at, factor_step=step)
            come = _go_on(tx, visitor, now=tried.at)
            web_sessions.end_all(tx, user_id, but=come.session.id)
            audit.note(tx, "factor_set", actor=user_id, source=source, at=tried.at)
            _arrived(tx, tried, user_id, source)
            return come

        return self.store.attempt(work) or self._refuse(tried, user_id, source, "second factor")

    def change_password(self, visitor: Visitor, current: str, new: str) -> Come:
        """Set another password; every other session ends. ConfigError with everything that is wrong with the new one."""
        user_id, source, account = visitor.account.id, visitor.session.source, visitor.account
        if not visitor.session.is_full:
            raise LoginFailed("log in with the second factor first")
        tried = throttle.attempt(self.store, user_id, source, now=self.clock.now())
        if not fits(current, visitor.login.password):
            raise self._failed(tried, user_id, source, "password")
        problems = faults(new, least=least_length(account), about=(account.id, account.name))
        if problems:
            self.store.attempt(lambda tx: throttle.take_back(tx, tried))
            raise ConfigError(*problems)
        kept = hashed(new)

        def work(tx: Tx) -> Come | None:
            if _still(tx, visitor).password != visitor.login.password:
                return None
            come = _go_on(tx, visitor, now=tried.at)
            logins.put(tx, user_id, password=kept, password_at=tried.at, demo=False)
            web_sessions.end_all(tx, user_id, but=come.session.id)
            throttle.went_well(tx, tried)
            audit.note(tx, "password_set", actor=user_id, source=source, at=tried.at)
            return come

        return self.store.attempt(work) or self._refuse(tried, user_id, source, "password")

    def visitor(self, token: str) -> Visitor | None:
        """Who comes with this token; None when the session has ended, or the person may not come any more."""
        digest, now = digest_of(token), self.clock.now()
        with self.store.reading() as connection:
            session = web_sessions.get(connection, digest)
            if session is None:
                return None
            account, kept = staff.account(connection, session.user_id), logins.get(connection, session.user_id)
            idle = self._idle(connection)
        if account is None or kept is None or now >= end_of(session, account, idle=idle) or _lacks_factor(session, account, kept):
            self.store.attempt(lambda tx: web_sessions.end(tx, session.id))
            return None
        now_may = account if session.is_full else replace(account, authorities=frozenset())
        return Visitor(account=now_may, session=session, login=kept)

    def seen(self, visitor: Visitor) -> None:
        """They do something; what a page asks by itself is nothing that they do."""
        now = self.clock.now()
        if now - visitor.session.seen_at >= SEEN_EVERY:
            self.store.attempt(lambda tx: web_sessions.seen(tx, visitor.session.id, at=now))

    def read_as(self, visitor: Visitor, taste: Taste) -> None:
        """How this person likes to read from now on."""
        self.store.attempt(lambda tx: logins.put(tx, visitor.account.id, taste=taste))

    def sessions(self, visitor: Visitor) -> tuple[Session, ...]:
        """Where this person is logged in, the newest first."""
        with self.store.reading() as connection:
            return web_sessions.of_user(connection, visitor.account.id)

    def end_session(self, visitor: Visitor, session_id: int) -> bool:
        """End one of one's own sessions; False when there is none such."""
        now = self.clock.now()

        def work(tx: Tx) -> bool:
            ended = web_sessions.end(tx, session_id, user_id=visitor.account.id)
            if ended:
                audit.note(tx, "logout", actor=visitor.account.id, source=visitor.session.source, at=now)
            return ended

        return self.store.attempt(work)

    def go(self, visitor: Visitor) -> None:
        """End this session."""
        self.end_session(visitor, visitor.session.id)

    def sweep(self) -> int:
        """Forget sessions, links, failures and kept answers that have run out; gives how many."""
        now = self.clock.now()

        def work(tx: Tx) -> int:
            ended = web_sessions.sweep(tx, now=now, idle_since=now - IDLE)
            forgotten = logins.sweep(tx, before=now - throttle.FORGOTTEN, now=now)
            return ended + forgotten + api_answers.sweep(tx, before=now - ANSWERS_KEPT)

        return self.store.attempt(work)

    def _idle(self, connection: Connection) -> timedelta:
        """How long nobody may be there, by the organization."""
        return IDLE if self.references is None else timedelta(minutes=self.references.organization(connection).time_out_minutes)

    def _known(self, user_id: str) -> tuple[Account | None, Login | None]:
        """Who has this id; what cannot be an id is not looked for."""
        if not USER_ID.fullmatch(user_id):
            return None, None
        with self.store.reading() as connection:
            return staff.account(connection, user_id), logins.get(connection, user_id)

    def _failed(self, tried: Attempt, actor: str, source: str, what: str) -> LoginFailed:
        """Write it down; gives what to tell the person."""
        told = {
            "password": "this user and password do not go together",
            "issuer": "whom the issuer names is nobody here, or out of use",
            "second factor": "this code is not right, or was used before; wait for the next one; is the clock of the device right?",
        }
        detail = {"what": what, "wait": tried.wait}
        self.store.attempt(lambda tx: audit.note(tx, "login_failed", actor=actor, source=source, at=tried.at, detail=detail))
        return LoginFailed(told[what] + tried.hint, wait=tried.wait)

    def _refuse(self, tried: Attempt, actor: str, source: str, what: str) -> Come:
        raise self._failed(tried, actor, source, what)


def digest_of(token: str) -> str:
    """What is kept of a token: drawn at random, it needs no salt."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def keep_password(tx: Tx, user_id: str, kept: str, *, at: datetime, demo: bool = False) -> None:
    """Set a password that was found good, by its hash; every session of that person ends."""
    logins.put(tx, user_id, password=kept, password_at=at, demo=demo)
    web_sessions.end_all(tx, user_id)


def end_of(session: Session, account: Account, *, idle: timedelta = IDLE) -> datetime:
    """When a session ends if nobody comes any more; never later than security asks for."""
    return min(session.ends_at, session.seen_at + account.idle(idle))


def _begin(tx: Tx, user_id: str, step: str, *, source: str, agent: str, now: datetime, ends_at: datetime | None = None) -> Come:
    token = token_urlsafe(32)
    session = Session(
        id=0,
        user_id=user_id,
        form_token=token_urlsafe(32),
        step=step,
        made_at=now,
        seen_at=now,
        ends_at=ends_at or now + (ABSOLUTE if step == FULL else HALFWAY),
        source=source,
        agent=agent,
    )
    return Come(token, replace(session, id=web_sessions.add(tx, digest_of(token), session)))


def _let_in(tx: Tx, kept: Login, may: Account, tried: Attempt, *, source: str, agent: str) -> Come:
    """A session for who has shown the first factor: half of one where a second is due."""
    if kept.has_factor or (may.needs_second_factor and not kept.demo):
        throttle.take_back(tx, tried)
        return _begin(tx, kept.user_id, PASSWORD, source=source, agent=agent, now=tried.at)
    come = _begin(tx, kept.user_id, FULL, source=source, agent=agent, now=tried.at)
    _arrived(tx, tried, kept.user_id, source)
    return come


def _still(tx: Tx, visitor: Visitor) -> Login:
    """What is kept of the person, locked; LoginFailed when they may not come any more."""
    kept = logins.locked(tx, visitor.account.id)
    if kept is None or staff.account(tx.connection, visitor.account.id) is None:
        raise LoginFailed(GONE)
    return kept


def _go_on(tx: Tx, visitor: Visitor, *, now: datetime) -> Come:
    """The same session under a new token, no longer than it would have lasted; LoginFailed when it has ended meanwhile."""
    old = visitor.session
    if not web_sessions.end(tx, old.id):
        raise LoginFailed(GONE)
    return _begin(tx, old.user_id, FULL, source=old.source, agent=old.agent, now=now, ends_at=old.ends_at if old.is_full else None)


def _arrived(tx: Tx, tried: Attempt, user_id: str, source: str) -> None:
    logins.put(tx, user_id, last_at=tried.at)
    throttle.went_well(tx, tried)
    audit.note(tx, audit.LOGIN, actor=user_id, source=source, at=tried.at)


def _require_leave(visitor: Visitor, now: datetime) -> None:
    """A factor in force is not replaced with a password alone, nor at a desk that was left."""
    if visitor.login.has_factor and not (visitor.session.is_full and now - visitor.session.made_at <= FRESH):
        raise LoginFailed("log in again with the second factor that you have, then replace it")


def _lacks_factor(session: Session, account: Account, kept: Login) -> bool:
    """Whether somebody has come further than their rights allow now."""
    return session.is_full and account.needs_second_factor and not kept.has_factor and not kept.demo


def _step_of(secret: str | None, code: str, now: datetime) -> int | None:
    """The step of time that this code belongs to; None when it is not right."""
    digits = "".join(code.split())
    if not secret or len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    clock = pyotp.TOTP(secret, interval=STEP)
    here = int(now.timestamp()) // STEP
    return next((step for step in (here, here - 1, here + 1) if pyotp.utils.strings_equal(clock.at(step * STEP), digits)), None)


def _plain(text: str, most: int) -> str:
    """What a browser says of itself, without what cannot be stored or shown."""
    return "".join(letter for letter in text if letter.isprintable())[:most]
