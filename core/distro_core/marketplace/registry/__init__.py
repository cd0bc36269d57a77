"""Registries of plugins: their format, where they are read, and how they are searched."""
