"""What the worker notes about itself and about jobs that went wrong (the queue itself is procrastinate's)."""

from django.db import models


class WorkerBeat(models.Model):
    """The last sign of life of a worker process."""

    process = models.CharField(max_length=200, primary_key=True)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    troubles = models.JSONField(default=dict)

    class Meta:
        db_table = "kernel_jobs_beat"

    def __str__(self) -> str:
        return self.process


class TickerRun(models.Model):
    """The last run of a ticker."""

    name = models.CharField(max_length=120, primary_key=True)
    ran_at = models.DateTimeField()
    error = models.TextField(default="", blank=True)

    class Meta:
        db_table = "kernel_jobs_ticker"

    def __str__(self) -> str:
        return self.name


class JobError(models.Model):
    """The last error of a job of the queue."""

    job = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    error = models.TextField()

    class Meta:
        db_table = "kernel_jobs_error"

    def __str__(self) -> str:
        return f"job {self.job}"
