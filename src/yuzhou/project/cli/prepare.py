"""`yuzhou prepare`: the one-shot child of `up` that readies database and data folder."""

from yuzhou.project.processes.folder import DataFolder, default_data


def run(arguments: list[str]) -> int:
    """Migrate, load reference data, collect static files, make the first administrator."""
    from yuzhou.project.processes.prepare import prepare

    prepare(DataFolder(default_data()))
    return 0
