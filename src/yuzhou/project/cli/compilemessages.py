"""`yuzhou compilemessages`: compiles the translation catalogues."""

from yuzhou.project.messages import compile_all


def run(arguments: list[str]) -> int:
    """Compile what is newer than its compiled form."""
    print(f"{compile_all()} catalogues compiled")
    return 0
