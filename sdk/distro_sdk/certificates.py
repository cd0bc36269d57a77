"""Whom a target's server must prove itself to: the authorities that a target names, or those this machine trusts."""

from __future__ import annotations

import ssl
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field


def readable_certificates(text: str) -> str:
    """The text as it is; raises ValueError for one without a certificate in PEM."""
    try:
        trust_in(text)
    except (ssl.SSLError, ValueError) as error:
        raise ValueError("expected the text of a certificate, '-----BEGIN CERTIFICATE-----'") from error
    return text


CertificateText = Annotated[str, Field(max_length=200_000), AfterValidator(readable_certificates)]
"""Of a field of settings: certificates of authorities, PEM."""


@lru_cache(maxsize=32)
def trust_in(authorities: str | None) -> ssl.SSLContext:
    """TLS 1.2 or newer with names checked, for clients; shared, so that nobody may change it.

    `authorities`: PEM text, None for those of this machine, whose reading takes 50 ms: call it in a thread. Raises
    ValueError or `ssl.SSLError` for a text that is none.
    """
    return ssl.create_default_context(cadata=authorities)


@lru_cache(maxsize=32)
def trust_beside(authorities: str | None) -> ssl.SSLContext:
    """As `trust_in`, with the authorities of this machine trusted as well."""
    context = ssl.create_default_context()
    if authorities:
        context.load_verify_locations(cadata=authorities)
    return context
