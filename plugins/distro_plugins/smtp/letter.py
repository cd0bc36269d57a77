"""A notice as a letter: plain text, and the same in the tenant's colour."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape

from distro_plugins.smtp.settings import MailConfiguration
from distro_sdk.notifiers import Notice, NoticeRecipient

LINE = 998
"""The longest line of a header that servers must take (RFC 5322, section 2.1.1)."""

COLOUR = "#334155"


def write_letter(notice: Notice, recipient: NoticeRecipient, sender: str, own: MailConfiguration) -> EmailMessage:
    """The letter to one recipient. `sender`: the address that it comes from.

    What is told again has the same Message-ID, by which mail programs know it (RFC 5322, section 3.6.4).
    """
    letter = EmailMessage()
    letter["From"] = _address(own.sender_name or notice.sender.name, sender)
    letter["To"] = _address(recipient.name, recipient.email)
    if own.reply_to:
        letter["Reply-To"] = _address("", own.reply_to)
    letter["Subject"] = _one_line(notice.title)
    letter["Date"] = format_datetime(notice.at)
    letter["Message-ID"] = f"<{notice.key}@{sender.partition('@')[2]}>"
    # Nobody's absence note is to answer it (RFC 3834, section 5).
    letter["Auto-Submitted"] = "auto-generated"
    link = _link(notice, own)
    letter.set_content(_text(notice, link))
    letter.add_alternative(_page(notice, link), subtype="html")
    return letter


def _text(notice: Notice, link: str | None) -> str:
    parts = [notice.title, notice.message, notice.action, link or "", f"-- \n{notice.sender.name}"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _page(notice: Notice, link: str | None) -> str:
    colour = notice.sender.colour or COLOUR
    paragraphs = "".join(
        f"<p>{escape(text).replace(chr(10), '<br>')}</p>" for text in (notice.message, notice.action) if text
    )
    more = f'<p><a href="{escape(link)}" style="color:{colour}">See more</a></p>' if link else ""
    return (
        '<!doctype html><html><body style="font-family:sans-serif">'
        f'<h1 style="font-size:18px;border-left:4px solid {colour};padding-left:12px">{escape(notice.title)}</h1>'
        f"{paragraphs}{more}<p>{escape(notice.sender.name)}</p></body></html>\n"
    )


def _link(notice: Notice, own: MailConfiguration) -> str | None:
    return f"{own.site}{notice.page}" if own.site else notice.link


def _address(name: str, address: str) -> Address:
    user, _, domain = address.rpartition("@")
    return Address(display_name=_one_line(name)[:100], username=user, domain=domain)


def _one_line(text: str) -> str:
    """Without line breaks and other control characters: nothing that is told can add a header."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[: LINE // 4]
