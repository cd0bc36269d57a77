"""What a request may not do: too large, too deep, too costly, or not GraphQL at all."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from graphql import get_introspection_query, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distro_api.graphql.limits import DocumentGate, Limits
from distro_core.platform import Platform
from tests.api.client import Client
from tests.api.conftest import serve_api
from tests.api.operations import SCHEMA

GENEROUS = Limits(tokens=2000, aliases=30, depth=12, cost=20_000, introspection=False)


def codes_of(gate: DocumentGate, text: str, **variables: Any) -> list[str]:
    """Why a document may not run."""
    admitted = gate.admit(text, variables, None)
    return [str((error.extensions or {}).get("code")) for error in admitted] if isinstance(admitted, list) else []


def gate(**limits: Any) -> DocumentGate:
    return DocumentGate(SCHEMA, Limits(**{**GENEROUS.__dict__, **limits}))


@pytest.mark.proves("SEC-14")
async def test_a_body_that_is_too_large_is_not_parsed(platform: Platform, http: httpx2.AsyncClient) -> None:
    async with serve_api(platform, max_request_bytes=10_000) as url:
        declared = await http.post(f"{url}/graphql", content=b'{"query": "' + b"x" * 20_000)

        async def in_blocks() -> Any:
            for _ in range(20):
                yield b" " * 1000

        streamed = await http.post(f"{url}/graphql", content=in_blocks(), headers={"content-type": "application/json"})

    assert (declared.status_code, streamed.status_code) == (413, 413)
    assert declared.json()["errors"][0]["extensions"]["code"] == "REQUEST_TOO_LARGE"
    assert streamed.json()["errors"][0]["message"] == "the request has more than 10000 bytes"


def test_tokens_are_counted_before_anything_is_understood() -> None:
    text = "{ " + "me { permissions } " * 40 + "}"

    assert codes_of(gate(tokens=100), text) == ["GRAPHQL_TOO_MANY_TOKENS"]
    assert codes_of(gate(), text) == []


def test_aliases_are_counted_through_fragments() -> None:
    text = """
      { ...F ...G }
      fragment F on Query { a: me { permissions } b: me { permissions } ...G }
      fragment G on Query { c: me { permissions } }
    """

    assert codes_of(gate(aliases=3), text) == ["GRAPHQL_TOO_MANY_ALIASES"]
    assert codes_of(gate(aliases=4), text) == []


def test_depth_is_measured_through_fragments() -> None:
    text = """
      { releases { ...R } }
      fragment R on ReleaseConnection { nodes { tracks { ...T } } }
      fragment T on Track { artists { party { name } } }
    """

    assert codes_of(gate(depth=5), text) == ["GRAPHQL_TOO_DEEP"]
    assert codes_of(gate(depth=6), text) == []


def test_fragments_that_multiply_are_measured_in_no_time() -> None:
    levels = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} ...F{n + 1} }} " for n in range(60))
    text = f"{{ ...F0 }} {levels} fragment F60 on Query {{ me {{ permissions }} }}"

    assert codes_of(gate(), text) == ["GRAPHQL_TOO_COSTLY"]
    assert codes_of(gate(cost=3**60), text) == []


def test_a_fragment_that_spreads_itself_is_refused() -> None:
    admitted = gate().admit("{ ...F } fragment F on Query { me { permissions } ...F }", {}, None)

    assert isinstance(admitted, list)
    assert "Cannot spread fragment 'F' within itself." in admitted[0].message


@pytest.mark.parametrize(
    ("text", "variables", "cost"),
    [
        ("{ me { permissions } }", {}, 1),
        ("{ releases(first: 10) { nodes { id } } }", {}, 20),
        ("{ releases { nodes { id } } }", {}, 100),
        ("query($n: Int!) { releases(first: $n) { nodes { id } } }", {"n": 7}, 14),
        ("query($n: Int! = 3) { releases(first: $n) { nodes { id } } }", {}, 6),
        ("{ releases(first: 100000) { nodes { id } } }", {}, 400),
        ("{ releases(first: 10) { nodes { tracks { id artists { party { name } } } } } }", {}, 860),
        ("{ parties { ...F } } fragment F on PartyConnection { nodes { ... on Party { name } } }", {}, 100),
    ],
)
def test_the_cost_is_the_number_of_objects(text: str, variables: dict[str, Any], cost: int) -> None:
    assert codes_of(gate(cost=cost - 1), text, **variables) == ["GRAPHQL_TOO_COSTLY"]
    assert codes_of(gate(cost=cost), text, **variables) == []


async def test_a_page_of_fifty_releases_with_everything_is_not_too_costly(admin_a: Client) -> None:
    await admin_a.data("""{ releases(first: 50) { nodes {
      id title artists { party { name } } label { name } images { asset { id } }
      tracks { id title isrc artists { role party { name } } contributors { roles party { name } } audio { id } }
    } pageInfo { endCursor } } }""")


async def test_limits_hold_on_a_socket_too(admin_a: Client) -> None:
    document = "{ " + " ".join(f"a{n}: me {{ permissions }}" for n in range(31)) + " }"

    assert await admin_a.refused(document) == "GRAPHQL_TOO_MANY_ALIASES"
    async with admin_a.events(document) as events:
        assert (await anext(events))["errors"][0]["extensions"]["code"] == "GRAPHQL_TOO_MANY_ALIASES"


async def test_the_schema_is_told_only_where_that_is_allowed(
    platform: Platform, http: httpx2.AsyncClient, anybody: Client, admin_a: Client
) -> None:
    document = get_introspection_query()

    assert await anybody.refused(document) == await admin_a.refused(document) == "GRAPHQL_INVALID"
    for allowing in ({"development": True}, {"development": False, "graphql_introspection": True}):
        async with serve_api(platform, **allowing) as url:
            told = await Client(http, url).data(document)
        assert told["__schema"]["queryType"]["name"] == "Query"


async def test_names_that_are_nearly_right_are_not_suggested_to_strangers(anybody: Client) -> None:
    answer = await anybody.run("{ releasez { nodes { id } } }")

    assert answer["errors"][0]["message"] == "Cannot query field 'releasez' on type 'Query'."


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "GRAPHQL_INVALID"),
        ("{", "GRAPHQL_SYNTAX"),
        ("{ me { permissions }", "GRAPHQL_SYNTAX"),
        ("query A { me { permissions } } query B { me { permissions } }", "GRAPHQL_INVALID"),
        ("fragment F on Query { me { permissions } }", "GRAPHQL_INVALID"),
        ("{ nothing }", "GRAPHQL_INVALID"),
        ("{ me }", "GRAPHQL_INVALID"),
        ("query($n: Int!) { releases(first: $n) { nodes { id } } }", "GRAPHQL_INVALID"),
        ("{ " * 1500, "GRAPHQL_SYNTAX"),
    ],
)
async def test_a_document_that_makes_no_sense_is_refused(anybody: Client, document: str, code: str) -> None:
    response = await anybody.post(document)

    error = response.json()["errors"][0]
    assert error["extensions"] == {"code": code, "requestId": response.headers["x-request-id"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"null",
        b'"text"',
        b'{"query": 1}',
        b'{"query": "{me}", "variables": []}',
        b"[" * 100_000,
    ],
)
async def test_a_body_that_is_no_request_is_refused(anybody: Client, body: bytes) -> None:
    response = await anybody.http.post(
        f"{anybody.url}/graphql", content=body, headers={"content-type": "application/json"}
    )

    assert response.status_code in {200, 400}
    assert response.json()["errors"][0]["extensions"]["code"] in {"REQUEST_INVALID", "GRAPHQL_INVALID"}


async def test_operations_need_a_post_of_json(anybody: Client) -> None:
    url = f"{anybody.url}/graphql"

    form = await anybody.http.post(url, data={"query": "{ me { permissions } }"})
    got = await anybody.http.get(url, params={"query": "{ me { permissions } }"})
    live = await anybody.post('subscription { importProgress(importId: "x") { id } }')
    batch = await anybody.http.post(url, json=[{"query": "{ me { permissions } }"}])

    assert (form.status_code, got.status_code, live.status_code, batch.status_code) == (400, 405, 400, 400)
    assert got.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


@given(st.text(max_size=300))
def test_whatever_the_text_is_the_gate_answers(text: str) -> None:
    admitted = gate().admit(text, {}, None)

    if isinstance(admitted, list):
        assert admitted
    else:
        assert parse(text) == admitted


VALUES = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(value=VALUES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
async def test_whatever_the_variables_are_nothing_breaks(anybody: Client, value: Any) -> None:
    document = "query($id: ID!) { release(id: $id) { id } }"

    response = await anybody.http.post(
        f"{anybody.url}/graphql",
        content=json.dumps({"query": document, "variables": {"id": value}}),
        headers={"content-type": "application/json"},
    )

    assert response.json()["errors"][0]["extensions"]["code"] in {"GRAPHQL_INVALID", "UNAUTHENTICATED"}
