"""Writes: each checks the actor, changes, and records the act."""
