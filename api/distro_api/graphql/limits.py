"""What a document may ask: tokens, aliases, depth and cost, judged in this order before anything runs (row SEC-14).

Tokens bound the parser. Aliases and depth are counted on the parsed document, before the validation rules, some of
which take quadratic time. The cost is an estimate of how many objects the answer will hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    IntValueNode,
    Lexer,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    VariableNode,
    get_named_type,
    get_operation_ast,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    parse,
    specified_rules,
)
from strawberry.schema.schema import validate_document

from distro_api.graphql.connections import DEFAULT_PAGE
from distro_core.store.collection import MAX_PAGE

CACHED_DOCUMENTS = 64
CACHED_LENGTH = 8192
LIST_SIZES = {"tracks": 12, "nodes": 1, "edges": 1}
USUAL_LIST_SIZE = 3


@dataclass(frozen=True)
class Limits:
    """The most that a document may have. `introspection`: whether it may ask for the schema."""

    tokens: int
    aliases: int
    depth: int
    cost: int
    introspection: bool


class DocumentGate:
    """Parses and judges documents; remembers what it found out about those that come again and again."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._rules = specified_rules if limits.introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
        self._remembered = lru_cache(maxsize=CACHED_DOCUMENTS)(self._judge)

    def admit(self, text: object, variables: object, operation_name: object) -> DocumentNode | list[GraphQLError]:
        """The parsed document of a request that may run, or why it may not; the request may hold anything."""
        if not isinstance(text, str) or not text:
            return [_refusal("GRAPHQL_INVALID", "the request has no document in `query`")]
        if not isinstance(variables, Mapping | None):
            return [_refusal("GRAPHQL_INVALID", "`variables` is not an object")]
        judged = (self._remembered if len(text) <= CACHED_LENGTH else self._judge)(text)
        if isinstance(judged, list):
            return judged
        operation = get_operation_ast(judged, operation_name if isinstance(operation_name, str) else None)
        if operation is None:
            return [_refusal("GRAPHQL_INVALID", "name one of the document's operations in `operationName`")]
        cost = _Cost(self._schema, judged, variables or {}).of(operation)
        if cost > self._limits.cost:
            message = f"the answer would hold about {cost} objects, at most {self._limits.cost} are allowed"
            return [_refusal("GRAPHQL_TOO_COSTLY", message)]
        return judged

    def _judge(self, text: str) -> DocumentNode | list[GraphQLError]:
        try:
            document = parse(text, max_tokens=self._limits.tokens)
        except GraphQLSyntaxError as error:
            return [self._too_many_tokens(text) or error]
        except RecursionError:
            return [_refusal("GRAPHQL_TOO_DEEP", "the document is nested too deeply to be read")]
        shape = _Shape(document)
        if shape.aliases > self._limits.aliases:
            message = f"the document has {shape.aliases} aliases, at most {self._limits.aliases} are allowed"
            return [_refusal("GRAPHQL_TOO_MANY_ALIASES", message)]
        if shape.depth > self._limits.depth:
            message = f"the document is {shape.depth} fields deep, at most {self._limits.depth} are allowed"
            return [_refusal("GRAPHQL_TOO_DEEP", message)]
        return validate_document(self._schema, document, tuple(self._rules)) or document

    def _too_many_tokens(self, text: str) -> GraphQLError | None:
        lexer, count = Lexer(Source(text)), 0
        try:
            while lexer.advance().kind is not TokenKind.EOF:
                count += 1
                if count > self._limits.tokens:
                    message = f"the document has more than {self._limits.tokens} tokens"
                    return _refusal("GRAPHQL_TOO_MANY_TOKENS", message)
        except GraphQLSyntaxError:
            return None
        return None


class _Shape:
    """The depth and the aliases of a document. Every fragment is measured once, however often it is spread."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = _fragments(document)
        self._measured: dict[str, tuple[int, int]] = {}
        found = [
            self._measure(definition.selection_set)
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode)
        ]
        self.depth = max((depth for depth, _ in found), default=0)
        self.aliases = sum(aliases for _, aliases in found)

    def _measure(self, selections: SelectionSetNode | None) -> tuple[int, int]:
        depth = aliases = 0
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                below, inside = (
                    (0, 0) if selection.name.value.startswith("__") else self._measure(selection.selection_set)
                )
                below, inside = below + 1, inside + (selection.alias is not None)
            elif isinstance(selection, InlineFragmentNode):
                below, inside = self._measure(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                below, inside = self._measure_fragment(selection.name.value)
            depth, aliases = max(depth, below), aliases + inside
        return depth, aliases

    def _measure_fragment(self, name: str) -> tuple[int, int]:
        if name not in self._measured:
            # A fragment that spreads itself finds this; the validation rules refuse it later.
            self._measured[name] = (0, 0)
            fragment = self._fragments.get(name)
            self._measured[name] = self._measure(fragment.selection_set if fragment else None)
        return self._measured[name]


class _Cost:
    """How many objects a valid document will be answered with, at most or as a rule."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._fragments = _fragments(document)
        self._variables = variables
        self._defaults: dict[str, Any] = {}
        self._estimated: dict[str, int] = {}

    def of(self, operation: OperationDefinitionNode) -> int:
        """The cost of one operation of the document."""
        for definition in operation.variable_definitions or ():
            if isinstance(definition.default_value, IntValueNode):
                self._defaults[definition.variable.name.value] = int(definition.default_value.value)
        return self._estimate(self._schema.get_root_type(operation.operation), operation.selection_set)

    def _estimate(self, parent: Any, selections: SelectionSetNode | None) -> int:
        cost = 0
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                cost += self._estimate_field(parent, selection)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                cost += self._estimate(inner, selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                cost += self._estimate_fragment(selection.name.value)
        return cost

    def _estimate_field(self, parent: Any, node: FieldNode) -> int:
        field = getattr(parent, "fields", {}).get(node.name.value)
        if field is None or not is_composite_type(get_named_type(field.type)):
            return 0
        inside = 1 + self._estimate(get_named_type(field.type), node.selection_set)
        if "first" in field.args:
            return self._first(node) * inside
        inner = field.type.of_type if is_non_null_type(field.type) else field.type
        return inside * (LIST_SIZES.get(node.name.value, USUAL_LIST_SIZE) if is_list_type(inner) else 1)

    def _estimate_fragment(self, name: str) -> int:
        if name not in self._estimated:
            fragment = self._fragments[name]
            parent = self._schema.get_type(fragment.type_condition.name.value)
            self._estimated[name] = self._estimate(parent, fragment.selection_set)
        return self._estimated[name]

    def _first(self, node: FieldNode) -> int:
        value = next((argument.value for argument in node.arguments or () if argument.name.value == "first"), None)
        size: Any = DEFAULT_PAGE
        if isinstance(value, IntValueNode):
            size = int(value.value)
        elif isinstance(value, VariableNode):
            name = value.name.value
            size = self._variables.get(name, self._defaults.get(name, DEFAULT_PAGE))
        return min(max(size, 1), MAX_PAGE) if isinstance(size, int) else DEFAULT_PAGE


def _fragments(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


def _refusal(code: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
