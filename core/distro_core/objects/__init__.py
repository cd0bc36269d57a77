"""Object storage: the bytes of assets and messages, behind one interface."""
