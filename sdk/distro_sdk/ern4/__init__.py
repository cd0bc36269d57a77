"""What the versions of ERN 4 share: writing, rules and reading."""
