"""Files as targets take them: decided here, made by plugins, kept by the hash of their source and their recipe."""
