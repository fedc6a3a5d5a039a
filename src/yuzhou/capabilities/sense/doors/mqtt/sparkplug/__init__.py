"""Sparkplug B: edge nodes and their devices (Eclipse Sparkplug 3.0)."""
