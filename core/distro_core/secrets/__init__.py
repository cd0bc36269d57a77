"""Secrets: sealed with envelope encryption, opened only where they are used."""
