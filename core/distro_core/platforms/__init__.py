"""What the core does with platforms beyond sending them files."""
