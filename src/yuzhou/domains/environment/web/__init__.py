"""The pages of the environment."""
