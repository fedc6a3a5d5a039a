"""The audit log: entries as they were recorded, and the tree that orders them."""

from django.db import models

from yuzhou.kernel.ids import uuid7


class AuditEntry(models.Model):
    """One act. The database refuses to change or delete it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    organisation = models.UUIDField(null=True)
    act = models.CharField(max_length=120)
    subject = models.CharField(max_length=300)
    details = models.JSONField(default=dict)
    request = models.CharField(max_length=80, default="", blank=True)

    class Meta:
        db_table = "kernel_audit_entry"
        indexes = [
            models.Index(fields=["subject", "id"], name="kernel_audit_subject"),
            models.Index(fields=["actor_id", "id"], name="kernel_audit_actor"),
            models.Index(fields=["act", "id"], name="kernel_audit_act"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.act} {self.subject}"


class AuditPending(models.Model):
    """An entry that the sequencer has not put into the tree yet."""

    entry = models.UUIDField(primary_key=True)

    class Meta:
        db_table = "kernel_audit_pending"

    def __str__(self) -> str:
        return str(self.entry)


class AuditLeaf(models.Model):
    """The place of an entry in the tree: gapless from 0."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.UUIDField(unique=True)

    class Meta:
        db_table = "kernel_audit_leaf"

    def __str__(self) -> str:
        return f"{self.index} {self.entry}"


class AuditNode(models.Model):
    """The hash of a complete subtree."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "kernel_audit_node"

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class AuditHead(models.Model):
    """A signed head."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    key = models.CharField(max_length=16)
    signature = models.BinaryField(max_length=64)

    class Meta:
        db_table = "kernel_audit_head"

    def __str__(self) -> str:
        return f"{self.size} {bytes(self.root).hex()}"
