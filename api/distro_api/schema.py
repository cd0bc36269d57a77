"""The GraphQL schema: put together, checked, run within limits, and printed.

`python -m distro_api.schema` writes it, sorted, into schema.graphql of the folder it is run in, and its names into the
core, where plugins are kept from taking them; with `--check` it fails where these are not what would be written.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from importlib.resources import files
from pathlib import Path
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    build_ast_schema,
    lexicographic_sort_schema,
    parse,
    print_schema,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from distro_api.graphql import enums  # noqa: F401 (gives the words of the field their GraphQL types)
from distro_api.graphql.api_keys import ApiKeyMutations, ApiKeyQueries
from distro_api.graphql.assets import AssetMutations, AssetQueries
from distro_api.graphql.attention import AttentionMutations
from distro_api.graphql.auth import AuthMutations, AuthQueries
from distro_api.graphql.bulk import BulkMutations, BulkQueries
from distro_api.graphql.circuits import CircuitQueries
from distro_api.graphql.context import RequestContext
from distro_api.graphql.deliveries import Delivery
from distro_api.graphql.delivery_operations import DeliveryMutations, DeliveryQueries, DeliverySubscriptions
from distro_api.graphql.delivery_reports import DeliveryReportQueries
from distro_api.graphql.developers import DeveloperMutations, DeveloperQueries
from distro_api.graphql.distribution_operations import DistributionMutations
from distro_api.graphql.distributions import DistributionQueries
from distro_api.graphql.error_reports import ErrorReportQueries
from distro_api.graphql.errors import present_error
from distro_api.graphql.fields import Guard
from distro_api.graphql.imports import ImportMutations, ImportQueries, ImportSubscriptions
from distro_api.graphql.licenses import LicenseMutations, LicenseQueries
from distro_api.graphql.limits import DocumentGate, Limits
from distro_api.graphql.manual_distribution import ManualDistributionMutations, ManualDistributionQueries
from distro_api.graphql.marketplace import MarketplaceQueries
from distro_api.graphql.messages import MessageQueries
from distro_api.graphql.metadata_connections import MetadataConnectionMutations
from distro_api.graphql.metadata_lookups import MetadataLookupMutations, MetadataLookupQueries
from distro_api.graphql.node import NodeQueries
from distro_api.graphql.notification_channels import NotificationChannelMutations, NotificationChannelQueries
from distro_api.graphql.notifications import NotificationMutations, NotificationQueries
from distro_api.graphql.parties import PartyMutations, PartyQueries
from distro_api.graphql.platform_operations import PlatformMutations, PlatformQueries
from distro_api.graphql.plugin_extensions import extend_models, extension_types
from distro_api.graphql.plugin_fields import plugin_roots
from distro_api.graphql.plugin_jobs import PluginJobMutations, PluginJobQueries, PluginJobSubscriptions
from distro_api.graphql.plugin_tasks import PluginTaskMutations
from distro_api.graphql.plugin_types import PluginTypes
from distro_api.graphql.plugins import PluginMutations, PluginQueries
from distro_api.graphql.publishing import PublishingMutations, PublishingQueries
from distro_api.graphql.readiness import ReadinessQueries
from distro_api.graphql.release_operations import ReleaseMutations, ReleaseQueries
from distro_api.graphql.sales import SaleMutations, SaleQueries
from distro_api.graphql.scalars import SCALARS
from distro_api.graphql.schedules import ScheduleMutations, ScheduleQueries
from distro_api.graphql.store_checks import StoreCheckMutations
from distro_api.graphql.target_operations import TargetMutations, TargetQueries
from distro_api.graphql.target_pauses import TargetPauseMutations
from distro_api.graphql.target_platforms import TargetPlatformMutations, TargetPlatformQueries
from distro_api.graphql.tenants import TenantMutations, TenantQueries
from distro_api.graphql.tracks import TrackMutations, TrackQueries
from distro_api.graphql.ui_slots import UiSlotQueries
from distro_api.graphql.users import UserMutations, UserQueries
from distro_core.plugins.graphql_registry import NAMES_FILE
from distro_core.settings import Settings
from distro_sdk.graphql import ExtendedModel, GraphQLApi

QUERIES = (
    ApiKeyQueries,
    AssetQueries,
    AuthQueries,
    BulkQueries,
    CircuitQueries,
    ErrorReportQueries,
    DeliveryQueries,
    DeliveryReportQueries,
    DeveloperQueries,
    DistributionQueries,
    ImportQueries,
    LicenseQueries,
    ManualDistributionQueries,
    MarketplaceQueries,
    MessageQueries,
    MetadataLookupQueries,
    NodeQueries,
    NotificationChannelQueries,
    NotificationQueries,
    PartyQueries,
    PlatformQueries,
    PluginJobQueries,
    PluginQueries,
    PublishingQueries,
    ReadinessQueries,
    ReleaseQueries,
    SaleQueries,
    ScheduleQueries,
    TargetPlatformQueries,
    TargetQueries,
    TenantQueries,
    TrackQueries,
    UiSlotQueries,
    UserQueries,
)
MUTATIONS = (
    ApiKeyMutations,
    AssetMutations,
    AttentionMutations,
    AuthMutations,
    BulkMutations,
    DeliveryMutations,
    DeveloperMutations,
    DistributionMutations,
    ImportMutations,
    LicenseMutations,
    ManualDistributionMutations,
    MetadataConnectionMutations,
    MetadataLookupMutations,
    NotificationChannelMutations,
    NotificationMutations,
    PartyMutations,
    PlatformMutations,
    PluginJobMutations,
    PluginMutations,
    PluginTaskMutations,
    PublishingMutations,
    ReleaseMutations,
    SaleMutations,
    ScheduleMutations,
    StoreCheckMutations,
    TargetMutations,
    TargetPauseMutations,
    TargetPlatformMutations,
    TenantMutations,
    TrackMutations,
    UserMutations,
)
SUBSCRIPTIONS = (DeliverySubscriptions, ImportSubscriptions, PluginJobSubscriptions)
ROOTS = {"Query": QUERIES, "Mutation": MUTATIONS, "Subscription": SUBSCRIPTIONS}
SCHEMA_FILE = Path("schema.graphql")
NAMES = Path(str(files("distro_core.plugins"))) / NAMES_FILE


class Prepared(SchemaExtension):
    """Hands Strawberry the document that the gate has parsed and judged already."""

    def on_parse(self) -> Iterator[None]:
        """Skip parsing."""
        self.execution_context.graphql_document = self.execution_context.context.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Skip validation."""
        self.execution_context.pre_execution_errors = []
        yield


