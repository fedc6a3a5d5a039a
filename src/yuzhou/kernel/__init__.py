"""What every part of the platform stands on, and which knows none of them."""
