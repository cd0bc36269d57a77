"""Reading ERN messages: what all versions share, from XML elements to releases of the catalogue."""
