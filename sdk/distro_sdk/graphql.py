"""What a plugin adds to the GraphQL schema: typed fields under a namespace of its own, described by pydantic models.

A plugin never touches the schema itself. The platform makes types of the models, puts the plugin's prefix before their
names, checks permissions and limits, validates what comes back, and refuses names that are taken.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cached_property
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

PLAIN = (str, int, float, bool, datetime, date, Decimal)
"""Types that are values of GraphQL as they are."""

Resolve = Callable[[Any, Any], Awaitable[Any]]
"""Takes the `PluginContext` of the caller's tenant and the arguments, or None where the field has none."""


@dataclass(frozen=True)
class GraphQLField:
    """A field that a plugin answers.

    `name`: in camel case; a mutation is called by its namespace and this name; `permission`: what the caller needs,
    such as ``catalogue:read`` or one that the plugin registers; `returns`: a plain type, an enum, a model whose fields
    are described, or a list or optional of these; `arguments`: a model, None where there are
    none. `resolve` raises `DomainError` to refuse.
    """

    name: str
    description: str
    permission: str
    returns: Any
    resolve: Resolve
    arguments: type[BaseModel] | None = None


class ExtendedModel(StrEnum):
    """What plugins can add fields to, by its name in the schema."""

    RELEASE = "Release"
    TRACK = "Track"


@dataclass(frozen=True)
class ModelExtension:
    """Fields that a plugin adds to releases or to tracks; the platform keeps their values with each of them.

    `fields`: a model whose fields are described and have defaults, without `dict`: a later version may add fields, and
    what it does not know any more is left out.
    """

    model: ExtendedModel
    description: str
    fields: type[BaseModel]


@dataclass(frozen=True)
class GraphQLApi:
    """All that a plugin adds. `namespace`: the one in plugin.json; a field of Query has this name.

    `extensions`: one for a model at most; its field there has the name of the namespace, and a mutation sets it.
    """

    namespace: str
    description: str
    queries: Sequence[GraphQLField] = ()
    mutations: Sequence[GraphQLField] = ()
    extensions: Sequence[ModelExtension] = ()

    @property
    def prefix(self) -> str:
        """How the names of its types begin."""
        return capitalised(self.namespace)

    @cached_property
    def types(self) -> Mapping[str, type]:
        """By name in the schema, the models and enums that its fields return or take."""
        found: dict[str, type] = {}
        for field in (*self.queries, *self.mutations):
            for type_ in classes_in(field.returns):
                found.setdefault(self.type_name(type_), type_)
            for type_ in classes_in(field.arguments) if field.arguments else ():
                found.setdefault(self.type_name(type_, is_input=issubclass(type_, BaseModel)), type_)
        for extension in self.extensions:
            for type_ in classes_in(extension.fields):
                found.setdefault(self.type_name(type_), type_)
                found.setdefault(self.type_name(type_, is_input=issubclass(type_, BaseModel)), type_)
        return found

    def mutation_name(self, field: GraphQLField) -> str:
        """The name of a mutation in the schema."""
        return f"{self.namespace}{capitalised(field.name)}"

    def setter_name(self, extension: ModelExtension) -> str:
        """The name of the mutation that sets the fields of an extension."""
        return f"{self.namespace}{extension.model.value}Update"

    @property
    def mutation_names(self) -> frozenset[str]:
        """The names of all its mutations in the schema."""
        named = [self.mutation_name(field) for field in self.mutations]
        return frozenset([*named, *(self.setter_name(extension) for extension in self.extensions)])

    def type_name(self, type_: type, *, is_input: bool = False) -> str:
        """The name of a model or enum in the schema."""
        name = type_.__name__ if type_.__name__.startswith(self.prefix) else f"{self.prefix}{type_.__name__}"
        return f"{name}Input" if is_input and not name.endswith("Input") else name

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that it claims in the schema: fields as ``Query.name``, types as they are."""
        own = {f"Query.{self.namespace}", f"{self.prefix}Query", *self.types}
        own |= {f"{extension.model.value}.{self.namespace}" for extension in self.extensions}
        own |= {f"Mutation.{name}" for name in self.mutation_names}
        own |= {f"{capitalised(name)}{kind}" for name in self.mutation_names for kind in ("Input", "Payload")}
        return frozenset(own)


def classes_in(annotation: Any) -> Iterator[type]:
    """The models and enums that an annotation names, themselves and through their fields; raises `TypeError`."""
    seen: set[type] = set()
    waiting = [annotation]
    while waiting:
        bare, inner = opened(waiting.pop())
        waiting += inner
        if bare is None or bare in PLAIN or bare is dict or bare in seen:
            continue
        seen.add(bare)
        yield bare
        if issubclass(bare, BaseModel):
            waiting += [field.annotation for field in bare.model_fields.values()]


def opened(annotation: Any) -> tuple[type | None, Sequence[Any]]:
    """The plain type, model, enum or `dict` that an annotation is, or None and what it is made of.

    Raises `TypeError` for what GraphQL cannot tell.
    """
    origin = get_origin(annotation)
    if origin is Annotated:
        return None, get_args(annotation)[:1]
    if origin in {Union, types.UnionType}:
        inner = [each for each in get_args(annotation) if each is not types.NoneType]
        if len(inner) == 1:
            return None, inner
    if origin in {list, tuple, Sequence}:
        inner = [each for each in get_args(annotation) if each is not Ellipsis]
        if len(inner) == 1:
            return None, inner
    if annotation in PLAIN:
        return annotation, ()
    if annotation is dict or origin in {dict, Mapping}:
        return dict, ()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel | Enum):
        return annotation, ()
    raise TypeError(f"{annotation} is no type that GraphQL can tell")


def capitalised(name: str) -> str:
    """A name in camel case as the name of a type."""
    return f"{name[:1].upper()}{name[1:]}"
