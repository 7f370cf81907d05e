"""What a member of the API takes, in our own words: pydantic's speak of inputs, types and parsing."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

OBJECT = "send a JSON object"
_KINDS = {
    "boolean": "give true or false",
    "integer": "give a whole number",
    "number": "give a number",
    "string": "give a text",
}
_MANY = {"integer": "whole numbers", "number": "numbers", "string": "texts"}


def allowed_words(model: type[BaseModel], name: str, *, known: bool) -> str:
    """What would do for a member of the model; for a name that it does not know (`known` is false), which it has."""
    schema = model.model_json_schema()
    members: dict[str, dict[str, Any]] = schema.get("properties", {})
    if not known:
        return f"this call has no such parameter, it takes {', '.join(members)}"
    member = name.partition(".")[0]  # what stands in a list has its place behind a point
    return _member_words(members[member], schema.get("$defs", {})) if member in members else OBJECT


def _member_words(member: dict[str, Any], named: dict[str, dict[str, Any]]) -> str:
    """From its JSON schema, as the description of the API has it; `named` are those that others refer to."""
    choice = next((each for each in member.get("anyOf", [member]) if each.get("type") != "null"), member)
    choice = named.get(choice.get("$ref", "").rpartition("/")[2], choice)
    if "enum" in choice:
        return f"use one of {', '.join(map(str, choice['enum']))}"
    if choice.get("type") == "array":
        return f"give a list of {_MANY[choice['items']['type']]}"
    if choice.get("format") == "binary":
        return "send a file"
    unit = f" of {member['x-unit']}" if "x-unit" in member else ""
    return _KINDS.get(str(choice.get("type")), OBJECT) + unit + _bounds(choice.get("minimum"), choice.get("maximum"))


def _bounds(low: float | None, high: float | None) -> str:
    if low is None:
        return "" if high is None else f" up to {high}"
    return f" of at least {low}" if high is None else f" from {low} to {high}"
