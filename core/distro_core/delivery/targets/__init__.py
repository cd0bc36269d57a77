"""Targets: where deliveries go, how they are set up, tried and paused."""
