"""Mail over SMTP, against a real mail server: encrypted and signed in, refused, slow and away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from email.message import EmailMessage
from typing import Any

import pytest
from pydantic import ValidationError

from distro_plugins.smtp import SmtpPlugin
from distro_plugins.smtp.settings import MailConfiguration
from distro_sdk.errors import DomainError, TransportError
from distro_sdk.health import CheckStatus
from distro_sdk.notifiers import Notice, NoticeRecipient, Notifier
from distro_sdk.plugin import PluginContext
from distro_sdk.testing.collections import context_in_memory
from distro_sdk.testing.notifiers import NotifierConformance, example_notice
from distro_sdk.testing.plugins import PluginConformance
from tests.ftp_servers import Certificate, make_certificate
from tests.smtp_servers import PASSWORD, USER, MailServer, serve_mail


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with serve_mail() as server:
        yield server


def operator(mail: MailServer, **others: Any) -> dict[str, Any]:
    """What an operator sets for a server of a test."""
    plain = {"host": "127.0.0.1", "port": mail.port, "security": "none", "sender": "distro@platform.example"}
    return {**plain, "timeout": 30, **others}


def notifier_of(settings: dict[str, Any]) -> Notifier:
    (notifier,) = SmtpPlugin(settings).register_notifiers()
    return notifier


def configured(**configuration: Any) -> PluginContext:
    """A tenant's context, with secrets as the platform hands them over."""
    checked = MailConfiguration.model_validate(configuration)
    return context_in_memory("smtp", configuration={**checked.model_dump(), "password": checked.password})


async def send(settings: dict[str, Any], context: PluginContext | None = None, notice: Notice | None = None) -> None:
    await notifier_of(settings).send(context or configured(), notice or example_notice())


async def fault(settings: dict[str, Any], context: PluginContext | None = None) -> tuple[str, bool]:
    with pytest.raises(TransportError) as refused:
        await send(settings, context)
    assert PASSWORD not in refused.value.message
    return refused.value.code, refused.value.retryable


class TestSmtpPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[SmtpPlugin]:
        return SmtpPlugin


class TestSmtpNotifier(NotifierConformance):
    @pytest.fixture
    def notifier(self, mail: MailServer) -> Notifier:
        return notifier_of(operator(mail))

    @pytest.fixture
    def context(self) -> PluginContext:
        return configured()

    @pytest.fixture
    def arrived(self, mail: MailServer) -> Callable[[], Sequence[str]]:
        def texts() -> list[str]:
            return [f"{letter.as_string()}\n{letter['Subject']}" for letter in mail.letters]

        return texts

    @pytest.fixture
    def unreachable(self) -> Notifier:
        return notifier_of({"host": "127.0.0.1", "port": 1, "security": "none", "sender": "distro@platform.example"})


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    body = letter.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content.replace("\r\n", "\n")


@pytest.mark.proves("EML-01")
async def test_a_letter_says_who_tells_what_to_whom(mail: MailServer) -> None:
    await send(operator(mail), configured(reply_to="team@label.example", site="https://music.label.example"))

    (letter,) = mail.letters
    assert (mail.senders, mail.recipients) == (["distro@platform.example"], ["ada@label.example"])
    assert letter["From"] == "Example Records <distro@platform.example>"
    assert letter["To"] == "Ada Example <ada@label.example>"
    assert letter["Reply-To"] == "team@label.example"
    assert letter["Subject"] == "Night Drive is live on Example DSP"
    assert letter["Date"] == "Thu, 15 Jan 2026 12:00:00 +0000"
    assert (letter["Message-ID"], letter["Auto-Submitted"]) == ("<0190b2c4@platform.example>", "auto-generated")
    link = "https://music.label.example/admin/deliveries/RGVsaXZlcnk6MQ"
    assert text_of(letter).split("\n\n")[1:3] == ["The platform has accepted the release.", link]
    page = text_of(letter, "html")
    assert f'href="{link}"' in page
    assert "#336699" in page


async def test_what_is_told_is_never_taken_for_markup_or_a_header(mail: MailServer) -> None:
    notice = example_notice(title="<script>alert(1)</script>\r\nBcc: all@label.example")
    await send(operator(mail), notice=notice)

    (letter,) = mail.letters
    assert letter["Bcc"] is None
    assert letter["Subject"] == "<script>alert(1)</script> Bcc: all@label.example"
    assert "<script>" not in text_of(letter, "html")
    assert mail.recipients == ["ada@label.example"]


@pytest.mark.parametrize("tls", [False, True])
async def test_mail_goes_encrypted_and_signed_in(certificate: Certificate, tls: bool) -> None:
    async with serve_mail(certificate, tls=tls, sign_in=True) as mail:
        encrypted = operator(
            mail,
            host="localhost",
            security="tls" if tls else "starttls",
            username=USER,
            password=PASSWORD,
            ca_certificates=certificate.text,
        )
        await send(encrypted)

        assert (len(mail.letters), mail.signed_in) == (1, 1)
        assert await fault({**encrypted, "password": "wrong"}) == ("SMTP_LOGIN_REFUSED", False)
        assert await fault({**encrypted, "ca_certificates": None}) == ("CERTIFICATE_REFUSED", False)


async def test_a_server_that_does_not_encrypt_gets_no_password(mail: MailServer) -> None:
    wanting = operator(mail, security="starttls", username=USER, password=PASSWORD)

    assert await fault(wanting) == ("SMTP_NOT_SUPPORTED", False)
    assert await fault({**wanting, "security": "none"}) == ("SMTP_NOT_SUPPORTED", False)
    assert (mail.letters, mail.signed_in) == ([], 0)


