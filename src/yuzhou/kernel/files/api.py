"""The door to files."""

from yuzhou.kernel.files.contracts import PUBLIC, FileRef
from yuzhou.kernel.files.rules import DEFAULT_LIMIT, DOCUMENTS, MIB
from yuzhou.kernel.files.services import delete_file, get_file, list_files, open_file, save_file

__all__ = [
    "DEFAULT_LIMIT",
    "DOCUMENTS",
    "MIB",
    "PUBLIC",
    "FileRef",
    "delete_file",
    "get_file",
    "list_files",
    "open_file",
    "save_file",
]
