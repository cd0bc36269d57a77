"""Tasks of plugins: when they are due, and who runs them."""
