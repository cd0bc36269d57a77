"""What went wrong, what may be done about it, and when it is tried again."""
