"""The schema of the moment: the platform's own fields, and those of the plugins of the current runtime.

A request or subscription keeps the schema that it began with; the next one gets the newest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import structlog
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionResult

from distro_api.graphql.context import RequestContext
from distro_api.schema import ApiSchema, build_schema
from distro_api.state import ApiState
from distro_core.plugins.runtime import Runtime
from distro_sdk.errors import DomainError
from distro_sdk.graphql import GraphQLApi

log = structlog.get_logger("distro.api")


class LiveSchema:
    """Runs operations on the newest schema, which is built when plugins add to it or leave."""

    def __init__(self, state: ApiState) -> None:
        self._state = state
        self._schema = build_schema(state.platform.settings)
        self._apis: tuple[GraphQLApi, ...] = ()
        self._building = asyncio.Lock()

    @property
    def config(self) -> StrawberryConfig:
        """How Strawberry runs operations; the same for all schemas."""
        return self._schema.config

    async def execute(self, query: str | None, *arguments: Any, **options: Any) -> ExecutionResult:
        """Run a query or mutation; arguments as those of `ApiSchema.execute`."""
        schema = await self.current(options.get("context_value"))
        return await schema.execute(query, *arguments, **options)

    async def stream(self, query: str | None, *arguments: Any, **options: Any) -> AsyncGenerator[Any, None]:
        """Run any operation as a stream of results; arguments as those of `ApiSchema.stream`."""
        schema = await self.current(options.get("context_value"))
        return await schema.stream(query, *arguments, **options)

    async def current(self, context: RequestContext | None) -> ApiSchema:
        """The schema with the plugins of the caller's tenant, and of all others whose plugins this process has."""
        runtime = await self._runtime(context)
        if runtime.graphql != self._apis:
            async with self._building:
                # Whoever waited finds it built.
                newest = self._state.platform.runtimes.current.graphql
                if newest != self._apis:
                    self._schema = await asyncio.to_thread(build_schema, self._state.platform.settings, newest)
                    self._apis = newest
                    log.info("schema_swapped", plugins=[api.namespace for api in newest])
        return self._schema

    async def _runtime(self, context: RequestContext | None) -> Runtime:
        platform = self._state.platform
        if context is None or context.principal is None:
            return platform.runtimes.current
        try:
            tenant = await platform.memory.get(platform.control, context.principal.tenant_id)
        except DomainError:
            # The operation itself says that there is no such tenant.
            return platform.runtimes.current
        return await platform.runtimes.with_plugins_of(tenant)
