"""What keeps deliveries from a receiver that fails or has enough: circuits, rates, connections."""
