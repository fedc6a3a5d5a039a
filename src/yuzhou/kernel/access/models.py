"""Accounts."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from yuzhou.kernel.ids import uuid7


class User(AbstractUser):
    """A person's account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
