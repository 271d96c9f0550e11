"""JSON Schemas of the configuration files, for editors; made from the same models that read the files."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from gateway.config.connector import Connector
from gateway.config.organization import OrganizationFile
from gateway.config.settings import Settings

FILES: dict[str, type[BaseModel]] = {"connector": Connector, "organization": OrganizationFile, "settings": Settings}


def configuration_schemas() -> dict[str, dict[str, Any]]:
    """Name to schema: connector, organization, settings."""
    return {name: _schema(model) for name, model in FILES.items()}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    found = _plain(model.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def _plain(found: Any) -> Any:
    """Without generated titles, which repeat the words, and without defaults that are no plain words."""
    match found:
        case dict():
            return {word: _plain(value) for word, value in found.items() if not _is_noise(word, value)}
        case list():
            return [_plain(value) for value in found]
        case _:
            return found


def _is_noise(word: str, value: Any) -> bool:
    return (word == "title" and isinstance(value, str)) or (word == "default" and not isinstance(value, bool))
