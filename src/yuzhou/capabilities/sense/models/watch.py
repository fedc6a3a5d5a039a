"""When the platform ran."""

from django.db import models


class WatchRecord(models.Model):
    """A stretch of time in which the clock looked after devices without a stop."""

    since = models.DateTimeField(primary_key=True)
    until = models.DateTimeField()

    class Meta:
        db_table = "sense_watch"

    def __str__(self) -> str:
        return f"{self.since} to {self.until}"
