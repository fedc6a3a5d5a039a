"""Subscriptions: what is watched, changes noticed, notifications made and delivered."""
