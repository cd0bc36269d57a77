"""Built-in plugins; each imports distro_sdk and nothing else of the platform."""
