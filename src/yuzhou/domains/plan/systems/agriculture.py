"""Section 5.2, agriculture (boxes 14 to 16 of the plan)."""

from yuzhou.domains.plan.systems.sections import system

AGRICULTURE = (
    system(
        "A1",
        "5.2",
        ("农业物联网", "Farm sensing, warning and control"),
        (
            "大棚、鱼塘、圈舍的传感器实时上报；规则预警并开关风机、灯、阀；可人工接管；每条指令由设备确认。",
            "Sensors of greenhouses, ponds and barns stream; rules warn and switch fans, lamps and valves; people can take over;"
            " devices confirm each command.",
        ),
        {
            "sensing": ("传感器接入", "Sensors stream in"),
            "warnings": ("规则预警", "Rules warn"),
            "control": ("自动控制与设备确认", "Automatic control, confirmed by the device"),
            "override": ("人工接管", "Manual override"),
        },
    ),
    system(
        "A2",
        "5.2",
        ("智能节水灌溉", "Smart irrigation"),
        (
            "按 FAO-56 水量平衡为每块地给出灌溉计划，并驱动阀门。",
            "A water balance after FAO-56 gives each plot its plan and drives its valves.",
        ),
        {
            "water-balance": ("气象与土壤水量平衡", "Water balance of weather and soil"),
            "plot-plan": ("地块灌溉计划", "Plan per plot"),
            "valves": ("阀门执行", "Valves driven"),
        },
    ),
    system(
        "A3",
        "5.2",
        ("测土配方施肥", "Soil-test fertilising"),
        ("录入测土结果，得到施肥配方和可打印的施肥卡。", "A soil test goes in; a prescription and a printable card come out."),
        {
            "soil-tests": ("测土记录", "Soil-test records"),
            "prescription": ("养分平衡配方", "Prescription by nutrient balance"),
            "card": ("施肥建议卡", "Printable card"),
        },
    ),
    system(
        "A4",
        "5.2",
        ("农机定位耕种与物流定位跟踪", "Machinery and goods positioning"),
        (
            "轨迹进来，作业面积、重叠和漏耕出来；补贴面积与轨迹核对；货物位置可跟踪。",
            "Tracks go in; worked area, overlaps and missed strips come out; subsidy claims are checked; goods are followed.",
        ),
        {
            "tracks": ("农机轨迹接入", "Machine tracks"),
            "worked-area": ("作业面积、重叠与漏耕", "Worked area, overlaps and missed strips"),
            "subsidy-check": ("补贴面积核对", "Subsidy claims checked against tracks"),
            "goods-tracking": ("物流定位跟踪", "Goods positioned"),
        },
    ),
    system(
        "A5",
        "5.2",
        ("饲料精准投放", "Precise feeding"),
        (
            "在营养约束下以最低成本配方，按栏按日执行并核对。",
            "Least-cost rations within nutrient limits, executed and reconciled per pen and day.",
        ),
        {
            "ration": ("最低成本配方", "Least-cost ration"),
            "execution": ("按栏按日投放", "Executed per pen and day"),
            "reconciliation": ("投放核对", "Reconciled"),
        },
    ),
    system(
        "A6",
        "5.2",
        ("疾病自动诊断", "Automatic diagnosis of plant and animal diseases"),
        (
            "由症状和照片得到有依据的诊断排序，并通知乡镇兽医站或植保站。",
            "Symptoms and a photo give ranked diagnoses with evidence and notify the township's station.",
        ),
        {
            "diagnosis": ("有依据的诊断排序", "Ranked diagnoses with evidence"),
            "photo": ("照片识别", "Recognition of photos"),
            "notification": ("通知乡镇站", "The township station is notified"),
        },
    ),
    system(
        "A7",
        "5.2",
        ("农产品质量安全溯源体系", "Traceability of farm products"),
        (
            "每个环节都是一条事件；消费者免登录扫码看全程；市、区县、乡镇各看本级；无产地准出证不得出场；召回通知到每个持有者。",
            "Each step is an event; a shopper scans a code and sees field to table without login; city, district and township"
            " see their tier; a lot leaves only with its permit; a recall reaches every holder.",
        ),
        {
            "events": ("各环节事件", "Every handling step is an event"),
            "consumer-scan": ("扫码查询", "A shopper's scan"),
            "tiers": ("市、区县、乡镇分级监管", "Tiers of city, district, township and points"),
            "origin-permit": ("产地准出", "Origin exit permits"),
            "certificates": ("三品一标证书与到期核验", "Certificates expire and are checked at each step"),
            "recall": ("召回", "Recall"),
            "risk-warning": ("高风险预警", "High-risk warning"),
            "rfid-gis": ("射频识别与地理信息", "RFID and GIS"),
            "exchange": ("溯源体系对接", "Exchange with other tracing systems by standard"),
        },
    ),
    system(
        "A8",
        "5.2",
        ("农业行情专题数据库", "Farm market database"),
        (
            "采集机器人按计划抓取、清洗、分类行情并注明来源；按品种、市场、日期查价；预测附误差；供需有建议。",
            "Robots fetch, clean and classify price pages on schedule with provenance; prices are found by product, market and"
            " day; forecasts show their error; supply and demand are advised on.",
        ),
        {
            "robots": ("信息采集机器人", "Collection robots with provenance"),
            "prices": ("按品种、市场、日期的价格", "Prices by product, market and day"),
            "forecast": ("附误差的价格预测", "Forecasts with error shown"),
            "advice": ("供需建议", "Supply and demand advice"),
            "data-centre": ("农村信息化数据资源中心", "The rural data resource centre"),
        },
    ),
    system(
        "A9",
        "5.2",
        ("农业综合信息服务平台", "Farm information service"),
        (
            "政策、技术、气象、价格、专家一个入口；提问转给专家并按时答复；站点、热线、远程教育和手机应用相连；行政村覆盖率可算。",
            "One entrance for policy, technique, weather, prices and experts; questions reach a specialist and are answered in"
            " time; stations, hotlines, teaching and the app are joined; village coverage is computed.",
        ),
        {
            "portal": ("统一门户与手机应用", "One portal and app"),
            "stations": ("基层与专业信息服务站", "Grass-roots and certified professional stations"),
            "questions": ("提问转办与按时答复", "Questions routed and answered in time"),
            "hotlines": ("12316、12396、12121、12582 热线", "The hotlines"),
            "distance-teaching": ("远程教育", "Distance teaching"),
            "village-campaign": ("进村入户", "The village campaign"),
            "coverage": ("覆盖率与部门共享率", "Village coverage and share rate between departments"),
        },
    ),
    system(
        "A10",
        "5.2",
        ("农业生产过程和产品标准体系", "Standards of farm production and products"),
        (
            "标准分版本发布；基地对照标准记录生产；符合性经审核。",
            "Standards are published in versions; a base keeps its log against them; conformity is audited.",
        ),
        {
            "standards": ("标准发布与版本", "Standards with versions"),
            "production-log": ("对照标准的生产记录", "Production logs against the standard"),
            "conformity-audit": ("符合性审核", "Conformity audit"),
        },
    ),
    system(
        "A11",
        "5.2",
        ("现代农业示范区与科技成果转换", "Model zones and technology transfer"),
        (
            "科技成果可发布、对接、采用；示范区和科技园区的申报按证据评分。",
            "Results are listed, matched and adopted; applications of zones and parks are scored with evidence.",
        ),
        {
            "technology-transfer": ("成果发布、对接与采用", "Results listed, matched and adopted"),
            "zone-applications": ("示范区、园区申报评分", "Zone and park applications scored"),
        },
    ),
)
