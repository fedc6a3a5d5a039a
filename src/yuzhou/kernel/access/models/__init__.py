"""What is stored of accounts, roles, tokens, and the ways to join."""

from yuzhou.kernel.access.models.accounts import User
from yuzhou.kernel.access.models.grants import MachineClient, RoleGrant
from yuzhou.kernel.access.models.joining import Invitation, JoinApplication
from yuzhou.kernel.access.models.tokens import ApiToken

__all__ = ["ApiToken", "Invitation", "JoinApplication", "MachineClient", "RoleGrant", "User"]
