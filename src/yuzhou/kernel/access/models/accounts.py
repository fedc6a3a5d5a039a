"""Accounts of people."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from yuzhou.kernel.clock import now
from yuzhou.kernel.ids import uuid7

LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]


class UserManager(BaseUserManager["User"]):
    """Finds users by their username, whatever its letters' case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user who signs in by that name."""
        return self.get(username=self.model.normalize_username(username or "").casefold())


class User(AbstractBaseUser):
    """A person's account. Nobody is a superuser: what a person may do comes from role grants alone.

    `home_path` and `home_organisation` say who administers the account: the place or the organisation that made it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(_("username"), max_length=150, unique=True, validators=[UnicodeUsernameValidator()])
    display_name = models.CharField(_("name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGES, default="zh-hans")
    must_change_password = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    home_path = models.CharField(max_length=64, blank=True)
    home_organisation = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()

    class Meta:
        indexes = [models.Index(fields=["home_path"]), models.Index(fields=["home_organisation"])]
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="kernel_access_user_email"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        """The name that pages and letters show."""
        return str(self)
