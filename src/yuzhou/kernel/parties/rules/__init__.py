"""Codes of persons and organisations: pure rules."""
