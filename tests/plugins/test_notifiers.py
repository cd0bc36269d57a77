"""People are told of notifications by channels: those that chose it, once or again, and no delivery waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from distro_api.graphql.ids import global_id
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.sweeper import sweep
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import change_status
from distro_core.identity.documents import Role, TenantDocument, UserDocument
from distro_core.identity.tenants import TenantService
from distro_core.identity.users import UserService
from distro_core.marketplace.install.purge import purge
from distro_core.notifications.channels.choice import ChannelChoice
from distro_core.notifications.channels.documents import DispatchDocument, DispatchStatus
from distro_core.notifications.channels.links import page_of
from distro_core.notifications.channels.sending import GRACE, MOST_ATTEMPTS, NOTICE_TASK, NoticeService
from distro_core.notifications.channels.service import ChannelService
from distro_core.notifications.documents import NotificationDocument, NotificationType
from distro_core.notifications.service import NotificationService
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import find_plugins
from distro_core.plugins.registry import Registries
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_core.store.outbox import OutboxRelay
from distro_core.worker import task_handlers
from distro_sdk.errors import DomainError, ErrorCategory, PluginError, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.events import Event, ImportFinished
from distro_sdk.notifiers import Notice, NoticeDraft, NotificationSeverity
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.clock import SettableClock
from distro_sdk.testing.collections import context_in_memory
from tests.api.client import Client
from tests.api.conftest import PASSWORD, hire, serve_api
from tests.api.conftest import http as http  # noqa: PLC0414 (a fixture)
from tests.api.world import delivery_document, target_document
from tests.conftest import LOOPBACK
from tests.ftp_servers import Certificate, make_certificate
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import installed
from tests.smtp_servers import PASSWORD as MAIL_PASSWORD
from tests.smtp_servers import USER, MailServer, serve_mail

START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


class Loft:
    """A notifier; `told`: to whom it told what; `trouble`: what it raises instead; `held`: what it waits for."""

    def __init__(self, key: str, personal: bool) -> None:
        self.key, self.title, self.personal = key, key.title(), personal
        self.told: list[Notice] = []
        self.trouble: Exception | None = None
        self.held: asyncio.Event | None = None

    async def send(self, context: Any, notice: Notice) -> None:
        if self.held is not None:
            await self.held.wait()
        if self.trouble is not None:
            raise self.trouble
        self.told.append(notice)


class Pigeons(Plugin):
    """Pigeons go to people, drums are heard by all; also tells of imports by itself."""

    id = "pigeons"

    def __init__(self, settings: Any = None) -> None:
        super().__init__(settings)
        self.pigeon, self.drum = Loft("pigeon", personal=True), Loft("drum", personal=False)

    def register_notifiers(self) -> tuple[Loft, Loft]:
        """Return both."""
        return (self.pigeon, self.drum)

    async def on_event(self, context: PluginContext, event: Event) -> None:
        """Tell of imports."""
        if isinstance(event, ImportFinished):
            addresses = ("team@label.example", "boss@label.example") if event.failed else ()
            await context.notify(NoticeDraft(key=event.import_id, title="An import has ended", addresses=addresses))


class Office:
    """A platform with pigeons, which the first tenant has switched on and both use; mail goes to a real server."""

    def __init__(
        self, platform: Platform, clock: SettableClock, mail: MailServer, tenants: list[TenantDocument]
    ) -> None:
        self.platform, self.clock, self.mail, self.tenants = platform, clock, mail, tenants

    @property
    def pigeons(self) -> Pigeons:
        plugin = self.platform.runtimes.current.loaded["pigeons"].plugin
        assert isinstance(plugin, Pigeons)
        return plugin

    async def scope(self, tenant: int = 0) -> Scope:
        return await self.platform.scope(self.tenants[tenant].id, SYSTEM_ACTOR)

    async def user(self, name: str, role: Role = Role.MANAGER, tenant: int = 0) -> UserDocument:
        service = UserService(self.platform.control, self.tenants[tenant].id)
        return await service.create(f"{name}@{self.tenants[tenant].id}.example", name.title(), role, password=PASSWORD)

    async def choose(self, channel: str, choice: ChannelChoice | None = None, tenant: int = 0) -> None:
        service = ChannelService(await self.scope(tenant), self.platform.control)
        await service.choose(channel, choice or ChannelChoice(), None)

    async def choose_own(self, user: UserDocument, channel: str, choice: ChannelChoice) -> None:
        await ChannelService(await self.scope(), self.platform.control).choose_own(channel, choice, user.id)

    async def move(
        self, status: Status, tenant: int = 0, *, start: Status = Status.UPDATING, relay: bool = True
    ) -> DeliveryDocument:
        """A delivery that comes to a status, of which the tenant is told."""
        scope = await self.scope(tenant)
        target = await scope.store.collection(TargetDocument).insert(target_document())
        draft = delivery_document(f"release {target.id}", target.id).model_copy(update={"status": start})
        delivery = await scope.store.collection(DeliveryDocument).insert(draft)
        delivery = await change_status(scope, delivery, status)
        if relay:
            await OutboxRelay(self.platform).relay_tenant(scope.tenant_id)
        return delivery

    async def work(self, tenant: int = 0) -> list[DispatchStatus | None]:
        """A sweep, and a worker that does what is due: what became of each attempt."""
        service = NoticeService(await self.scope(tenant), self.platform.control)
        await service.wake_due()
        waiting = [each for each in await self.dispatches(tenant) if each.status is DispatchStatus.WAITING]
        return [await service.send(dispatch.id) for dispatch in waiting]

    async def dispatches(self, tenant: int = 0) -> list[DispatchDocument]:
        return await (await self.scope(tenant)).store.collection(DispatchDocument).list({})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture(scope="module")
async def mail(certificate: Certificate) -> AsyncIterator[MailServer]:
    async with serve_mail() as server:
        yield server


@pytest.fixture(scope="module")
async def pigeonry(
    platform: Platform, settings: Settings, certificate: Certificate, mail: MailServer
) -> AsyncIterator[Platform]:
    """A platform for all tests here."""
    smtp = {
        "host": "127.0.0.1",
        "port": mail.port,
        "security": "none",
        "sender": "distro@platform.example",
        "private_networks": ["127.0.0.0/8"],
        "ca_certificates": certificate.text,
    }
    changed = {"plugins": {**LOOPBACK, "smtp": smtp}, "public_url": "https://distro.example/"}
    async with open_platform(
        settings.model_copy(update=changed),
        clock=SettableClock(START),
        find=lambda: (*find_plugins(), installed(Pigeons)),
    ) as running:
        yield running


@pytest.fixture
async def office(
    pigeonry: Platform, mail: MailServer, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> AsyncIterator[Office]:
    clock = pigeonry.clock
    assert isinstance(clock, SettableClock)
    clock.advance(START - clock.now())
    office = Office(pigeonry, clock, mail, [tenant_a, tenant_b])
    await (await PluginsOf(pigeonry)(tenant_a.id)).enable("pigeons")
    yield office
    mail.forget()
    for loft in (office.pigeons.pigeon, office.pigeons.drum):
        loft.told.clear()
        loft.trouble = loft.held = None


def away(*, retryable: bool = True, retry_after: float | None = None) -> TransportError:
    return TransportError(
        ErrorCategory.API_UNAVAILABLE, "PIGEON_AWAY", "it is out", retryable=retryable, retry_after=retry_after
    )


@pytest.mark.proves("EML-05")
@pytest.mark.hook("register_notifiers")
async def test_people_are_told_what_they_chose_once_their_tenant_uses_the_channel(office: Office) -> None:
    everything, failures, nothing = [await office.user(name) for name in ("ada", "bob", "cyd")]
    await office.user("viv", Role.VIEWER)
    await office.choose_own(failures, "pigeon", ChannelChoice(statuses=(Status.FAILED,)))
    await office.choose_own(nothing, "pigeon", ChannelChoice(enabled=False))
    await office.move(Status.UPDATED)
    unused = await office.work()
    await office.choose("pigeon")

    await office.move(Status.UPDATED)
    first = await office.work()
    await office.move(Status.FAILED)
    second = await office.work()

    assert (unused, first, second) == ([], [DispatchStatus.SENT], [DispatchStatus.SENT] * 2)
    told = [(notice.recipient and notice.recipient.email, notice.status) for notice in office.pigeons.pigeon.told]
    assert told == [
        (everything.email, Status.UPDATED),
        (everything.email, Status.FAILED),
        (failures.email, Status.FAILED),
    ]
    assert office.pigeons.drum.told == []


async def test_a_channel_without_recipients_tells_the_tenant_once_of_the_chosen_statuses(office: Office) -> None:
    await office.choose("drum", ChannelChoice(statuses=(Status.FAILED,)))
    for _ in range(2):
        await office.user(f"user{_}")
    await office.move(Status.UPDATED)
    await office.move(Status.FAILED)
    await office.work()

    (notice,) = office.pigeons.drum.told
    assert (notice.status, notice.recipient, notice.kind) == (Status.FAILED, None, "delivery")
    assert notice.severity is NotificationSeverity.ERROR


async def test_another_tenant_is_told_nothing_of_it(office: Office) -> None:
    ours, _ = await office.user("ada"), await office.user("eve", tenant=1)
    await office.choose("pigeon")
    with pytest.raises(DomainError) as unknown:
        await office.choose("pigeon", tenant=1)
    await office.move(Status.FAILED)
    await office.work()
    await office.work(tenant=1)

    assert (unknown.value.code, unknown.value.path) == ("NOT_FOUND", ("channel",))
    assert [notice.recipient.email for notice in office.pigeons.pigeon.told if notice.recipient] == [ours.email]
    assert await office.dispatches(tenant=1) == []


async def test_what_a_channel_cannot_take_is_tried_again_later_and_later_until_it_is_given_up(office: Office) -> None:
    await office.choose("drum")
    office.pigeons.drum.trouble = away()
    await office.move(Status.FAILED)

    outcomes: list[DispatchStatus | None] = []
    waits: list[float] = []
    while (outcome := (await office.work())[:1]) and len(outcomes) < 20:
        outcomes.append(outcome[0])
        (dispatch,) = await office.dispatches()
        waits.append((dispatch.next_attempt_at - office.clock.now()).total_seconds())
        assert await office.work() in ([None], [])
        office.clock.advance(max(dispatch.next_attempt_at - office.clock.now(), timedelta(0)))

    assert outcomes == [DispatchStatus.WAITING] * (MOST_ATTEMPTS - 1) + [DispatchStatus.FAILED]
    assert waits[:-1] == [30, 60, 120, 240, 480, 960, 1920, 3840, 7200]
    (dispatch,) = await office.dispatches()
    assert (dispatch.attempts, dispatch.code, dispatch.reason) == (MOST_ATTEMPTS, "PIGEON_AWAY", "it is out")


async def test_what_arrives_in_the_end_has_the_key_of_the_first_attempt(office: Office) -> None:
    await office.choose("drum")
    office.pigeons.drum.trouble = away(retry_after=300)
    await office.move(Status.FAILED)
    await office.work()
    (waiting,) = await office.dispatches()
    office.pigeons.drum.trouble = None
    office.clock.advance(timedelta(seconds=300))
    await office.work()

    assert waiting.next_attempt_at == START + timedelta(seconds=300)
    assert [notice.key for notice in office.pigeons.drum.told] == [waiting.id]
    (sent,) = await office.dispatches()
    assert (sent.status, sent.attempts, sent.reason, sent.sent_at) == (DispatchStatus.SENT, 2, "", office.clock.now())


@pytest.mark.parametrize("trouble", [away(retryable=False), DomainError("PIGEON_REFUSED", "no bread")])
async def test_what_a_channel_refuses_for_good_is_not_tried_again(office: Office, trouble: Exception) -> None:
    await office.choose("drum")
    office.pigeons.drum.trouble = trouble
    await office.move(Status.FAILED)

    assert [await office.work(), await office.work()] == [[DispatchStatus.FAILED], []]


async def test_no_delivery_and_no_plugin_suffers_from_a_channel_that_is_away(office: Office) -> None:
    await office.choose("drum")
    office.pigeons.drum.trouble = away()
    for _ in range(office.platform.settings.plugin_failures + 1):
        delivery = await office.move(Status.UPDATED)
    outcomes = await office.work()

    assert delivery.status is Status.UPDATED
    assert outcomes == [DispatchStatus.WAITING] * (office.platform.settings.plugin_failures + 1)
    circuits = office.platform.runtimes.current.dispatcher.circuits
    assert circuits is not None
    assert await circuits.find("pigeons", office.tenants[0].id) is None


async def test_a_notifier_that_fails_again_and_again_rests_and_loses_nothing(office: Office) -> None:
    await office.choose("drum")
    office.pigeons.drum.trouble = RuntimeError("the drum is torn")
    most = office.platform.settings.plugin_failures
    for _ in range(most + 1):
        await office.move(Status.UPDATED)
    await office.work()
    tried = sorted(dispatch.attempts for dispatch in await office.dispatches())
    office.pigeons.drum.trouble = None
    for _ in range(3):
        office.clock.advance(timedelta(seconds=office.platform.settings.plugin_rest + 1))
        await office.work()

    # The last of them was not tried at all while the plugin rested.
    assert tried == [0] + [1] * most
    assert {dispatch.status for dispatch in await office.dispatches()} == {DispatchStatus.SENT}


async def test_many_workers_tell_it_once_and_a_dead_one_leaves_it_to_another(office: Office) -> None:
    await office.choose("drum")
    await office.move(Status.FAILED)
    services = [NoticeService(await office.scope(), office.platform.control) for _ in range(6)]
    await asyncio.gather(*(service.wake_due() for service in services))
    (dispatch,) = await office.dispatches()
    # What a dead worker leaves: a claim, and nothing after it.
    assert await services[0]._claim(dispatch.id) is not None
    blocked = await asyncio.gather(*(service.send(dispatch.id) for service in services))
    office.clock.advance(timedelta(seconds=office.platform.settings.plugin_timeout) + GRACE)
    sent = await asyncio.gather(*(service.send(dispatch.id) for service in services))

    assert blocked == [None] * 6
    assert [outcome for outcome in sent if outcome] == [DispatchStatus.SENT]
    assert len(office.pigeons.drum.told) == 1


async def test_an_event_that_is_told_twice_tells_people_once(office: Office) -> None:
    await office.choose("drum")
    delivery = await office.move(Status.FAILED, relay=False)
    raw = (await office.scope()).store.collection(DeliveryDocument).raw
    events = (await raw.find_one({"_id": delivery.id}))["outbox"]
    for _ in range(2):
        await raw.update_one({"_id": delivery.id}, {"$set": {"outbox": events}, "$unset": {"outbox_claim": ""}})
        await OutboxRelay(office.platform).relay_tenant(office.tenants[0].id)
        await office.work()

    assert len(office.pigeons.drum.told) == 1


async def test_who_has_left_or_may_not_see_it_any_more_is_not_told(office: Office) -> None:
    gone, demoted = await office.user("ada", Role.ADMIN), await office.user("bob")
    await office.user("cyd", Role.ADMIN)
    await office.choose("pigeon")
    await office.move(Status.FAILED)
    service = NoticeService(await office.scope(), office.platform.control)
    await service.wake_due()
    users = UserService(office.platform.control, office.tenants[0].id)
    await users.remove(gone.id)
    await users.update(demoted.id, role=Role.VIEWER)
    await office.work()

    ended = {each.recipient: each.status for each in await office.dispatches()}
    assert (ended[gone.id], ended[demoted.id]) == (DispatchStatus.FAILED, DispatchStatus.FAILED)
    assert [notice.recipient.name for notice in office.pigeons.pigeon.told if notice.recipient] == ["Cyd"]


async def test_what_was_to_go_by_a_channel_that_is_switched_off_is_given_up(office: Office) -> None:
    await office.choose("drum")
    await office.move(Status.FAILED)
    await NoticeService(await office.scope(), office.platform.control).wake_due()
    await (await PluginsOf(office.platform)(office.tenants[0].id)).disable("pigeons")
    (dispatch,) = await office.dispatches()
    outcome = await NoticeService(await office.scope(), office.platform.control).send(dispatch.id)

    assert outcome is DispatchStatus.FAILED
    assert (await office.dispatches())[0].reason == "the channel or the notification is gone"


async def test_what_came_before_the_first_channel_is_not_told_and_what_waits_ends_with_the_channel(
    office: Office,
) -> None:
    await office.move(Status.FAILED)
    await sweep(office.platform)
    await office.choose("drum")
    before = await office.work()
    await office.move(Status.UPDATED)
    await NoticeService(await office.scope(), office.platform.control).wake_due()
    await office.choose("drum", ChannelChoice(enabled=False))
    after = await office.work()

    assert (before, after) == ([], [DispatchStatus.FAILED])
    assert (await office.dispatches())[0].reason == "the channel is not used any more"
    assert office.pigeons.drum.told == []


def imported(number: int, tenant_id: str, failed: int = 0) -> ImportFinished:
    return ImportFinished(
        id=new_id(), tenant_id=tenant_id, at=START, import_id=f"i{number}", succeeded=1, failed=failed
    )


async def test_a_plugin_tells_people_itself_each_thing_once(office: Office) -> None:
    user = await office.user("ada")
    await office.choose("pigeon")
    plugins = (await office.scope()).plugins
    tenant = office.tenants[0].id
    for event in (imported(1, tenant), imported(1, tenant), imported(2, tenant, failed=3)):
        assert await plugins.on_event(event)
    await office.work()

    notified = (await NotificationService(await office.scope()).page()).documents
    assert [(each.type, each.plugin_id, each.title, each.target_id) for each in notified] == [
        (NotificationType.PLUGIN, "pigeons", "An import has ended", None)
    ] * 2
    told = office.pigeons.pigeon.told
    assert sorted(notice.recipient.email for notice in told if notice.recipient) == sorted(
        ["boss@label.example", "team@label.example", user.email]
    )
    assert {notice.kind for notice in told} == {"pigeons"}


async def test_a_plugin_that_is_purged_leaves_no_notice_and_no_choice(office: Office) -> None:
    user = await office.user("ada")
    for channel in ("pigeon", "drum", "mail"):
        await office.choose(channel)
        await office.choose_own(user, channel, ChannelChoice())
    await (await office.scope()).plugins.on_event(imported(1, office.tenants[0].id))
    await office.move(Status.FAILED)
    await office.work()
    for _ in range(2):
        await purge(office.platform.control, "pigeons")

    tenant = await office.platform.control.collection(TenantDocument).get(office.tenants[0].id)
    chooser = await office.platform.control.collection(UserDocument).get(user.id)
    left = (await NotificationService(await office.scope()).page()).documents
    assert set(tenant.notification_channels) == set(chooser.notification_channels) == {"mail"}
    assert [each.plugin_id for each in left] == [None]
    assert {each.channel for each in await office.dispatches()} == {"mail"}


async def test_a_channel_of_another_plugin_with_the_same_key_was_not_chosen(office: Office) -> None:
    await office.choose("drum")
    change = Change(set={"notification_channels.drum.plugin": "drummers"})
    await office.platform.control.collection(TenantDocument).update(office.tenants[0].id, change)
    await office.move(Status.FAILED)

    assert await office.work() == []


async def test_nobody_is_told_where_there_is_nobody(office: Office) -> None:
    with pytest.raises(DomainError) as refused:
        await PluginContext("tenant", "pigeons").notify(NoticeDraft(key="k", title="T"))
    context = context_in_memory("pigeons")
    await context.notify(NoticeDraft(key="k", title="T"))

    assert refused.value.code == "PLUGIN_NOTICES_UNAVAILABLE"
    assert [draft.title for draft in context.told] == ["T"]


@pytest.mark.proves("EML-03", "EML-07")
async def test_a_status_change_is_mailed_even_where_everything_after_it_dies(office: Office) -> None:
    user = await office.user("ada")
    await office.choose("mail")
    await (await PluginsOf(office.platform)(office.tenants[0].id)).configure("smtp", {"site": "https://label.example"})
    # The change is all that a dying process has written: what is to be told lies in the same document.
    delivery = await office.move(Status.FAILED, relay=False)
    assert await office.dispatches() == []

    await OutboxRelay(office.platform).relay_tenant(office.tenants[0].id)
    await sweep(office.platform)
    (dispatch,) = await office.dispatches()
    payload = {"tenant_id": office.tenants[0].id, "dispatch_id": dispatch.id}
    await office.platform.queue.cancel(f"{NOTICE_TASK}:{dispatch.id}")
    for _ in range(2):
        await task_handlers(office.platform)[NOTICE_TASK](payload)

    (letter,) = office.mail.letters
    assert office.mail.recipients == [user.email]
    assert letter["Subject"].strip() == f"Release {delivery.release_id} could not be delivered to Shop"
    assert letter["Message-ID"] == f"<{dispatch.id}@platform.example>"
    body = letter.get_body(("plain",))
    assert body is not None
    # The tenant's own address, not the platform's.
    assert f"https://label.example/admin/deliveries/{global_id('Delivery', delivery.id)}" in body.get_content()


@pytest.mark.proves("EML-01")
async def test_a_tenants_own_server_gets_its_mail_with_a_password_that_is_sealed(
    office: Office, certificate: Certificate
) -> None:
    await office.user("ada")
    await office.choose("mail")
    async with serve_mail(certificate, sign_in=True) as own:
        configuration = {"host": "localhost", "port": own.port, "username": USER, "sender": "news@label.example"}
        plugins = await PluginsOf(office.platform)(office.tenants[0].id)
        with pytest.raises(DomainError) as refused:
            await plugins.configure("smtp", {**configuration, "password": "a wrong one"})
        state = await plugins.configure("smtp", {**configuration, "password": MAIL_PASSWORD})
        await office.move(Status.FAILED)
        outcomes = await office.work()

    stored = await office.platform.control.collection(TenantDocument).raw.find_one({"_id": office.tenants[0].id})
    assert (refused.value.code, refused.value.path) == ("SMTP_LOGIN_REFUSED", ("configuration", "host"))
    assert [(secret.name, secret.is_set) for secret in state.secrets] == [("password", True)]
    assert outcomes == [DispatchStatus.SENT]
    assert ([letter["From"] for letter in own.letters], office.mail.letters) == (
        [f"{office.tenants[0].name} <news@label.example>"],
        [],
    )
    assert MAIL_PASSWORD not in str(stored)


@pytest.mark.proves("EML-03")
async def test_mail_tells_how_deliveries_ended_with_links_to_them(office: Office) -> None:
    await office.user("ada")
    await office.choose("mail")
    ways = ((Status.UPDATING, Status.UPDATED), (Status.UPDATING, Status.FAILED), (Status.FAILED, Status.RETRYING))
    tenants = TenantService(office.platform.control, office.platform.create_tenant_database)
    await tenants.update(office.tenants[0].id, notified_statuses=[end for _, end in ways])
    for start, end in ways:
        delivery = await office.move(end, start=start)
        await office.work()
        body = office.mail.letters[-1].get_body(("plain",))
        assert body is not None
        link = f"https://distro.example/admin/deliveries/{global_id('Delivery', delivery.id)}"
        assert link in body.get_content()

    subjects = [letter["Subject"].strip().split(" ", 3)[3] for letter in office.mail.letters]
    assert subjects == ["was updated on Shop", "could not be delivered to Shop", "is tried again for Shop"]


def test_links_lead_to_what_a_notification_is_about() -> None:
    def page(**about: str) -> str:
        severity = NotificationSeverity.INFO
        return page_of(
            NotificationDocument(event_id="e", severity=severity, title="T", message="M", expires_at=START, **about)
        )

    assert page(delivery_id="d", release_id="r", target_id="t") == f"/admin/deliveries/{global_id('Delivery', 'd')}"
    assert page(release_id="r", target_id="t") == f"/admin/releases/{global_id('Release', 'r')}"
    assert page(target_id="t") == f"/admin/targets/{global_id('Target', 't')}"
    assert page() == "/admin/"


CHANNELS = (
    "{ notificationChannels { key title plugin personal tenant { enabled statuses } mine { enabled statuses } } }"
)
CHOSEN = "channel { key tenant { enabled statuses } mine { enabled statuses } }"
DISPATCHES = (
    "{ notifications { nodes { type plugin targetId dispatches { channel recipient status attempts reason } } } }"
)


async def test_channels_are_chosen_over_graphql(office: Office, http: httpx2.AsyncClient) -> None:
    async with serve_api(office.platform, development=False) as url:
        anybody = Client(http, url)
        admin, manager = [
            await hire(office.platform, anybody, office.tenants[0], role) for role in (Role.ADMIN, Role.MANAGER)
        ]
        other = await hire(office.platform, anybody, office.tenants[1], Role.ADMIN)
        before = {each["key"]: each for each in (await admin.data(CHANNELS))["notificationChannels"]}
        chosen = await admin.mutate("notificationChannelChoose", CHOSEN, channel="pigeon", enabled=True)
        own = await manager.mutate(
            "meNotificationChannelChoose", CHOSEN, channel="pigeon", enabled=True, statuses=["live"]
        )
        unknown = await other.mutate("notificationChannelChoose", CHOSEN, channel="pigeon", enabled=True)
        refused = await manager.refused(
            'mutation { notificationChannelChoose(input: {channel: "mail", enabled: true}) { errors { code } } }'
        )
        await office.move(Status.FAILED)
        await office.work()
        (seen,) = (await admin.data(DISPATCHES))["notifications"]["nodes"]
        hidden = await manager.refused(DISPATCHES)

    off, everything = {"enabled": False, "statuses": None}, {"enabled": True, "statuses": None}
    assert set(before) == {"drum", "mail", "pigeon"}
    assert before["pigeon"] == {
        "key": "pigeon",
        "title": "Pigeon",
        "plugin": "pigeons",
        "personal": True,
        "tenant": off,
        "mine": everything,
    }
    assert before["drum"]["mine"] is None
    assert chosen["channel"] == {"key": "pigeon", "tenant": everything, "mine": everything}
    assert own["channel"]["mine"] == {"enabled": True, "statuses": ["live"]}
    assert [(error["code"], error["path"]) for error in unknown["errors"]] == [("NOT_FOUND", ["channel"])]
    assert (refused, hidden) == ("FORBIDDEN", "FORBIDDEN")
    (dispatch,) = seen["dispatches"]
    assert (seen["type"], seen["plugin"], dispatch["status"], dispatch["attempts"]) == ("DELIVERY", None, "sent", 1)


def test_two_plugins_do_not_share_a_channel() -> None:
    registries = Registries()
    registries.collect(Pigeons())
    with pytest.raises(PluginError) as caught:
        registries.collect(type("Rival", (Pigeons,), {"id": "rival"})())

    assert caught.value.message == "its notifier pigeon is already provided by plugin pigeons"
