"""Years that were imported because the library does not know them yet, or wrongly."""

from django.db import models


class ImportedYear(models.Model):
    """A year's exceptions to the weekdays, as lists of [date, name]."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    rest = models.JSONField()
    work = models.JSONField()
    origin = models.CharField(max_length=200)
    imported_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"calendar of {self.year}"
