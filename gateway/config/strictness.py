"""`strictness` of a partner's profile: the words are those of the readers' own Tolerance, told nowhere else.

Not for: what the words mean, which stands where they are declared.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from itertools import pairwise
from textwrap import dedent
from types import MappingProxyType
from typing import Annotated, Any

from msgspec import Struct, structs
from pydantic import BaseModel, Field, GetCoreSchemaHandler, create_model
from pydantic_core import CoreSchema, core_schema

from gateway.config.values import Model
from gateway.formats.edi import Tolerance

_MEANING = "How strictly the partner's files are read: `accept`, `warn` (told and answered as accepted with errors) or `reject`."


def _told(struct: type[Struct]) -> Iterator[tuple[str, str]]:
    """The fields of a struct and what stands below each of them."""
    (declared,) = ast.parse(dedent(inspect.getsource(struct))).body
    for field, below in pairwise(declared.body if isinstance(declared, ast.ClassDef) else ()):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, text


def _words(name: str, struct: type[Struct]) -> type[Model]:
    """The same fields as words of a configuration file."""
    meanings = dict(_told(struct))
    fields: dict[str, Any] = {it.name: (it.type, Field(default=it.default, description=meanings[it.name])) for it in structs.fields(struct)}
    made: type[Model] = create_model(name, __base__=Model, __doc__=_MEANING, __module__=__name__, **fields)
    return made


class _AsWords:
    """Reads the words, gives the readers' struct."""

    def __init__(self, words: type[Model], struct: type[Struct]) -> None:
        self._words, self._struct = words, struct

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Checked as words, each with its place in the file."""
        written = core_schema.plain_serializer_function_ser_schema(structs.asdict)
        return core_schema.no_info_after_validator_function(self._made, handler.generate_schema(self._words), serialization=written)

    def _made(self, words: BaseModel) -> Struct:
        return self._struct(**dict(words))


WORDS: Mapping[Any, type[Model]] = MappingProxyType({Tolerance: _words("Strictness", Tolerance)})
"""Structs that stand in configuration files, and the words for them."""
Strictness = Annotated[Tolerance, _AsWords(WORDS[Tolerance], Tolerance)]
"""A Tolerance, written word by word."""
