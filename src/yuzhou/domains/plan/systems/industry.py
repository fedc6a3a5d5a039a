"""Section 5.1, industry (boxes 11 to 13 of the plan)."""

from yuzhou.domains.plan.systems.sections import system

INDUSTRY = (
    system(
        "I1",
        "5.1",
        ("智能制造", "Smart manufacturing"),
        (
            "机器按工业协议接入，现场状态、综合效率和控制图可见；自适应回路在安全范围内调整设定值并留痕，整套系统有信息安全保障。",
            "Machines connect by industrial protocols; live state, efficiency and control charts are seen; adaptive loops change"
            " set-points within safe limits and leave a trace, and all of it is guarded.",
        ),
        {
            "connections": ("OPC UA、Modbus TCP、Sparkplug B 接入", "Machines connect by OPC UA, Modbus TCP and Sparkplug B"),
            "live-state": ("单元、车间、工厂实时状态", "Live state of units, workshops and factories"),
            "oee": ("设备综合效率", "Overall equipment effectiveness"),
            "control-charts": ("统计过程控制图", "Statistical control charts"),
            "adaptive-control": ("安全范围内的自适应控制与留痕", "Adaptive loops within safe limits, logged"),
            "security-scheme": ("分区、账户与变更记录", "Zones, accounts and a change log"),
        },
    ),
    system(
        "I2",
        "5.1",
        ("智能制造标准体系", "Smart-manufacturing standard system"),
        (
            "各级标准及其对应关系可查，标准起草可评议、有版本，验证体验中心可预约，企业按选定标准自评并接受评审。",
            "Standards of every level and their correspondences are found, drafts are commented and versioned, demonstration"
            " centres are booked, and firms assess their maturity and are reviewed.",
        ),
        {
            "register": ("标准名录与对应关系", "Register of standards with correspondences"),
            "drafting": ("标准起草、评议与版本", "Drafting with comments and versions"),
            "demonstration-centre": ("技术验证体验中心预约", "Bookings of the verification and demonstration centre"),
            "maturity": ("成熟度自评与评审", "Maturity self-assessment and review"),
        },
    ),
    system(
        "I3",
        "5.1",
        ("重要污染物监测网络", "Pollutant monitoring network"),
        (
            "排污口按 HJ 212-2017 上报；超标和缺数有人知道、有人处置；数据有效性有标记；每日有报告。",
            "Outlets report by HJ 212-2017; exceedances and missing data are warned of and acted on; data carry validity flags;"
            " every day has its report.",
        ),
        {
            "reporting": ("数采仪按 HJ 212-2017 经 TCP 上报", "Loggers report by HJ 212-2017 over TCP"),
            "limits": ("排放限值登记并按日期生效", "Limits registered and valid by date"),
            "exceedance-warning": ("小时均值超标预警与处置", "Hourly means above the limit are warned of and acted on"),
            "missing-warning": ("缺数与恒值预警", "Missing data and frozen values are warned of"),
            "validity": ("数据有效性标记", "Validity flags of data"),
            "daily-report": ("排污口与区县日报", "Daily reports of outlets and districts"),
        },
    ),
    system(
        "I4",
        "5.1",
        ("能源在线监测与供需双向匹配", "Energy online, supply and demand matched"),
        (
            "表计和机组实时接入，负荷与出力可预测；市场出清和调度遵守线路限额；浪费与异常预警并可控制；企业得到节能报告。",
            "Meters and plants stream in, load and generation are forecast; clearing and dispatch respect line limits; waste and"
            " anomalies are warned of and controlled; each firm gets its savings report.",
        ),
        {
            "metering": ("表计与机组接入", "Meters and plants stream in"),
            "forecast": ("负荷与发电预测", "Forecast of load and generation"),
            "clearing": ("遵守线路限额的出清与调度", "Clearing and dispatch within line limits"),
            "distributed-energy": ("分布式能源接入与双向匹配", "Distributed energy matched in both directions"),
            "warning-control": ("浪费与异常的检测、控制、预警", "Waste and anomalies detected, warned of and controlled"),
            "savings-report": ("企业节能报告", "Savings report per firm"),
        },
    ),
    system(
        "I5",
        "5.1",
        ("智能汽车与车联网", "Intelligent and connected vehicles"),
        (
            "车辆按 GB/T 32960 和 JT/T 808 上报；位置、故障、行程和能耗可见；自动驾驶试验及接管有记录；手机和可穿戴设备可联动。",
            "Vehicles report by GB/T 32960 and JT/T 808; position, faults, trips and energy are seen; automated test drives and"
            " disengagements are recorded; phones and wearables join.",
        ),
        {
            "gbt32960": ("GB/T 32960 上报", "Reports by GB/T 32960"),
            "jtt808": ("JT/T 808 上报", "Reports by JT/T 808"),
            "live-map": ("车辆实时地图", "Live map"),
            "fault-warnings": ("故障预警", "Fault warnings"),
            "trips-energy": ("行程与能耗统计", "Trip and energy statistics"),
            "test-drives": ("无人驾驶试验与接管记录", "Automated test drives with disengagements"),
            "consumer-devices": ("手机与可穿戴设备对接", "Phones and wearables join"),
        },
    ),
    system(
        "I6",
        "5.1",
        ("工业互联网平台", "Industrial Internet platform"),
        (
            "企业加入并接入产线，向指定伙伴共享质量、供应链和远程维护数据；故障前预警；研发项目在网上协作；集成总包和信息服务可供选用。",
            "A firm joins, connects its lines and shares quality, supply and maintenance data with partners it names; failures"
            " are foreseen; research projects run online; contracting and information services are offered.",
        ),
        {
            "joining": ("企业入网与产线接入", "Firms join and connect lines"),
            "sharing": ("按指定伙伴共享数据", "Data shared with named partners"),
            "predictive-maintenance": ("预测性维护", "Predictive maintenance"),
            "networked-research": ("网上研发设计与共性技术", "Networked research, files, reviews and versions"),
            "general-contracting": ("集成总包服务", "General contracting offered"),
            "industrial-cloud": ("工业云信息服务", "Information services on the industrial cloud"),
        },
    ),
    system(
        "I7",
        "5.1",
        ("个性化定制与柔性化生产", "Customised products on flexible lines"),
        (
            "买家只能配置可制造的组合，即得价格与交期；门店、网络和交易平台的订单排到柔性产线，买家可一路跟踪到门。",
            "A buyer configures only what can be built and gets price and date; orders of shops, the web and platforms are"
            " scheduled on flexible lines and followed to the door.",
        ),
        {
            "configurator": ("可制造组合的配置", "Only buildable combinations"),
            "price-date": ("报价与交期", "Price and delivery date"),
            "order-channels": ("门店、网络、交易平台下单", "Orders from shop terminals, the web and trade platforms"),
            "scheduling": ("柔性产线排产（含3D打印）", "Scheduling on flexible lines, 3D printing included"),
            "order-tracking": ("订单跟踪到门", "The order followed to the door"),
        },
    ),
    system(
        "I8",
        "5.1",
        ("网络协同制造与撮合", "Network collaborative manufacturing and matching"),
        (
            "能力画像与询价得到有理由的排序，竞标、授标、履约和互评全程在线；链上伙伴共享数据协同设计；检测、设计、营销服务在线下单并出报告。",
            "Capabilities and requests are matched with reasons, through bids, award, milestones and rating; partners of a chain"
            " share data for joint design; tests and services are ordered and reported online.",
        ),
        {
            "profiles-matching": ("能力画像与有理由的撮合", "Capability profiles matched with reasons"),
            "bids-award": ("询价、竞标与授标", "Requests, bids and award"),
            "milestones-rating": ("履约节点与互评", "Contract milestones and mutual rating"),
            "chain-data": ("同链伙伴数据协同", "Joint design on shared data of one chain"),
            "test-services": ("检测、设计、营销服务", "Test, design and marketing services ordered and reported"),
            "model-zones": ("协同制造示范区", "Model zones"),
        },
    ),
)
