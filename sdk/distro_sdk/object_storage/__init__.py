"""What transports into object storages share: safe keys, files in parts, patience and the names of failures."""
