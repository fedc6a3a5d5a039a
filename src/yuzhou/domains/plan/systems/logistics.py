"""Section 5.3, logistics (box 19 of the plan)."""

from yuzhou.domains.plan.systems.sections import system

LOGISTICS = (
    system(
        "L1",
        "5.3-logistics",
        ("物流公共信息服务平台", "Public logistics information"),
        (
            "货源与车辆相遇；企业和部门系统以接口相连；有决策建议和行业数据。",
            "Freight and vehicles meet; firms' and authorities' systems connect; decisions are advised; figures are published.",
        ),
        {
            "freight-exchange": ("车货匹配", "Freight and vehicles matched"),
            "connections": ("企业与部门接口", "Firms and authorities connect"),
            "decision-advice": ("决策建议", "Decision advice"),
            "industry-figures": ("行业数据", "Industry figures"),
        },
    ),
    system(
        "L2",
        "5.3-logistics",
        ("智能配送与智能快件柜", "Smart delivery and lockers"),
        (
            "人、货、车匹配，路线遵守时间窗与载重；签收有凭证；快件柜凭码取件。",
            "People, goods and vehicles are matched on routes with time windows and capacity; parcels have proof; lockers have"
            " codes.",
        ),
        {
            "matching": ("人货车匹配", "People, goods and vehicles matched"),
            "routes": ("时间窗与载重约束的路线", "Routes with time windows and capacity"),
            "parcel-proof": ("签收凭证", "Proof of delivery"),
            "lockers": ("智能快件柜", "Lockers"),
        },
    ),
    system(
        "L3",
        "5.3-logistics",
        ("智慧仓储", "Smart warehouse"),
        (
            "扫码或射频收货、上架、拣选、盘点；库存随时可由事件说清；环境有感知；自动化设备与供应链系统相连。",
            "Goods are received, put away, picked and counted by code or RFID; stock is always explained by events; conditions"
            " are sensed; equipment and supply systems connect.",
        ),
        {
            "receiving": ("收货上架", "Receiving and put-away"),
            "picking": ("波次拣选", "Picking waves"),
            "counting": ("盘点与可解释库存", "Counts and explainable stock"),
            "conditions": ("仓储环境感知", "Condition sensing"),
            "automation": ("自动化设备与供应链对接", "Automated equipment and supply-chain systems"),
        },
    ),
    system(
        "L4",
        "5.3-logistics",
        ("跨境物流：海外仓与渝新欧", "Cross-border: overseas warehouses and Yu-Xin-Ou"),
        (
            "按时间、成本、风险给出多式联运方案和报关单证；集散中心、电商平台与海外库存、末端配送相连。",
            "Multimodal plans by time, cost and risk with customs documents; distribution centre, trade platforms, stock and last"
            " mile abroad are joined.",
        ),
        {
            "multimodal": ("多式联运方案", "Multimodal plans"),
            "customs": ("报关单证", "Customs documents"),
            "distribution-centre": ("集散中心与跨境电商平台", "Distribution centre and trade platforms"),
            "overseas-warehouse": ("海外仓与末端配送", "Stock and last mile abroad"),
        },
    ),
)
