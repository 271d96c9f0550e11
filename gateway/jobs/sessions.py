"""What has run out of those who log in is forgotten, and the end of the record of what concerns security is noted in the log."""

from __future__ import annotations

import structlog

from gateway.desk.login import Reception
from gateway.jobs.place import Place
from gateway.runtime import Ran
from gateway.store import audit

log = structlog.get_logger()


def sweep_sessions(place: Place) -> Ran:
    """Forget them. The log is another place than the database: the digest there proves what the record said until now."""
    done = Reception(store=place.store, clock=place.clock).sweep()
    with place.store.reading() as connection:
        head = audit.head(connection)
    if head.id:
        log.info("audit_head", entry=head.id, digest=head.digest)
    return Ran(done=done)
