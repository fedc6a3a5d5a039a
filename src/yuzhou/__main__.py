"""`python -m yuzhou`: the command line."""

from yuzhou.project.cli import main

if __name__ == "__main__":
    main()