class ApiSchema(strawberry.Schema):
    """The schema, run within limits, with every error in the words for callers."""

    def __init__(self, limits: Limits, apis: Sequence[GraphQLApi] = ()) -> None:
        made = {api.namespace: PluginTypes(api) for api in apis}
        added = [plugin_roots(api, made[api.namespace]) for api in apis]
        queries = (*QUERIES, *(queries for queries, _ in added if queries is not None))
        mutations = (*MUTATIONS, *(mutations for _, mutations in added if mutations is not None))
        roots = {
            name: _merge(name, types) for name, types in {**ROOTS, "Query": queries, "Mutation": mutations}.items()
        }
        super().__init__(
            query=roots["Query"],
            mutation=roots["Mutation"],
            subscription=roots["Subscription"],
            types=[Delivery, *(type_ for api in apis for type_ in extension_types(api, made[api.namespace]))],
            extensions=[Prepared],
            config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=not limits.introspection),
        )
        for api in apis:
            extend_models(self._schema, api)
        self._gate = DocumentGate(self._schema, limits)

    async def execute(  # noqa: PLR0917 (Strawberry's signature)
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run a query or mutation."""
        context = _own(context_value)
        result: ExecutionResult | None = self._refusal(query, variable_values, operation_name, context)
        if result is None:
            result = await super().execute(
                query,
                variable_values,
                context,
                root_value,
                operation_name,
                allowed_operation_types=set(allowed_operation_types or OperationType) - {OperationType.SUBSCRIPTION},
                operation_extensions=operation_extensions,
            )
        return self._presented(result, context)

    async def stream(  # noqa: PLR0917 (Strawberry's signature)
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> AsyncGenerator[Any, None]:
        """Run any operation as a stream of results; each operation has a context of its own."""
        context = await _own(context_value).fresh()
        if refused := self._refusal(query, variable_values, operation_name, context):
            return _single(self._presented(refused, context))
        results = await super().stream(
            query,
            variable_values,
            context,
            root_value,
            operation_name,
            operation_extensions=operation_extensions,
            allowed_operation_types=allowed_operation_types,
        )
        return self._each_presented(results, context)

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Log nothing here: `present_error` logs what was not foreseen, with the request id."""

    def _refusal(
        self,
        query: str | None,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        context: RequestContext,
    ) -> PreExecutionError | None:
        admitted = self._gate.admit(query, variables, operation_name)
        if isinstance(admitted, DocumentNode):
            context.document = admitted
            return None
        return PreExecutionError(data=None, errors=admitted)

    def _presented(self, result: ExecutionResult, context: RequestContext) -> ExecutionResult:
        if result.errors:
            errors = [present_error(error, context.request_id) for error in result.errors]
            if self.config.disable_field_suggestions:
                for error in errors:
                    # Suggestions would tell the schema to those who may not ask for it.
                    error.message = error.message.partition(" Did you mean ")[0]
            result.errors = errors
        return result

    async def _each_presented(
        self, results: AsyncGenerator[Any, None], context: RequestContext
    ) -> AsyncGenerator[Any, None]:
        async with aclosing(results):
            async for result in results:
                yield self._presented(result, context)


def build_schema(settings: Settings, apis: Sequence[GraphQLApi] = ()) -> ApiSchema:
    """The schema with the limits of the settings; raises TypeError for a root field that names no permission.

    `apis`: what plugins add.
    """
    return ApiSchema(
        Limits(
            tokens=settings.graphql_max_tokens,
            aliases=settings.graphql_max_aliases,
            depth=settings.graphql_max_depth,
            cost=settings.graphql_max_cost,
            introspection=settings.graphql_introspection or settings.development,
        ),
        apis,
    )


def render_schema() -> str:
    """The schema as text, sorted, as it lies in schema.graphql."""
    # Sorting Strawberry's own schema breaks its enums, so a copy that was read from text is sorted.
    return (
        print_schema(
            lexicographic_sort_schema(build_ast_schema(parse(build_schema(Settings(_env_file=None)).as_str())))
        )
        + "\n"
    )


def render_names() -> str:
    """The names of the schema that no plugin may take, as they lie in the core."""
    schema = build_schema(Settings(_env_file=None))._schema
    extended = [schema.get_type(model.value) for model in ExtendedModel]
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type, *extended)
    fields = [f"{root.name}.{name}" for root in roots if isinstance(root, GraphQLObjectType) for name in root.fields]
    return json.dumps(sorted([*fields, *schema.type_map]), indent=0) + "\n"


