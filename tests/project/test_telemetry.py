"""Traces: with a collector set, a request that the web serves arrives there as a span."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from yuzhou.project.telemetry import start_telemetry

ASK = """
from yuzhou.project.wsgi import application
from wsgiref.util import setup_testing_defaults
environ = {"PATH_INFO": "/no-such-page", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "QUERY_STRING": ""}
setup_testing_defaults(environ)
said = []
b"".join(application(environ, lambda status, headers: said.append(status)))
from opentelemetry import trace
trace.get_tracer_provider().force_flush()
print(said[0])
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """An OTLP collector: its address, and what was sent to it, as path and body."""
    received: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


def test_a_request_is_traced(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    pytest.importorskip("opentelemetry.instrumentation.django", reason="needs the extra: pip install 'yuzhou[telemetry]'")
    protocol = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    address, received = collector
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    environment = {
        **kept,
        "OTEL_EXPORTER_OTLP_ENDPOINT": address,
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        "NO_PROXY": "127.0.0.1",
        "YUZHOU_SUPERVISED": "",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "yuzhou.project.settings",
    }
    asked = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, timeout=120)
    assert asked.returncode == 0, asked.stderr
    assert received, asked.stderr
    assert {path for path, _ in received} == {"/v1/traces"}
    sent = protocol.ExportTraceServiceRequest.FromString(received[0][1])
    (resource,) = sent.resource_spans
    attributes = {item.key: item.value.string_value for item in resource.resource.attributes}
    assert attributes["service.name"] == "yuzhou-web"
    spans = [span for scope in resource.scope_spans for span in scope.spans]
    assert len(spans) == 1
    assert spans[0].name.startswith("GET")


def test_nothing_is_sent_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert not start_telemetry("web")
