"""Publishing plugins: developers, submissions and their review, our own registry, and the ledger of sales."""
