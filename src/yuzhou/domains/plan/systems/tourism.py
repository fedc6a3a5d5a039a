"""Section 5.3, tourism (box 18 of the plan)."""

from yuzhou.domains.plan.systems.sections import system

TOURISM = (
    system(
        "T1",
        "5.3-tourism",
        ("智慧旅游综合服务平台", "One-stop travel service"),
        (
            "吃住行游购娱排进一个行程；WiFi、停车、实时客流、导览和虚拟体验在手机上可见。",
            "Sights, food, lodging, transport and shops in one itinerary; WiFi, parking, live crowds, guide and virtual visit on"
            " a phone.",
        ),
        {
            "itinerary": ("一站式行程", "One itinerary"),
            "wifi-parking": ("免费WiFi与停车状态", "WiFi and parking state"),
            "guide": ("导游导览", "Audio guide"),
            "virtual-visit": ("虚拟体验", "Virtual visit"),
            "live-crowd": ("实时客流与视频", "Live crowd and cameras"),
        },
    ),
    system(
        "T2",
        "5.3-tourism",
        ("客流预警", "Visitor-flow warning"),
        (
            "客流计数与预测对照 LB/T 034-2014 承载量分级，逐级预警和限流。",
            "Counts and forecasts against carrying capacity by LB/T 034-2014, with staged warnings and limits.",
        ),
        {
            "counts": ("客流计数", "Counts"),
            "forecast": ("客流预测", "Forecast"),
            "capacity-levels": ("承载量分级", "Carrying-capacity levels"),
            "staged-limits": ("分级预警与限流", "Staged warnings and limits"),
        },
    ),
    system(
        "T3",
        "5.3-tourism",
        ("旅游宣传营销平台", "Tourism marketing"),
        (
            "目的地页面和活动面向选定人群多渠道投放，能销售，能衡量效果。",
            "Destination pages and campaigns reach chosen segments over channels, sell, and are measured.",
        ),
        {
            "destination-pages": ("目的地页面", "Destination pages"),
            "campaigns": ("分众营销活动", "Campaigns to segments"),
            "sales": ("销售", "Sales"),
            "effect": ("效果评估", "Effect measured"),
        },
    ),
    system(
        "T4",
        "5.3-tourism",
        ("智慧旅游管理平台", "Tourism management"),
        (
            "行业监测、事件调度、限时投诉、企业诚信和法规在一处，市、区县、企业联动，有视频墙。",
            "Sector monitor, dispatch, complaints with deadlines, integrity of firms and regulations in one place, shared by"
            " city, districts and firms, with a video wall.",
        ),
        {
            "sector-monitor": ("行业监测", "Sector monitor"),
            "dispatch": ("事件与调度", "Incidents and dispatch"),
            "complaints": ("限时投诉处理", "Complaints with deadlines"),
            "integrity": ("企业诚信与法规", "Integrity of firms, regulations"),
            "video-wall": ("视频墙", "Video wall"),
        },
    ),
)
