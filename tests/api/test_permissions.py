"""Who may do what: every operation for every role, for API keys, and for nobody."""

from __future__ import annotations

from typing import Any

import pytest

from distro_core.identity.documents import Role
from distro_core.identity.permissions import DESCRIPTIONS, ROLE_PERMISSIONS, Permission, parse_permissions
from distro_sdk.errors import DomainError
from tests.api.client import Client
from tests.api.conftest import PASSWORD, Staff
from tests.api.operations import Operation, operations

ANYBODY = {"mutation authSignIn", "mutation authRefresh"}
SIGNED_IN = {
    "query me",
    "query tenant",
    "query node",
    "query uiSlots",
    "mutation authSignOut",
    "mutation meNotificationChannelChoose",
    "mutation meNotificationsChoose",
    "mutation meUpdate",
}
NEEDED: dict[Permission, set[str]] = {
    Permission.CATALOGUE_READ: {
        "query metadataLookupAlbum",
        "query metadataLookupRecordings",
        "query metadataSources",
        "query asset",
        "query assets",
        "query import",
        "query imports",
        "query messageValidate",
        "query parties",
        "query party",
        "query release",
        "query releaseCheck",
        "query releases",
        "query track",
        "subscription importProgress",
    },
    Permission.CATALOGUE_WRITE: {
        "mutation assetDelete",
        "mutation importCreate",
        "mutation partyCreate",
        "mutation partyDelete",
        "mutation partyUpdate",
        "mutation releaseCreate",
        "mutation releaseCreateFromMetadata",
        "mutation releaseDelete",
        "mutation releaseRequestDeletion",
        "mutation releaseSetStatus",
        "mutation releaseTakeDown",
        "mutation releaseUpdate",
        "mutation trackCreate",
        "mutation trackDelete",
        "mutation trackReorder",
        "mutation trackUpdate",
        "mutation uploadCreate",
    },
    Permission.DELIVERY_READ: {
        "query deliveries",
        "query delivery",
        "query deliveryHistory",
        "query deliveryLogs",
        "query manualExports",
        "mutation notificationMarkRead",
        "query messagePreview",
        "query notificationChannels",
        "query notifications",
        "query activePlatforms",
        "query circuitBreakers",
        "query errorReport",
        "query errorTrends",
        "query failedDistributions",
        "query bulkDistribution",
        "query bulkDistributions",
        "query platform",
        "query platformAdapters",
        "query platformHealth",
        "query platforms",
        "query preDistributionCheck",
        "query schedule",
        "query schedules",
        "query reconciliation",
        "query staleDeliveries",
        "query target",
        "query targets",
        "query choreographies",
        "query genreProviders",
        "query companionFormats",
        "query messageFormats",
        "query transports",
        "subscription deliveryLogs",
        "subscription deliveryStatus",
    },
    Permission.DELIVERY_WRITE: {
        "mutation deliveryPlatformIdsSet",
        "mutation deliveryStoreCheck",
        "mutation manualExportCreate",
        "mutation manualStatusImport",
        "mutation manualStatusUpdate",
        "mutation deliveryNoteAdd",
        "mutation deliveryResolveAttention",
        "mutation bulkDistribute",
        "mutation deliveryCancel",
        "mutation deliveryCreate",
        "mutation deliveryRequestTakedown",
        "mutation deliveryRetry",
        "mutation deliveryUpdateMetadata",
        "mutation releaseDistribute",
        "mutation releaseResubmit",
        "mutation releaseWithdraw",
        "mutation scheduleCancel",
        "mutation scheduleCreate",
        "mutation scheduleUpdate",
    },
    Permission.TARGET_MANAGE: {
        "mutation platformCreate",
        "mutation platformDelete",
        "mutation platformTest",
        "mutation platformUpdate",
        "mutation targetAdapterClear",
        "mutation targetAdapterSet",
        "mutation targetCreate",
        "mutation targetDelete",
        "mutation targetMetadataConnectionClear",
        "mutation targetMetadataConnectionSet",
        "mutation targetPause",
        "mutation targetResume",
        "mutation targetTest",
        "mutation targetUpdate",
        "mutation targetWebhookCreate",
        "mutation targetWebhookDelete",
    },
    Permission.TENANT_MANAGE: {"mutation notificationChannelChoose", "mutation tenantUpdate"},
    Permission.USER_MANAGE: {
        "mutation userCreate",
        "mutation userRemove",
        "mutation userUpdate",
        "query user",
        "query users",
    },
    Permission.API_KEY_MANAGE: {"mutation apiKeyCreate", "mutation apiKeyRevoke", "query apiKey", "query apiKeys"},
    Permission.PLUGIN_INSTALL: {
        "mutation pluginInstall",
        "mutation pluginUninstall",
        "mutation pluginUpgrade",
        "query pluginJob",
        "query pluginJobs",
        "subscription pluginJobProgress",
    },
    Permission.PLUGIN_MANAGE: {
        "query marketplacePlugin",
        "query marketplacePlugins",
        "query marketplaceRegistries",
        "mutation pluginConfigure",
        "mutation pluginDisable",
        "mutation pluginTaskRun",
        "mutation pluginEnable",
        "query plugin",
        "query plugins",
        "mutation licenseAdd",
        "mutation licenseRemove",
        "mutation licenseVerify",
        "query licenseHolder",
        "query licenses",
    },
    Permission.PLUGIN_PUBLISH: {
        "mutation developerRegister",
        "mutation developerUpdate",
        "mutation pluginSubmissionWithdraw",
        "mutation pluginSubmit",
        "mutation pluginYank",
        "query developers",
        "query ownRegistry",
        "query payoutStatement",
        "query pluginSales",
        "query pluginSubmission",
        "query pluginSubmissions",
    },
    Permission.PLUGIN_REVIEW: {
        "mutation pluginSubmissionApprove",
        "mutation pluginSubmissionReject",
        "mutation pluginSubmissionReview",
    },
    Permission.SALE_MANAGE: {"mutation pluginSaleRecord", "mutation pluginSaleRefund"},
}
"""What each operation needs, written down a second time: by hand."""

