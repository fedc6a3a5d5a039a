"""Section 5.3, health, care and sport (box 17 of the plan)."""

from yuzhou.domains.plan.systems.sections import system

HEALTH = (
    system(
        "H1",
        "5.3-health",
        ("医疗健康服务和人口健康信息云平台", "Health and population cloud"),
        (
            "健康档案以 FHIR R4 存取，经同意在机构间共享；电子处方经开具、审核、调配，绝不重复发药。",
            "Records are kept and shared by consent as FHIR R4; a prescription is written, checked, reviewed and dispensed,"
            " never twice.",
        ),
        {
            "fhir": ("FHIR R4 健康档案", "Records as FHIR R4"),
            "prescription": ("电子处方与合理用药审核", "E-prescription with checks and review"),
            "smart-pharmacy": ("智慧药房调配", "Smart pharmacy dispensing"),
            "sharing": ("经同意的机构间共享", "Sharing between institutions by consent"),
        },
    ),
    system(
        "H2",
        "5.3-health",
        ("慢性病跟踪预警", "Chronic disease tracking and warning"),
        (
            "按公共卫生规范随访，居家测量进入档案，风险预警并转诊；去标识数据可做队列研究。",
            "Follow-up by the public-health norm, home readings, risk warnings with referral, cohorts on de-identified data.",
        ),
        {
            "follow-up": ("规范随访", "Follow-up plans"),
            "home-readings": ("居家测量", "Home readings"),
            "risk-warning": ("风险预警与转诊", "Risk warning and referral"),
            "cohort": ("队列研究", "Cohort study"),
        },
    ),
    system(
        "H3",
        "5.3-health",
        ("远程医疗", "Telemedicine"),
        (
            "乡镇检查、上级诊断，影像、心电、检验按约定时限回报；跨区域跨国会诊顾及时区、语言和同意。",
            "Examined at the township, diagnosed above within agreed times, laboratory tests likewise; across borders with time"
            " zones, languages and consent.",
        ),
        {
            "remote-diagnosis": ("影像与心电远程诊断", "Remote diagnosis of images and ECG"),
            "laboratory": ("远程检验", "Laboratory tests"),
            "deadlines": ("约定时限", "Agreed times are kept"),
            "cross-border": ("跨国跨区域会诊", "Consults across regions and countries"),
        },
    ),
    system(
        "H4",
        "5.3-health",
        ("一卡通", "One card"),
        (
            "一个身份在各机构建档、挂号、付费；挂失和监护有办法。",
            "One identity opens records, registration and payment everywhere; loss and guardianship are handled.",
        ),
        {
            "identity": ("统一身份与建档", "One identity and its record"),
            "registration-payment": ("挂号与付费", "Registration and payment"),
            "lost-card": ("挂失补办", "Lost cards"),
            "guardianship": ("监护人代办", "Guardianship"),
        },
    ),
    system(
        "H5",
        "5.3-health",
        ("医疗保险网上业务经办", "Medical insurance online"),
        (
            "参保、转移、异地备案、报销网上办，报销计算过程可见。",
            "Enrolment, transfer, off-site filing and reimbursement online, with the calculation shown.",
        ),
        {
            "enrolment": ("参保登记", "Enrolment"),
            "transfer": ("关系转移", "Transfer"),
            "off-site": ("异地就医备案", "Off-site filing"),
            "reimbursement": ("报销与计算过程", "Reimbursement with its calculation"),
        },
    ),
    system(
        "H6",
        "5.3-health",
        ("医养结合", "Care for the elderly and disabled"),
        (
            "能力评估、照护计划、上门服务和紧急呼叫相连，医院、养老机构、残疾人服务中心与家属实时互通。",
            "Assessment, care plan, visits and the emergency button are joined; hospitals, homes, disability centres and family"
            " are linked live.",
        ),
        {
            "assessment": ("能力评估", "Ability assessment"),
            "care-plan": ("照护计划与上门服务", "Care plan and visits"),
            "emergency": ("紧急呼叫", "Emergency button"),
            "links": ("医院、机构、残疾人中心、家属互通", "Links to hospitals, homes, disability centres and family"),
        },
    ),
    system(
        "H7",
        "5.3-health",
        ("重庆体育云平台", "Chongqing Sports cloud"),
        (
            "运动文件导入即见趋势；健身信息与指导公开；智能器材接入；场馆预约不重复；体育用品可购。",
            "Wearable files show trends; advice is public; smart equipment joins; venues are never booked twice; a shop sells.",
        ),
        {
            "wearables": ("运动文件导入与趋势", "Wearable files and trends"),
            "advice": ("健身信息与指导", "Fitness information and advice"),
            "equipment": ("智能器材接入", "Smart equipment joins"),
            "venue-booking": ("场馆预约", "Venue booking"),
            "shop": ("体育商城", "Sports shop"),
        },
    ),
)
