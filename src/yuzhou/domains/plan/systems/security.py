"""Section 6, security (box 21 of the plan)."""

from yuzhou.domains.plan.systems.sections import system

SECURITY = (
    system(
        "S1",
        "6",
        ("重大风险识别与研判", "Risk identification and assessment"),
        (
            "日志汇入，Sigma 规则和异常模型给出有证据的事件；跨部门研判；响应有任务有时限。",
            "Logs stream in; Sigma rules and anomaly models raise incidents with evidence; departments assess together; the"
            " response has tasks and a clock.",
        ),
        {
            "log-streams": ("日志汇入", "Logs stream in"),
            "detection": ("Sigma 规则与异常模型", "Sigma rules and anomaly models"),
            "joint-assessment": ("跨部门风险研判", "Assessment across departments"),
            "response": ("响应指挥", "Response with tasks and clock"),
        },
    ),
    system(
        "S2",
        "6",
        ("威胁信息共享", "Threat information sharing"),
        (
            "政府、行业、企业之间以 STIX 2.1 和 TAXII 2.1 按标记共享。",
            "Government, industry and firms share STIX 2.1 over TAXII 2.1 by marking.",
        ),
        {
            "stix": ("STIX 2.1 情报", "STIX 2.1 objects"),
            "taxii": ("TAXII 2.1 服务", "TAXII 2.1 server"),
            "markings": ("按标记分发", "Shared by marking"),
        },
    ),
    system(
        "S3",
        "6",
        ("经济舆情监测", "Economic opinion monitoring"),
        (
            "对虚假信息、非法集资、诈骗评分；三级巡查队列；向公众预警。",
            "Posts are scored for false information, illegal fund-raising and fraud; three tiers patrol; the public is warned.",
        ),
        {
            "scoring": ("舆情评分", "Scoring of posts and pages"),
            "patrol": ("三级巡查", "Patrol queue per tier"),
            "public-warnings": ("公众预警", "Public warnings"),
        },
    ),
    system(
        "S4",
        "6",
        ("政府网站管理", "Government websites"),
        (
            "开办审核、统一标识、发布转载与链接管理；监看停更、死链、篡改；受理举报；控制互联网出口并跟踪安全改造。",
            "Opening review, unified mark, control of publishing and links; watch for stale pages, dead links and tampering;"
            " tip-offs; few Internet access points, each followed through its security change.",
        ),
        {
            "opening-review": ("开办审核与统一标识", "Opening review and unified mark"),
            "publishing-control": ("发布与转载管理", "Publish and reprint control"),
            "watch": ("停更、死链、篡改监看", "Watch for outage, stale pages, dead links and tampering"),
            "tip-offs": ("公众举报", "Tip-offs from the public"),
            "access-points": ("互联网出口与安全接入改造", "Internet access points and their security change"),
        },
    ),
    system(
        "S5",
        "6",
        ("等级保护与关键信息基础设施", "Graded protection and critical infrastructure"),
        (
            "定级、备案、测评、整改按年推进，责任到人；工控检查可执行可上报；资产与风险成册。",
            "Grading, filing, assessment and rectification run yearly with a responsible person; industrial control checks are"
            " run and reported; assets and risks are registered.",
        ),
        {
            "grading": ("定级、备案、测评、整改", "Grading, filing, assessment, rectification"),
            "responsibility": ("信息安全责任制", "Who is responsible"),
            "industrial-control": ("工控安全检查", "Industrial control checks"),
            "asset-list": ("资产清单", "Asset list"),
            "risk-register": ("风险台账", "Risk register"),
        },
    ),
    system(
        "S6",
        "6",
        ("实名制、公共场所与日志留存", "Real names, public places and logs"),
        (
            "实名核验；登录、浏览、交易日志留存不少于六个月，防篡改、可证明；公共场所上网可管。",
            "Real names are checked; login, browse and trade logs are kept six months or more, tamper-evident and provable;"
            " public places are covered.",
        ),
        {
            "real-name": ("网络与电话实名核验", "Real-name check"),
            "log-retention": ("日志留存六个月以上", "Logs kept six months or more"),
            "tamper-evidence": ("防篡改与证明", "Tamper evidence and proof"),
            "public-places": ("公共场所上网管理", "Public places"),
        },
    ),
    system(
        "S7",
        "6",
        ("三大基础数据库与数据资产", "The three base databases and data assets"),
        (
            "自然人、法人、地理空间按目的脱敏访问，每次读取留痕；数据资产可评估、授信、授权并在授权内使用。",
            "Persons, organisations and places are read masked and by purpose, every read recorded; data assets are valued,"
            " credited, granted and used within the grant.",
        ),
        {
            "persons": ("自然人库", "Persons"),
            "organisations": ("法人库", "Organisations"),
            "geography": ("地理空间库", "Places"),
            "read-records": ("按目的访问与读取留痕", "Access by purpose, every read recorded"),
            "data-assets": ("数据资产评估与授权使用", "Data assets valued, granted and used"),
            "credit-lines": ("数据企业授信", "Credit lines for data firms"),
        },
    ),
    system(
        "S8",
        "6",
        ("分级保护与涉密网络管理", "Classified protection"),
        (
            "不含任何涉密内容的登记册，记录涉密网络的使用、运行、维护、检查与整改。",
            "A register that holds nothing classified records use, operation and maintenance of such networks, checks and"
            " rectification.",
        ),
        {
            "register": ("使用、运行、维护登记", "Register of use, operation and maintenance"),
            "checks": ("检查与整改", "Checks and rectification"),
        },
    ),
)
