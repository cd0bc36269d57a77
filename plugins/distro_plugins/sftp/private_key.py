"""The private key of a target, read with its passphrase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from distro_plugins.sftp.key_derivation import KeyTooCostly, plain_key

if TYPE_CHECKING:
    import asyncssh

    from distro_plugins.sftp.settings import SftpSettings


@dataclass
class KeyUnreadable(Exception):
    """A key that nobody can sign in with. `setting`: which of `private_key` and `passphrase` is to blame."""

    setting: str
    message: str


def read_private_key(settings: SftpSettings) -> asyncssh.SSHKey | None:
    """The key of a target, None where it has none; raises `KeyUnreadable`.

    Blocks for a tenth of a second and more where the key is encrypted, as deriving the key of the cipher takes time.
    """
    import asyncssh  # noqa: PLC0415  # 20 MB, which only those have who use SFTP

    if settings.private_key is None:
        return None
    passphrase = settings.passphrase.get_secret_value() if settings.passphrase else None
    try:
        return asyncssh.import_private_key(plain_key(settings.private_key.get_secret_value()), passphrase)
    except KeyTooCostly as error:
        raise KeyUnreadable("private_key", f"the private key {error}") from error
    except asyncssh.KeyEncryptionError as error:
        raise _locked(passphrase) from error
    except ValueError as error:
        # asyncssh has one error for all else: only its words tell a wrong passphrase from a damaged key.
        if "decrypt" in str(error) or "Passphrase" in str(error):
            raise _locked(passphrase) from error
        message = "the private key cannot be read: it is damaged, or of a kind that is not supported"
        raise KeyUnreadable("private_key", message) from error


def _locked(passphrase: str | None) -> KeyUnreadable:
    if passphrase is None:
        return KeyUnreadable("passphrase", "the private key is encrypted, and its passphrase is missing")
    return KeyUnreadable("passphrase", "the private key does not open with this passphrase")
