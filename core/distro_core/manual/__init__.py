"""Distribution that a person carries out: exports, statuses, ids (rows MAN-01 to MAN-06)."""
