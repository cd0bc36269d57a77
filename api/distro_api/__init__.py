"""The API: GraphQL, sign-in, uploads, health, and the command line."""
