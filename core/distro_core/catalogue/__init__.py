"""The catalogue: parties, releases and tracks."""
