"""Static files under names that carry their content's hash, so that browsers may keep them for ever."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """A file that was not collected keeps its plain name instead of breaking the page that names it."""

    manifest_strict = False

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        """The hashed name; the plain one for a file that is not there."""
        try:
            return str(super().hashed_name(name, content, filename))
        except ValueError:
            return name
