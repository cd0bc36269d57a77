"""Data keys wrapped by AWS KMS, for operators who keep their keys there."""

from distro_plugins.aws_kms.plugin import AwsKmsPlugin

__all__ = ["AwsKmsPlugin"]
