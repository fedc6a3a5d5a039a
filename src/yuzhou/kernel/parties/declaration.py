"""What the parties declare."""

from yuzhou.kernel.declarations import Part, Permission
from yuzhou.kernel.text import Text

parties = Part(
    key="kernel.parties",
    title=Text("主体", "Parties"),
    api="yuzhou.kernel.parties.http:router",
    permissions=(
        Permission("kernel.organisation:register", Text("登记单位", "Register organisations")),
        Permission("kernel.organisation:update", Text("更新单位联系方式", "Update an organisation's contact")),
        Permission("kernel.organisation:see-contact", Text("查看单位联系方式", "See an organisation's contact")),
        Permission("kernel.person:register", Text("登记人员", "Register persons")),
        Permission("kernel.person:see", Text("查看人员（证件号码脱敏）", "See persons, identity numbers masked")),
        Permission("kernel.person:reveal", Text("查看完整证件号码", "See whole identity numbers")),
    ),
)
