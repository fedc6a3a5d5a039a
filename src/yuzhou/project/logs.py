"""Structured logs: one JSON object a line in the processes of `up`, readable lines on a terminal."""

import logging
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def _naming(part: str) -> Any:
    """A processor that names the process on every line."""

    def name(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        return {"part": part, **event} if part else event

    return name


def logging_settings(style: str, level: str, part: str) -> dict[str, Any]:
    """Django's LOGGING: every logger, ours and others', goes through structlog to standard error."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if style == "console" else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    ending: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if style != "console":
        ending.append(structlog.processors.format_exc_info)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [_naming(part), *ending, renderer],
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "procrastinate": {"level": "WARNING"},
        },
    }


def configure_structlog() -> None:
    """Let structlog write through the standard library's logging."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(True)
