"""Mail over SMTP: a channel for notifications."""

from distro_plugins.smtp.plugin import SmtpPlugin

__all__ = ["SmtpPlugin"]
