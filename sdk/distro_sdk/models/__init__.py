"""Domain models shared by the core and its plugins."""
