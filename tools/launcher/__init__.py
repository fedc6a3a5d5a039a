"""What `./yuzhou` does before the platform's own code runs. Standard library only."""

from launcher.start import main

__all__ = ["main"]
