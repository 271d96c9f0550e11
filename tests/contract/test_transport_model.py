"""Memory and a real folder do the same under any sequence of calls: what holds in tests holds on disk."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kernel.errors import GatewayError
from gateway.transports import FolderOptions, MakesFolders, MemoryServer, MemoryTransport, RemotePath, Stat, Transport, open_transport

PATHS = st.sampled_from([RemotePath.of(text) for text in ("a", "b", "in/a", "in/b", "in/.taken/a", "in/.taken/b", "nowhere/a")])
FOLDERS = st.sampled_from([RemotePath.of(text) for text in ("", "in", "in/.taken", "nowhere")])
CALLS = st.one_of(
    st.tuples(st.just("put"), PATHS, st.binary(max_size=10)),
    st.tuples(st.just("rename"), PATHS, PATHS),
    st.tuples(st.just("remove"), PATHS, st.none()),
    st.tuples(st.just("read"), PATHS, st.none()),
    st.tuples(st.just("stat"), PATHS, st.none()),
    st.tuples(st.just("list"), FOLDERS, st.none()),
    st.tuples(st.just("ensure"), st.just(RemotePath.of("in/.taken")), st.none()),
)


@given(st.lists(CALLS, max_size=30))
@settings(max_examples=150)
def test_memory_and_folder_agree(calls: list[tuple[str, RemotePath, Any]]) -> None:
    with tempfile.TemporaryDirectory() as root:
        folder = open_transport("folder", FolderOptions(root=Path(root)))
        memory = MemoryTransport(MemoryServer())
        for transport in (folder, memory):
            outcome(transport, "ensure", RemotePath.of("in"), None)
        for call in calls:
            assert outcome(folder, *call) == outcome(memory, *call)
        folder.close()


def outcome(transport: Transport, action: str, path: RemotePath, more: Any) -> object:
    """What the call gave, or the type of what it raised."""
    assert isinstance(transport, Stat)
    assert isinstance(transport, MakesFolders)
    try:
        match action:
            case "put":
                return transport.put(path, io.BytesIO(more))
            case "rename":
                return transport.rename(path, more)
            case "remove":
                return transport.remove(path)
            case "read":
                with transport.open(path) as body:
                    return body.read()
            case "stat":
                found = transport.stat(path)
                return found and (found.path, found.size if found.is_file else None, found.is_file)
            case "list":
                return {(entry.name, entry.size if entry.is_file else None) for entry in transport.listing(path)}
            case _:
                return transport.ensure_folder(path)
    except GatewayError as error:
        return type(error)
