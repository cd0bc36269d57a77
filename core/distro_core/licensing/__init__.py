"""Licences of plugins: which tenant holds which, how they are verified, and what they open."""
