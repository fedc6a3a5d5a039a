"""Section 7, reform."""

from yuzhou.domains.plan.systems.sections import system

REFORM = (
    system(
        "G1",
        "7",
        ("权力清单与责任清单", "Power and responsibility lists"),
        (
            "事项的要素、版本、责任单位齐全，公众可查；取消和下放事项有事中事后监管。",
            "Each item has its elements, versions and owner; the public searches; cancelled and delegated items are followed up.",
        ),
        {
            "lists": ("事项要素、版本与责任单位", "Items with elements, versions and owner"),
            "guides": ("办事指南与审查细则", "Guides and review rules"),
            "public-search": ("公众查询", "Public search"),
            "follow-up": ("事中事后监管", "Follow-up of cancelled and delegated items"),
        },
    ),
    system(
        "G2",
        "7",
        ("并联审批", "Parallel approval"),
        (
            "一份申请多部门同时办，限时、补正、中止、决定、救济都有。",
            "One application goes to several departments at once, with deadlines, supplement, suspension, decision and appeal.",
        ),
        {
            "one-application": ("一份申请多部门", "One application, several departments"),
            "deadlines": ("办理时限", "Deadlines"),
            "supplement-suspend": ("补正与中止", "Supplement and suspension"),
            "decision-appeal": ("决定与救济", "Decision and appeal"),
        },
    ),
    system(
        "G3",
        "7",
        ("企业登记与电子营业执照", "Business registration and e-licence"),
        (
            "核名、赋 GB 32100 代码；一照多址、一址多照、集群注册；网上认定与协办代办；电子执照可签发、离线核验、吊销。",
            "Names are checked and GB 32100 codes assigned; several addresses, shared addresses and clusters work; recognition"
            " and assistance online; the e-licence is issued, verified offline and revoked.",
        ),
        {
            "name-check": ("名称核验", "Names checked"),
            "code": ("统一社会信用代码赋码", "Code assigned by GB 32100"),
            "addresses": ("一照多址与一址多照", "Several and shared addresses"),
            "clusters": ("集群注册", "Clusters with a host"),
            "recognition": ("网上认定与协办代办", "Online recognition and assistance"),
            "e-licence": ("电子营业执照", "E-licence issued, verified, revoked"),
        },
    ),
    system(
        "G4",
        "7",
        ("负面清单", "Negative list"),
        (
            "经营范围对照清单判断并引用条款。",
            "A business scope is judged against the list with the clause quoted.",
        ),
        {
            "list": ("清单与版本", "The list and its versions"),
            "judgement": ("对照判断并引用条款", "Judgement with the clause quoted"),
        },
    ),
    system(
        "G5",
        "7",
        ("信用体系", "Credit system"),
        (
            "各系统归集信用记录；异常名录、黑名单有法定生命周期和修复；联合奖惩、市场退出生效；与国家平台交换；公示与风险预警。",
            "Records come from every system; lists have their legal life and repair; other systems act on them; exchange with the"
            " national platform, disclosure and risk warnings.",
        ),
        {
            "records": ("信用记录归集", "Records from every system"),
            "abnormal-list": ("经营异常名录", "Abnormal list"),
            "blacklist": ("黑名单与信用修复", "Blacklist and repair"),
            "joint-measures": ("联合奖惩与市场退出", "Joint measures and market exit"),
            "disclosure": ("公示与互联网企业专区", "Disclosure and the Internet-firm section"),
            "exchange": ("与国家平台交换", "Exchange with the national platform"),
            "risk-warning": ("风险预警与负面企业清单", "Risk warning and negative list of firms"),
        },
    ),
    system(
        "G6",
        "7",
        ("综合监管", "Comprehensive supervision"),
        (
            "线索跨部门跨区县共享并联合办案；双随机抽查；结果互认；新业态审慎、互联网金融从严。",
            "Leads cross departments and districts into joint cases; inspections are doubly random; results count once; new forms"
            " under prudent rules, Internet finance under strict ones.",
        ),
        {
            "lead-sharing": ("线索共享与联合办案", "Shared leads and joint cases"),
            "random-inspection": ("双随机抽查", "Double-random inspection"),
            "recognition": ("结果互认", "Results recognised once"),
            "prudent-rules": ("新业态审慎监管与互联网金融", "Prudent and strict rules"),
        },
    ),
    system(
        "G7",
        "7",
        ("一号一窗一网与电子证照库", "One number, one window, one network"),
        (
            "凭一个证件号申请；已有材料不再要；线下窗口与网上一致；信息公开可发布、可申请。",
            "One number applies; material on file is never asked again; the window equals the web; information is published and"
            " requested.",
        ),
        {
            "one-number": ("一号申请", "One application by ID number"),
            "certificate-library": ("电子证照库", "E-certificate library"),
            "one-window": ("一窗受理", "Window equals online"),
            "one-network": ("一网通办", "One network"),
            "open-government": ("政务信息公开", "Open government"),
        },
    ),
    system(
        "G8",
        "7",
        ("自助办税、网上办税与一次报送多次应用", "Self-service and online tax"),
        (
            "表格由已有数据预填，变动可见，申报有回执；自助终端同样可办；一次报送多处使用。",
            "Forms are filled from data on file, changes shown, filed with a receipt, also at counters; handed in once.",
        ),
        {
            "prefilled-forms": ("预填申报表", "Forms filled from data on file"),
            "filing-receipt": ("申报与回执", "Filing and receipt"),
            "self-service": ("自助办税终端", "Self-service counters"),
            "hand-in-once": ("一次报送多次应用", "Hand in once, use many times"),
        },
    ),
    system(
        "G9",
        "7",
        ("扶持资金与金融服务", "Support funds and finance"),
        (
            "扶持项目从条件、申请、评审到资金使用可查；金融机构看到愿意被看到的企业；投贷联动；上市准备度。",
            "Programmes run from eligibility to the use of money; lenders and funds see firms that agree; equity and debt"
            " combine; readiness for listing is shown.",
        ),
        {
            "programmes": ("扶持资金申请与评审", "Programmes, application and award"),
            "use-of-money": ("资金使用", "Use of money"),
            "finance-matching": ("银企对接", "Lenders see consenting firms"),
            "equity-debt": ("投贷联动", "Equity and debt combined"),
            "listing-readiness": ("上市准备度", "Readiness for listing"),
        },
    ),
)
