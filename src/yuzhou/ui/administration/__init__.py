"""The desk pages of people, organisations, roles and tokens, and the portal pages by which one joins."""
