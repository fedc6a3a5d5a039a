"""The scoped reads of the environment domain."""
