"""Deliveries: from the request to the acknowledgement."""
