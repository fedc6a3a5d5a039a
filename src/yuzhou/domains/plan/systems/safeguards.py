"""Section 8, safeguards."""

from yuzhou.domains.plan.systems.sections import system

SAFEGUARDS = (
    system(
        "P1",
        "8",
        ("督查", "Supervision of tasks and projects"),
        (
            "规划的每项任务有责任人、节点、佐证和提醒。",
            "Every task of the plan has an owner, milestones, evidence and reminders.",
        ),
        {
            "tasks": ("任务与责任人", "Tasks and owners"),
            "milestones": ("节点与佐证", "Milestones and evidence"),
            "reminders": ("提醒", "Reminders"),
        },
    ),
    system(
        "P2",
        "8",
        ("人才数据库", "Talent database"),
        (
            "人才画像、引进目录、实训基地与岗位双向匹配并说明理由；政策待遇可办。",
            "Profiles, the catalogue of wanted talent, training bases and posts are matched both ways with reasons; benefits are"
            " claimed.",
        ),
        {
            "profiles": ("人才画像", "Profiles"),
            "catalogue": ("人才引进目录", "Catalogue of wanted talent"),
            "training-bases": ("校企实训基地", "Training bases"),
            "matching": ("人岗双向匹配", "Matching both ways with reasons"),
            "benefits": ("政策待遇", "Policy benefits"),
        },
    ),
    system(
        "P3",
        "8",
        ("指标统计体系与监测评价", "Indicators and evaluation"),
        (
            "规划目标、术语表指数和四项试行统计由实时与填报数据算出，注明来源，分区县分年度。",
            "Targets, the glossary's indices and the four trial statistics are computed from live and reported data with"
            " provenance, by district and year.",
        ),
        {
            "targets": ("37 项规划目标", "The 37 targets"),
            "indices": ("术语表指数", "The glossary's indices"),
            "trial-statistics": ("四项试行统计", "The four trial statistics"),
            "provenance": ("数据来源、区县与年度", "Provenance, by district and year"),
        },
    ),
)
