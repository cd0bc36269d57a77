"""Assets: received, hashed, checked by content, stored."""
