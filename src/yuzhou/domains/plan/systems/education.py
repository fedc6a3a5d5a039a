"""Section 5.3, education (box 20 of the plan)."""

from yuzhou.domains.plan.systems.sections import system

EDUCATION = (
    system(
        "E1",
        "5.3-education",
        ("渝教云课程", "Yujiao cloud courses"),
        (
            "课程、微课、慕课能建、能学、能考、能发证；学习记录用 xAPI；因人推荐；弱网可离线学习。",
            "Courses are built, taken, assessed and certified; learning records are xAPI; advice fits the learner; weak links"
            " work offline.",
        ),
        {
            "courses": ("课程建设与学习", "Courses built and taken"),
            "assessment": ("测评与证书", "Assessment and certificates"),
            "questions": ("在线答疑", "Questions and answers"),
            "teacher-training": ("教师培训", "Teacher training"),
            "xapi": ("xAPI 学习记录", "Learning records in xAPI"),
            "personal-advice": ("个性化教学", "Advice to each learner"),
            "offline": ("弱网离线学习", "Offline on weak links"),
        },
    ),
    system(
        "E2",
        "5.3-education",
        ("异地同堂", "Same class in distant places"),
        (
            "远端班级加入直播课，有点名、提问、测验和回放。",
            "Remote classes join a live lesson with roll, questions, quiz and replay.",
        ),
        {
            "live-lesson": ("直播课堂", "Live lesson"),
            "roll-questions": ("点名、提问、测验", "Roll, questions and quiz"),
            "replay": ("回放", "Replay"),
        },
    ),
    system(
        "E3",
        "5.3-education",
        ("智慧校园", "Smart campus"),
        (
            "排课无冲突，考勤、资源、科研管理与家校联系在一处。",
            "Timetables without clashes; attendance, resources, research and home contact in one place.",
        ),
        {
            "timetable": ("无冲突排课", "Timetable without clashes"),
            "attendance": ("考勤", "Attendance"),
            "resources": ("资源管理", "Resources"),
            "research": ("科研管理", "Research management"),
            "home-contact": ("家校联系", "Home contact"),
        },
    ),
    system(
        "E4",
        "5.3-education",
        ("云教育产业化与资源池", "Cloud education market and resource pool"),
        (
            "资源可授权、出售、评价、复用；LTI 1.3 工具可插入；创业团队可申请、入驻、评估。",
            "Resources are licensed, sold, rated and reused; LTI 1.3 tools plug in; start-ups apply, are hosted and measured.",
        ),
        {
            "resource-pool": ("教育云资源池", "Resource pool"),
            "licensing": ("授权与交易", "Licensing and sale"),
            "lti": ("LTI 1.3 工具", "LTI 1.3 tools"),
            "incubation": ("创新孵化", "Incubation"),
        },
    ),
    system(
        "E5",
        "5.3-education",
        ("教育宽带网与三通两平台", "School network"),
        (
            "每所学校、班级、学习空间的网络登记并测量；故障可报、可修、可统计。",
            "Links, classrooms and learner spaces are registered and measured; faults are reported, mended and counted.",
        ),
        {
            "register": ("校、班、人三通登记", "Links, classrooms and learner spaces registered"),
            "measurement": ("网络测量", "Links measured"),
            "faults": ("故障处理", "Faults handled and counted"),
        },
    ),
)
