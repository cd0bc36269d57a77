"""Plugins: found, checked, collected into a runtime, and called."""
