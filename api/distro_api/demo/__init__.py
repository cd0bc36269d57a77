"""The demonstration: the main job from an empty folder to acknowledged deliveries, as a GraphQL client only."""
