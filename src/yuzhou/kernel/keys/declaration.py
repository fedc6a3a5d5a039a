"""What the keys declare."""

from yuzhou.kernel.declarations import Part, Provider
from yuzhou.kernel.text import Text

keys = Part(
    key="kernel.keys",
    title=Text("密钥", "Keys"),
    commands=(Provider("keys", "yuzhou.kernel.keys.command:run"),),
)
