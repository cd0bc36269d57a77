"""Health checks of plugins: asked for the process and for tenants, and remembered for a moment."""
