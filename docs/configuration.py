"""The pages of the reference about configuration files and commands, read from their models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from effects import effects
from pydantic import BaseModel
from pydantic_core import PydanticUndefined, to_jsonable_python

from gateway.cli.frame import command_line
from gateway.config.connector import Connector
from gateway.config.jobs import JobSettings, JobsSettings
from gateway.config.organization import OrganizationFile
from gateway.config.schemas import configuration_schemas
from gateway.config.settings import Settings
from gateway.config.values import Model

HIDDEN = frozenset({"MemoryEndpoint", "OtherEndpoint"})


def connectors() -> Iterator[str]:
    """Every word of a connector."""
    yield "# Connectors"
    yield "One file a partner in `connectors/`, named after it. Each table below is one part of the file; a word with `!` must be there."
    yield from tables("connector", Connector)


def organization() -> Iterator[str]:
    """Every word of organization.yaml."""
    yield "# organization.yaml"
    yield "Systems, locations, brands, carriers and vendors; the keys of their tables are the codes."
    yield from tables("organization", OrganizationFile)
    yield from effects()


def settings() -> Iterator[str]:
    """Every key of gateway.toml."""
    yield "# gateway.toml"
    yield (
        "Settings of a workspace. Every key has a twin in the environment that wins: `url` of `[database]` is `GATEWAY_DATABASE__URL`; "
        "lists are written there as JSON. Relative paths count from the workspace."
    )
    parts = configuration_schemas()["settings"]["$defs"]
    for section, field in Settings.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield f"## [{section}]"
            yield (model.__doc__ or "").strip()
            yield table(model, parts[model.__name__], parts)
            if model is JobsSettings:
                yield from jobs(parts)


def jobs(parts: dict[str, Any]) -> Iterator[str]:
    """What stands under `[jobs.NAME]`."""
    for model in dict.fromkeys([JobSettings, *(type(field.default) for field in JobsSettings.model_fields.values())]):
        yield f"### {title(model.__name__)}"
        yield (model.__doc__ or "").strip()
        yield table(model, parts[model.__name__], parts)


def commands() -> Iterator[str]:
    """Every command with its arguments and options."""
    yield "# Commands"
    yield "Global options stand before the noun. Exit codes: [](exit-codes.md)."
    root: Any = command_line()
    yield from options(root)
    for noun, command in sorted(root.commands.items()):
        for name, one in verbs(f"gateway {noun}", command):
            yield f"## {name}"
            yield (one.help or "").strip()
            yield from options(one)


def verbs(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """The commands below a noun, and below nouns inside it."""
    inner = getattr(command, "commands", None)
    if not inner:
        yield name, command
        return
    for verb, one in sorted(inner.items()):
        yield from verbs(f"{name} {verb}", one)


def options(command: Any) -> Iterator[str]:
    """The arguments and options of one command."""
    shown = [parameter for parameter in command.params if parameter.name != "help"]
    rows = [
        f"| `{' '.join(parameter.opts) if is_option(parameter) else parameter.metavar}` | {parameter.help or ''} |" for parameter in shown
    ]
    if rows:
        yield "\n".join(["| word | meaning |", "|---|---|", *rows])


def is_option(parameter: Any) -> bool:
    """Whether the parameter is written with dashes."""
    return bool(parameter.param_type_name == "option")


def tables(name: str, model: type[BaseModel]) -> Iterator[str]:
    """One table for the file and one for each part of it."""
    schema = configuration_schemas()[name]
    yield "## The file"
    yield table(model, schema, schema["$defs"])
    models = {one.__name__: one for one in all_models(Model)}
    for part, found in schema["$defs"].items():
        if part in models and part not in HIDDEN:
            yield f"## {title(part)}"
            yield found.get("description", "")
            yield table(models[part], found, schema["$defs"])


def table(model: type[BaseModel], schema: dict[str, Any], parts: dict[str, Any]) -> str:
    """The words of one part."""
    needed = schema.get("required", ())
    rows = [
        f"| `{word}`{'!' if word in needed else ''} | {form(about, parts)} | {default(model, word)} | {about.get('description', '')} |"
        for word, about in schema.get("properties", {}).items()
    ]
    return "\n".join(["| word | form | default | meaning |", "|---|---|---|---|", *rows])


def title(part: str) -> str:
    """The heading of a part."""
    return part.removesuffix("Form")


def form(about: dict[str, Any], parts: dict[str, Any]) -> str:
    """What is written behind the word."""
    if "$ref" in about:
        part = about["$ref"].rpartition("/")[2]
        if "enum" in parts[part]:
            return ", ".join(f"`{word}`" for word in parts[part]["enum"])
        return "" if part in HIDDEN else f"[{title(part)}](#{title(part).lower()})"
    if "anyOf" in about or "oneOf" in about:
        forms = [form(one, parts) for one in about.get("anyOf", about.get("oneOf")) if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(one for one in forms if one))
    if about.get("examples"):
        return ", ".join(f"`{example}`" for example in about["examples"])
    if about.get("enum") == [True, False]:
        return "true or false"
    if "enum" in about:
        return ", ".join(f"`{word}`" for word in about["enum"])
    if about.get("type") == "array":
        return f"list of {form(about['items'], parts)}"
    if about.get("type") == "object":
        return f"table of {form(about['additionalProperties'], parts)}"
    return {"string": "text", "integer": "whole number"}.get(str(about.get("type")), "text")


def default(model: type[BaseModel], word: str) -> str:
    """What holds when the word is absent."""
    field = model.model_fields.get(word)
    if field is not None and isinstance(field.default, JobSettings):
        return f"`{field.default.time}`"
    if field is None or field.default is PydanticUndefined or field.default is None or isinstance(field.default, BaseModel):
        return ""
    if word == "name" and model.__name__ == "NodeSettings":
        return "the machine"
    written = to_jsonable_python(model.model_construct(**{word: field.default}).model_dump(mode="json", include={word}))[word]
    return "" if written in ("", [], ()) else f"`{str(written).lower() if isinstance(written, bool) else written}`"


def all_models(parent: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The models of the configuration room."""
    for child in parent.__subclasses__():
        yield child
        yield from all_models(child)
