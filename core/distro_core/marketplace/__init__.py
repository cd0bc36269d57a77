"""The marketplace: registries of plugins, whom they are trusted from, and how plugins come and go."""
