"""`yuzhou manage …`: Django's management commands on the platform's database."""

NEEDS_NO_DATABASE = {"check", "makemigrations", "help", "--help", "diffsettings", "findstatic"}


def run(arguments: list[str]) -> int:
    """Run one of them, as the owner of the database."""
    if arguments and arguments[0] not in NEEDS_NO_DATABASE:
        from yuzhou.project.cli.reach import reach_platform

        reach_platform()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["yuzhou manage", *arguments])
    return 0
