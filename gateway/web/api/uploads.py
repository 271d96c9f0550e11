"""Files that programs hand in for a channel: from then on like files that the partner left in its folder (sdf 3.6)."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk import uploads as desk
from gateway.desk.messages import show_message
from gateway.domain.access import Authority
from gateway.kernel.errors import NotFound
from gateway.web import listing
from gateway.web.api.operations import Api, Nothing, Rows, mode_of
from gateway.web.handing_in import inlets

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class Channel(Struct, frozen=True, kw_only=True):
    """A channel that takes files, what they are, how their names may end, and the most bytes of one."""

    name: str
    documents: tuple[str, ...]
    endings: tuple[str, ...]
    most: int


class HandIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file for a channel, CONNECTOR/CHANNEL; `content` is base64."""

    channel: str
    name: Annotated[str, Meta(min_length=1, max_length=255)]
    content: Annotated[bytes, Meta(min_length=1)]
    dry_run: bool = False


class HandedIn(Struct, frozen=True, kw_only=True):
    """The number of the received file, and of the first one where the same bytes came before."""

    message: int
    duplicate_of: int | None


class ToMend(Struct, frozen=True, kw_only=True):
    """What is left to be mended of a file; `content` is base64."""

    name: str
    content: bytes


@API.get("/uploads", may=Authority.SHIPPING_UPLOAD, answer=Rows[Channel])
def list_inlets(visit: Visit, _: Nothing) -> Rows[Channel]:
    """The channels for which files can be handed in."""
    return Rows(rows=tuple(Channel(name=it.name, documents=it.kinds, endings=it.endings, most=it.most) for it in inlets(visit)))


@API.get("/uploads/{id}/rows", may=Authority.SHIPPING_UPLOAD, answer=ToMend)
def get_rows_to_mend(visit: Visit, _: Nothing) -> ToMend:
    """The rows of a file that were not taken, as they came, with what is wrong beside each: to be mended and handed in again."""
    gateway, number = visit.gateway, listing.known(visit, "file")
    with desk.not_taken(gateway.store, gateway.archive, gateway.workspace, gateway.reader, number, scope=visit.scope) as source:
        name = show_message(gateway.store, number, scope=visit.scope, most=0).file
        return ToMend(name=name, content=source.read())


@API.post("/uploads", may=Authority.SHIPPING_UPLOAD, body=HandIn, answer=HandedIn)
def hand_in(visit: Visit, said: HandIn) -> HandedIn:
    """Hand in a file; what becomes of it stands in /messages/N."""
    return handed_in(visit, said)


def handed_in(visit: Visit, said: HandIn, *, reason: str = "", in_place_of: int | None = None) -> HandedIn:
    """The file, recorded for its channel."""
    inlet = next((it for it in inlets(visit) if it.name == said.channel), None)
    if inlet is None:
        raise NotFound(
            f"there is no channel {said.channel[:80]} for which you may hand in files", remedy="See which there are: GET /uploads."
        )
    desk.require_size(inlet, len(said.content))
    name, source = desk.plain_name(inlet, said.name), BytesIO(said.content)
    made = desk.hand_in(
        visit.desk, visit.gateway.archive, inlet.spot, name, source, reason=reason, in_place_of=in_place_of, mode=mode_of(said)
    )
    return HandedIn(message=made.message_id, duplicate_of=made.first_message_id)
