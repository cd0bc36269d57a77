"""Imports: a catalogue from files."""
