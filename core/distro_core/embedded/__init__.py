"""The private MongoDB and Valkey servers of the embedded default."""
