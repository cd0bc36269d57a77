"""JSON Schema of what a GraphQL operation is given, for interfaces that draw forms of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    ast_from_value,
    value_from_ast_untyped,
)

SCALARS: Mapping[str, Mapping[str, Any]] = {
    "Boolean": {"type": "boolean"},
    "Date": {"type": "string", "format": "date"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Float": {"type": "number"},
    "ID": {"type": "string"},
    "Int": {"type": "integer"},
    "String": {"type": "string"},
}


def input_schema(given: GraphQLInputType) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a type that operations are given; scalars that it does not know may be anything."""
    definitions: dict[str, Any] = {}
    schema = _schema(given, definitions)
    return {**schema, "$defs": definitions} if definitions else schema


def _schema(given: GraphQLInputType, definitions: dict[str, Any]) -> dict[str, Any]:
    if isinstance(given, GraphQLNonNull):
        return _schema(given.of_type, definitions)
    if isinstance(given, GraphQLList):
        return {"type": "array", "items": _schema(given.of_type, definitions)}
    if isinstance(given, GraphQLInputObjectType):
        if given.name not in definitions:
            definitions[given.name] = {}
            definitions[given.name] = _object(given, definitions)
        return {"$ref": f"#/$defs/{given.name}"}
    if isinstance(given, GraphQLEnumType):
        return {"enum": list(given.values)}
    return dict(SCALARS.get(given.name, {}))


def _object(given: GraphQLInputObjectType, definitions: dict[str, Any]) -> dict[str, Any]:
    required = [name for name, field in given.fields.items() if _must_be_given(field)]
    properties = {name: _property(field, definitions) for name, field in given.fields.items()}
    return {"type": "object", "properties": properties, "required": required}


def _property(field: GraphQLInputField, definitions: dict[str, Any]) -> dict[str, Any]:
    schema = _schema(field.type, definitions)
    if not isinstance(field.type, GraphQLNonNull):
        schema = {"anyOf": [schema, {"type": "null"}]}
    if field.description:
        schema["description"] = field.description
    if field.default_value is not Undefined and field.default_value is not None:
        schema["default"] = _spoken(field.default_value, field.type)
    return schema


def _spoken(value: Any, given: GraphQLInputType) -> Any:
    """A default as callers write it: the name of an enum's value, not what the platform makes of it."""
    node = ast_from_value(value, given)
    return None if node is None else value_from_ast_untyped(node)


def _must_be_given(field: GraphQLInputField) -> bool:
    return isinstance(field.type, GraphQLNonNull) and field.default_value is Undefined