MAY: dict[Role, set[Permission]] = {
    Role.ADMIN: set(Permission) - {Permission.PLUGIN_INSTALL, Permission.PLUGIN_REVIEW, Permission.SALE_MANAGE},
    Role.MANAGER: {
        Permission.CATALOGUE_READ,
        Permission.CATALOGUE_WRITE,
        Permission.DELIVERY_READ,
        Permission.DELIVERY_WRITE,
    },
    Role.VIEWER: {Permission.CATALOGUE_READ},
}


def allowed_to(role: Role) -> set[str]:
    return ANYBODY | SIGNED_IN | {key for permission in MAY[role] for key in NEEDED[permission]}


async def codes(client: Client, operation: Operation) -> set[str]:
    """The codes of the top-level errors that calling an operation brings."""
    document, variables = operation.request()
    answer: dict[str, Any]
    if operation.kind == "subscription":
        async with client.events(document, **variables) as events:
            answer = await anext(events)
    else:
        answer = await client.run(document, **variables)
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


def test_every_operation_is_in_the_matrix() -> None:
    listed = [*ANYBODY, *SIGNED_IN, *(key for keys in NEEDED.values() for key in keys)]

    assert sorted(listed) == sorted(each.key for each in operations())


@pytest.mark.proves("USR-02", "USR-03", "USR-04", "USR-05")
@pytest.mark.parametrize("role", list(Role))
async def test_a_role_may_do_its_operations_and_no_others(staff_a: Staff, anybody: Client, role: Role) -> None:
    async def sign_in() -> Client:
        payload = await anybody.sign_in(f"{role}@{staff_a.tenant.id}.example", PASSWORD)
        return anybody.with_token(payload["session"]["accessToken"])

    refused: set[str] = set()
    passed: set[str] = set()
    caller = await sign_in()
    for each in operations():
        found = await codes(caller, each)
        if "UNAUTHENTICATED" in found:  # the operation before this one has ended the session
            caller = await sign_in()
            found = await codes(caller, each)
            assert "UNAUTHENTICATED" not in found, each.key
        (refused if "FORBIDDEN" in found else passed).add(each.key)

    assert passed == allowed_to(role)
    assert refused == {each.key for each in operations()} - allowed_to(role)


@pytest.mark.proves("SEC-03")
@pytest.mark.parametrize("operation", operations(), ids=lambda each: each.key)
async def test_nobody_may_do_anything_but_sign_in(anybody: Client, operation: Operation) -> None:
    refused = "UNAUTHENTICATED" in await codes(anybody, operation)

    assert refused == (operation.key not in ANYBODY)


@pytest.mark.parametrize("permission", sorted(MAY[Role.ADMIN]))
async def test_an_api_key_may_do_what_its_permission_says(staff_a: Staff, permission: Permission) -> None:
    made = await staff_a.admin.mutate("apiKeyCreate", "key", name=permission, permissions=[permission])
    caller = staff_a.admin.with_token(made["key"])

    passed = {each.key for each in operations() if "FORBIDDEN" not in await codes(caller, each)}

    assert passed == ANYBODY | SIGNED_IN | NEEDED[permission]


async def test_what_lies_behind_another_noun_needs_that_noun(staff_a: Staff) -> None:
    made = await staff_a.manager.mutate("releaseCreate", "release { id }", title="Behind")
    document = "query($id: ID!) { release(id: $id) { title deliveries { nodes { id } } } }"

    answer = await staff_a.viewer.run(document, id=made["release"]["id"])

    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["release", "deliveries"], "FORBIDDEN")
    ]


async def test_node_needs_what_the_thing_needs(staff_a: Staff) -> None:
    users = await staff_a.admin.data("{ users { nodes { id } } }")
    document = "query($id: ID!) { node(id: $id) { id __typename } }"
    wanted = users["users"]["nodes"][0]["id"]

    assert await staff_a.viewer.refused(document, id=wanted) == "FORBIDDEN"
    assert (await staff_a.admin.data(document, id=wanted))["node"] == {"id": wanted, "__typename": "User"}


async def test_no_admin_of_a_tenant_gives_a_key_what_concerns_all_tenants(staff_a: Staff) -> None:
    made = await staff_a.admin.mutate("apiKeyCreate", "key", name="All", permissions=[Permission.PLUGIN_INSTALL])

    assert made["key"] is None
    assert [error["code"] for error in made["errors"]] == ["PERMISSION_NOT_YOURS"]


def test_every_permission_is_described_and_belongs_to_the_admin() -> None:
    assert DESCRIPTIONS.keys() == set(Permission)
    assert {role: set(permissions) for role, permissions in ROLE_PERMISSIONS.items()} == MAY


def test_an_unknown_permission_is_named_with_its_place() -> None:
    with pytest.raises(DomainError) as refusal:
        parse_permissions(["catalogue:read", "world:rule"])

    assert refusal.value.code == "PERMISSION_UNKNOWN"
    assert refusal.value.path == ("permissions", 1)
