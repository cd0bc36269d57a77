"""Channels: who wants to be told by which, and how it is told again until it has arrived."""
