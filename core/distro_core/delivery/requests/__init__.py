"""How deliveries are asked for: at once, later, again and again, and many together."""
