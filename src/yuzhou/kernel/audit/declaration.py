"""What the audit log declares."""

from yuzhou.kernel.declarations import NavItem, Part, Permission, Provider, Ticker
from yuzhou.kernel.text import Text

audit = Part(
    key="kernel.audit",
    title=Text("审计", "Audit"),
    permissions=(Permission("kernel.audit:read", Text("查阅审计日志", "Read the audit log")),),
    navigation=(NavItem(Text("审计日志", "Audit log"), "flow-audit", permission="kernel.audit:read", icon="history", order=950),),
    tickers=(Ticker("kernel.audit", 1.0, "yuzhou.kernel.audit.heads:tick"),),
    commands=(Provider("audit", "yuzhou.kernel.audit.command:run"),),
)