@pytest.mark.parametrize(
    ("said", "code", "again"),
    [("550 no such user", "SMTP_RECIPIENT_REFUSED", False), ("451 greylisted, come again", "SMTP_UNAVAILABLE", True)],
)
async def test_a_recipient_that_is_refused(mail: MailServer, said: str, code: str, again: bool) -> None:
    mail.unknown["ada@label.example"] = said

    assert await fault(operator(mail)) == (code, again)
    assert mail.letters == []


@pytest.mark.parametrize(
    ("said", "code", "again"),
    [("554 this looks like spam", "SMTP_MESSAGE_REFUSED", False), ("452 disk full", "SMTP_UNAVAILABLE", True)],
)
async def test_a_letter_that_is_refused(mail: MailServer, said: str, code: str, again: bool) -> None:
    mail.answer = said

    assert await fault(operator(mail)) == (code, again)


async def test_a_server_that_is_slow_is_given_up_and_may_be_tried_again(mail: MailServer) -> None:
    mail.delay = 5

    assert await fault(operator(mail, timeout=0.2)) == ("TRANSFER_STALLED", True)


async def test_a_server_that_is_silent_from_the_beginning_is_given_up() -> None:
    lines: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda reader, writer: lines.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent:
        settings = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "a@b.example", "timeout": 0.2}
        assert await fault(settings) == ("TRANSFER_STALLED", True)
        lines[0].close()


async def test_no_server_is_no_reason_to_try_again() -> None:
    assert await fault({}) == ("SMTP_SERVER_NOT_SET", False)


async def test_a_tenants_own_server_is_used_in_place_of_the_operators(
    mail: MailServer, certificate: Certificate
) -> None:
    async with serve_mail(certificate, sign_in=True) as own:
        context = configured(
            host="localhost", port=own.port, username=USER, password=PASSWORD, sender="news@label.example"
        )
        settings = operator(mail, private_networks=["127.0.0.0/8"], ca_certificates=certificate.text)
        await send(settings, context)
        await send(settings)

        assert [letter["From"] for letter in own.letters] == ["Example Records <news@label.example>"]
        assert (own.signed_in, len(mail.letters)) == (1, 1)
        # The operator's own network is closed to servers that tenants name.
        assert await fault({**settings, "private_networks": []}, context) == ("ADDRESS_FORBIDDEN", False)


async def test_a_server_of_ones_own_is_tried_before_it_is_saved(certificate: Certificate) -> None:
    async with serve_mail(certificate, sign_in=True) as own:
        plugin = SmtpPlugin({"private_networks": ["127.0.0.0/8"], "ca_certificates": certificate.text})
        good = {"host": "localhost", "port": own.port, "username": USER, "sender": "news@label.example"}
        await plugin.check_config(configured(**good, password=PASSWORD))
        await plugin.check_config(configured())
        with pytest.raises(DomainError) as refused:
            await plugin.check_config(configured(**good, password="wrong"))

    assert (refused.value.code, refused.value.path) == ("SMTP_LOGIN_REFUSED", ("host",))
    assert own.signed_in == 1


@pytest.mark.hook("register_health_checks")
async def test_the_server_is_checked(mail: MailServer) -> None:
    async def found(settings: dict[str, Any], context: PluginContext | None = None) -> tuple[CheckStatus, str]:
        (check,) = SmtpPlugin(settings).register_health_checks()
        result = await check.check(context)
        assert not check.critical
        return result.status, result.detail

    assert await found(operator(mail)) == (CheckStatus.UP, "127.0.0.1 answers")
    assert await found(operator(mail), configured()) == (CheckStatus.UP, "127.0.0.1 answers")
    assert (await found({}))[0] is CheckStatus.UNUSED
    assert (await found({**operator(mail), "port": 1}))[0] is CheckStatus.DOWN


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "mail.example"},
        {"host": "mail.example", "sender": "not an address"},
        {"host": "mail.example\r\nRCPT", "sender": "a@b.example"},
        {"username": "label"},
        {"private_networks": ["everywhere"]},
        {"surprise": 1},
    ],
)
def test_settings_that_are_not_whole_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SmtpPlugin(settings)


@pytest.mark.parametrize(
    "configuration",
    [
        {"host": "mail.example"},
        {"host": "mail.example", "sender": "a@b.example", "security": "none"},
        {"host": "mail.example", "sender": "a@b.example", "password": "secret"},
        {"sender": "a@b.example"},
        {"site": "javascript:alert(1)"},
        {"site": "https://label.example/elsewhere"},
        {"reply_to": "a@b.example\nBcc: c@d.example"},
    ],
)
def test_configurations_that_are_not_whole_are_refused(configuration: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MailConfiguration.model_validate(configuration)


async def test_a_name_in_any_script_reaches_its_address(mail: MailServer) -> None:
    notice = example_notice()
    named = notice.model_copy(update={"recipient": NoticeRecipient(email="ada@label.example", name='Ada "Ä" Ł, 星')})
    await send(operator(mail), notice=named)

    assert mail.recipients == ["ada@label.example"]
    (address,) = mail.letters[0]["To"].addresses
    assert (address.display_name, address.addr_spec) == ('Ada "Ä" Ł, 星', "ada@label.example")
