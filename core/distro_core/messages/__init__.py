"""Messages: planned here, written by message builders."""
