"""Metadata of released music, looked up at sources that plugins bring."""
