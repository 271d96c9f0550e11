"""A partner that speaks X12 and EDIFACT: made-up interchanges, and a connector for them."""

from __future__ import annotations

from collections.abc import Sequence

CONNECTOR = """\
connector: kitsune
partner:
  name: Kitsune Crafts
  vendor: "257"
  carrier: "50"
  edi:
    answers: {folder: out/kitsune/acks, file: "FA_{message}.edi"}
    x12:
      ours: {id: RETAILER, group: RTL}
      theirs: {id: KITSUNE}
      version: "004010"
      line_end: lf
      ack_document: "ACK_DOCUMENT"
      MORE
    edifact:
      ours: {id: "4012345000009", qualifier: "14"}
      theirs: {id: "4098765000002", qualifier: "14"}
      version: D.96A
      line_end: lf
      contrl: always
      ack_document: contrl
endpoint: {transport: folder}
receive:
  - channel: edi
    folder: in/kitsune
    files: "*.edi"
    mapping: MAPPING
    every: 1h
    ready: {stable_for: 0s}
"""


def connector(*, mapping: str = "acknowledgement-csv", more: str = "ta1: asked", ack_document: str = "997") -> str:
    """The connector file."""
    return CONNECTOR.replace("MAPPING", mapping).replace("MORE", more).replace("ACK_DOCUMENT", ack_document)


def x12(
    *sets: tuple[str, Sequence[str]],
    number: int = 1,
    kind: str = "PR",
    group: int = 1,
    sender: str = "KITSUNE",
    receiver: str = "RETAILER",
    usage: str = "P",
    wants_ta1: bool = False,
    services: Sequence[str] = (),
) -> str:
    """One interchange; each set is its type and its segments between ST and SE."""
    head = f"ISA*00*          *00*          *ZZ*{sender:15}*ZZ*{receiver:15}*260622*0815*U*00401*{number:09}*{int(wants_ta1)}*{usage}*>"
    lines = [head, *services]
    if sets:
        lines.append(f"GS*{kind}*KIT*RTL*20260622*0815*{group}*X*004010")
        for at, (type_, body) in enumerate(sets, 1):
            lines += [f"ST*{type_}*{at:04}", *body, f"SE*{len(body) + 2}*{at:04}"]
        lines.append(f"GE*{len(sets)}*{group}")
    lines.append(f"IEA*{int(bool(sets))}*{number:09}")
    return "".join(f"{line}~\n" for line in lines)


def edifact(*messages: tuple[str, Sequence[str]], number: str = "1", is_test: bool = False) -> str:
    """One interchange; each message is its type and its segments between UNH and UNT."""
    head = f"UNB+UNOC:3+4098765000002:14+4012345000009:14+260622:0815+{number}"
    lines = [head + ("++++++1" if is_test else "")]
    for at, (type_, body) in enumerate(messages, 1):
        lines += [f"UNH+{at}+{type_}:D:96A:UN", *body, f"UNT+{len(body) + 2}+{at}"]
    lines.append(f"UNZ+{len(messages)}+{number}")
    return "".join(f"{line}'\n" for line in lines)


ORDER_ANSWER = ("855", ["BAK*00*AC*AB10747*20260622", "CTT*0"])
"""A set that no layout of the connector is for, unless it is one that reads 855."""
