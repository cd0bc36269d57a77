"""Validation of messages in four stages."""
