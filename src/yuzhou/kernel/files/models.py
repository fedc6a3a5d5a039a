"""What is known of kept files; the bytes lie in the store under their SHA-256."""

from django.db import models

from yuzhou.kernel.ids import uuid7


class KeptFile(models.Model):
    """A file. Row-level security: by place, organisation or maker; public ones anyone reads."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    permission = models.CharField(max_length=80, blank=True)
    place_path = models.CharField(max_length=40, null=True)  # noqa: DJ001  (null says: of no place, for row scope)
    organisation = models.UUIDField(null=True)
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} {self.sha256[:12]}"
