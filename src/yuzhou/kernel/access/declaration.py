"""What `kernel.access` declares: who may administer people, organisations, roles and tokens."""

from yuzhou.kernel.declarations import Face, Mount, NavItem, Part, PeriodicJob, Permission, Provider, Role
from yuzhou.kernel.text import Text

access = Part(
    key="kernel.access",
    title=Text("账户与权限", "Accounts and roles"),
    api="yuzhou.kernel.access.http:router",
    permissions=(
        Permission("kernel.account:see", Text("查看人员账户", "See people's accounts")),
        Permission("kernel.account:manage", Text("创建和停用账户、重置密码", "Create and deactivate accounts, reset passwords")),
        Permission("kernel.role:grant", Text("授予和收回角色", "Grant and revoke roles")),
        Permission("kernel.invitation:send", Text("邀请人员加入", "Invite people")),
        Permission("kernel.application:review", Text("审核单位入驻申请", "Review applications of firms to join")),
        Permission("kernel.token:manage", Text("查看和吊销他人的访问令牌", "See and revoke the access tokens of others")),
        Permission("kernel.client:manage", Text("管理机器客户端", "Manage machine clients")),
    ),
    roles=(
        Role(
            key="district-administrator",
            title=Text("区县管理员", "District administrator"),
            holder="place",
            permissions=(
                "kernel.account:see",
                "kernel.account:manage",
                "kernel.role:grant",
                "kernel.invitation:send",
                "kernel.application:review",
                "kernel.organisation:register",
                "kernel.organisation:update",
                "kernel.organisation:see-contact",
                "kernel.token:manage",
                "kernel.client:manage",
            ),
        ),
        Role(
            key="organisation-administrator",
            title=Text("单位管理员", "Organisation administrator"),
            holder="organisation",
            permissions=(
                "kernel.account:see",
                "kernel.account:manage",
                "kernel.role:grant",
                "kernel.invitation:send",
                "kernel.organisation:update",
                "kernel.organisation:see-contact",
                "kernel.token:manage",
                "kernel.client:manage",
            ),
        ),
    ),
    navigation=(
        NavItem(Text("人员", "People"), "administration-people", permission="kernel.account:see", icon="users", order=900),
        NavItem(
            Text("单位", "Organisations"),
            "administration-organisations",
            permission="kernel.organisation:update",
            icon="building",
            order=901,
        ),
        NavItem(
            Text("入驻申请", "Applications"),
            "administration-applications",
            permission="kernel.application:review",
            icon="clipboard-check",
            order=902,
        ),
        NavItem(
            Text("邀请", "Invitations"), "administration-invitations", permission="kernel.invitation:send", icon="mail", order=903
        ),
        NavItem(Text("角色", "Roles"), "administration-roles", permission="kernel.role:grant", icon="users-group", order=904),
        NavItem(
            Text("机器客户端", "Machine clients"),
            "administration-clients",
            permission="kernel.client:manage",
            icon="robot",
            order=905,
        ),
        NavItem(Text("入驻", "Join"), "joining", face=Face.PORTAL, icon="user-plus", order=950),
    ),
    mounts=(Mount("o/", "yuzhou.kernel.access.urls"),),
    jobs=(PeriodicJob("kernel.purge-sessions", "10 3 * * *", "yuzhou.kernel.access.purging:purge_expired"),),
    worklist=(Provider("applications", "yuzhou.ui.administration.waiting:list_waiting_applications"),),
    commands=(
        Provider("user", "yuzhou.kernel.access.commands:user"),
        Provider("token", "yuzhou.kernel.access.commands:token"),
    ),
)
