"""Writing messages of ERN 4: one builder, told by a dialect how its version differs."""
