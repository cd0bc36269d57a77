"""What a mail server's refusals mean (RFC 5321, section 4.2.1: 4yz may be tried again, 5yz not)."""

from __future__ import annotations

import aiosmtplib

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network_failures import STALLED, Verdict, network_error, raised

LOGIN_REFUSED = Verdict(ErrorCategory.AUTH_INVALID, "SMTP_LOGIN_REFUSED", retryable=False)
NOT_SUPPORTED = Verdict(ErrorCategory.NETWORK_CONNECTIVITY, "SMTP_NOT_SUPPORTED", retryable=False)
RECIPIENT_REFUSED = Verdict(ErrorCategory.CONTENT_FORMAT, "SMTP_RECIPIENT_REFUSED", retryable=False)
MESSAGE_REFUSED = Verdict(ErrorCategory.CONTENT_FORMAT, "SMTP_MESSAGE_REFUSED", retryable=False)
UNAVAILABLE = Verdict(ErrorCategory.API_UNAVAILABLE, "SMTP_UNAVAILABLE", retryable=True)

LONGEST_ANSWER = 200


def smtp_error(error: Exception, doing: str) -> TransportError:
    """What went wrong as the error to raise. `doing`: what was tried, such as ``sign in to mail.example``."""
    if isinstance(error, TransportError):
        return error
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return smtp_error(error.recipients[0], doing)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _refusal(error, doing)
    if isinstance(error, aiosmtplib.SMTPNotSupported) or type(error) is aiosmtplib.SMTPException:
        # The client library says it so where a server has no STARTTLS, or no way to sign in.
        return raised(NOT_SUPPORTED, f"cannot {doing}: {error.message}")
    if isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return raised(STALLED, f"cannot {doing}: the server gives no answer")
    return network_error(error, doing)


def _refusal(error: aiosmtplib.SMTPResponseException, doing: str) -> TransportError:
    said = f"{error.code} {' '.join(str(error.message).split())[:LONGEST_ANSWER]}"
    message = f"cannot {doing}: the server says {said}"
    if not 500 <= error.code <= 599:
        return raised(UNAVAILABLE, message)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return raised(LOGIN_REFUSED, message)
    return raised(RECIPIENT_REFUSED if isinstance(error, aiosmtplib.SMTPRecipientRefused) else MESSAGE_REFUSED, message)