def _merge(name: str, types: Iterable[type]) -> type:
    found: dict[str, type] = {}
    for type_ in types:
        definition: StrawberryObjectDefinition = type_.__strawberry_definition__  # type: ignore[attr-defined]
        for field in definition.fields:
            if field.python_name in found:
                raise TypeError(f"{name}.{field.python_name} is declared twice")
            if not any(isinstance(extension, Guard) for extension in field.extensions):
                raise TypeError(f"{name}.{field.python_name} does not say which permission it needs")
            found[field.python_name] = type_
    return merge_types(name, tuple(types))


def _own(context: Any) -> RequestContext:
    if not isinstance(context, RequestContext):
        raise TypeError("an operation needs a RequestContext")
    return context


async def _single(result: ExecutionResult) -> AsyncGenerator[Any, None]:
    yield result


def main(arguments: list[str]) -> int:
    """Write the schema, or check it; returns the exit status."""
    text, names = render_schema(), render_names()
    if "--check" not in arguments:
        SCHEMA_FILE.write_text(text, "utf-8")
        NAMES.write_text(names, "utf-8")
        return 0
    if SCHEMA_FILE.exists() and SCHEMA_FILE.read_text("utf-8") == text and NAMES.read_text("utf-8") == names:
        return 0
    sys.stderr.write("schema.graphql is not up to date: run make schema\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
