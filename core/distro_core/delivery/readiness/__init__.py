"""Whether releases are ready for targets, before anything is delivered."""
