"""Notifications: what a tenant is told of its deliveries."""
