"""The writes of the environment domain; each needs a transaction and records its act."""
