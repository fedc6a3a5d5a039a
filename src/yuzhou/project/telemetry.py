"""OpenTelemetry traces, where the extra `telemetry` is installed and `OTEL_EXPORTER_OTLP_ENDPOINT` is set."""

import os
from importlib.util import find_spec

import structlog

log = structlog.get_logger(__name__)


def start_telemetry(part: str) -> bool:
    """Send spans of requests to the collector; returns whether it does."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return False
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.instrumentation") is None:
        log.warning("telemetry is asked for, but not installed", install="pip install 'yuzhou[telemetry]'")
        return False
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"yuzhou-{part}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument()
    return True
