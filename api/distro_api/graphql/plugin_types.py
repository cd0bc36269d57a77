"""GraphQL types made of the models that plugins describe their fields with."""

from __future__ import annotations

import types as python_types
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Union, get_args, get_origin

import strawberry
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from strawberry import UNSET
from strawberry.scalars import JSON

from distro_sdk.graphql import PLAIN, GraphQLApi, opened


class PluginTypes:
    """Makes the types of one plugin, each once."""

    def __init__(self, api: GraphQLApi) -> None:
        self._api = api
        self._made: dict[tuple[type, bool], Any] = {}

    def output(self, annotation: Any) -> Any:
        """The type of what a field returns."""
        return self._type(annotation, is_input=False)

    def input(self, model: type[BaseModel], name: str) -> Any:
        """The input that holds the arguments of a mutation."""
        return self._model(model, name=name, is_input=True)

    def arguments(self, model: type[BaseModel]) -> Mapping[str, tuple[Any, str, Any]]:
        """By name, type, description and default of the arguments of a query."""
        return {
            name: (self._type(field.annotation, is_input=True), field.description or "", _default(field))
            for name, field in model.model_fields.items()
        }

    def _type(self, annotation: Any, *, is_input: bool) -> Any:
        origin = get_origin(annotation)
        if origin in {Union, python_types.UnionType}:
            inner = [each for each in get_args(annotation) if each is not type(None)]
            return self._type(inner[0], is_input=is_input) | None
        if origin in {list, tuple, Sequence}:
            return list[self._type(get_args(annotation)[0], is_input=is_input)]  # type: ignore[misc]
        bare, inner_types = opened(annotation)
        if bare is None:
            return self._type(inner_types[0], is_input=is_input)
        if bare is dict:
            return JSON
        if bare in PLAIN:
            return bare
        if issubclass(bare, Enum):
            return self._enum(bare)
        assert issubclass(bare, BaseModel)
        return self._model(bare, name=self._api.type_name(bare, is_input=is_input), is_input=is_input)

    def _enum(self, enum: type[Enum]) -> Any:
        if not hasattr(enum, "__strawberry_definition__"):
            # An enum of the SDK has its type already.
            strawberry.enum(enum, name=self._api.type_name(enum), description=enum.__doc__ or enum.__name__)
        return enum

    def _model(self, model: type[BaseModel], *, name: str, is_input: bool) -> Any:
        if (model, is_input) in self._made:
            return self._made[model, is_input]
        annotations: dict[str, Any] = {}
        members: dict[str, Any] = {"__annotations__": annotations, "__doc__": model.__doc__, "__module__": __name__}
        made = type(name, (), members)
        for field_name, field in model.model_fields.items():
            annotations[field_name] = self._type(field.annotation, is_input=is_input)
            default = _default(field) if is_input else UNSET
            options = {} if default is UNSET else {"default": default}
            setattr(made, field_name, strawberry.field(description=field.description, **options))
        made.__annotations__ = annotations
        declare: Callable[..., Any] = strawberry.input if is_input else strawberry.type
        self._made[model, is_input] = declare(
            made, name=name, description=(model.__doc__ or name).strip().split("\n")[0]
        )
        return self._made[model, is_input]


def _default(field: Any) -> Any:
    """The default of an argument, UNSET where it must be given; what is made anew each time may be left out, too."""
    if field.default is not PydanticUndefined:
        return field.default
    return None if field.default_factory is not None else UNSET
