"""What every version of the ERN standard shares: writing, rules and reading."""
