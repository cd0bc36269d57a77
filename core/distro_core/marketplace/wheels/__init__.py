"""What a wheel is held to before any of its code runs."""
