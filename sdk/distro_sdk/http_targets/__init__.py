"""What transports over HTTP share: settings, addresses, bodies of files, one request and the names of failures."""
