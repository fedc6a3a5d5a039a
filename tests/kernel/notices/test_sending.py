"""Sending: mail, text messages, signed webhooks, and nowhere into the city's own network."""

import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from yuzhou.kernel import outbound
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, declare_message
from yuzhou.kernel.keys import api as keys
from yuzhou.kernel.notices import api, secrets, sms
from yuzhou.kernel.notices.api import Severity
from yuzhou.kernel.notices.models import NoticeDelivery
from yuzhou.kernel.notices.rules import MAX_ATTEMPTS
from yuzhou.kernel.notices.sending import deliver_due
from yuzhou.kernel.transactions import acting_as

from .conftest import DISTRICT, SEE, SYSTEM

People = Callable[..., Actor]
declare_message("testing.alarm", "Limit {limit} exceeded")


class Hook(HTTPServer):
    """A local webhook that keeps what it got."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/hook?x=1"


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hook(settings: Any) -> Iterator[Hook]:
    settings.YUZHOU_WEBHOOK_ALLOW = "127.0.0.0/8,::1/128"
    server = Hook()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def tell(severity: Severity = Severity.CRITICAL) -> None:
    with acting_as(SYSTEM):
        api.notify(
            permission=SEE,
            place_path=DISTRICT,
            code="testing.alarm",
            params={"limit": 3},
            subject="urn:1",
            url="/x",
            severity=severity,
        )


def use(actor: Actor, **values: Any) -> str | None:
    settings = dict.fromkeys(("email_from", "webhook_from", "sms_from", "quiet_from", "quiet_to")) | {"webhook_url": ""}
    with acting_as(actor):
        return api.save_channels(actor=actor, **(settings | values))


@pytest.mark.django_db
def test_mail_is_worded_in_the_readers_language_and_sent_once(person: People, settings: Any) -> None:
    settings.PUBLIC_URL = "https://city.example.org/"
    person("officer", language="en")
    tell()
    assert deliver_due() == 1
    assert deliver_due() == 0
    (sent,) = mail.outbox
    assert sent.to == ["officer@example.org"]
    assert sent.subject == "Limit 3 exceeded"
    assert "https://city.example.org/x" in sent.body


@pytest.mark.django_db
def test_a_webhook_is_signed(person: People, hook: Hook) -> None:
    secret = use(person("officer"), webhook_from=Severity.NOTICE, webhook_url=hook.url)
    tell()
    deliver_due()
    ((headers, body),) = hook.calls
    signed = f"{headers['X-Yuzhou-Timestamp']}.".encode() + body
    assert headers["X-Yuzhou-Signature"] == "sha256=" + hmac.new(str(secret).encode(), signed, sha256).hexdigest()
    values = json.loads(body)
    assert (values["code"], values["params"], values["severity"]) == ("testing.alarm", {"limit": 3}, "critical")


@pytest.mark.django_db
@pytest.mark.parametrize("status", [302, 500])
def test_a_webhook_that_fails_is_tried_again_and_given_up_in_the_end(person: People, hook: Hook, status: int) -> None:
    officer = person("officer")
    use(officer, webhook_from=Severity.NOTICE, webhook_url=hook.url)
    hook.status = status
    tell()
    for attempt in range(MAX_ATTEMPTS):
        assert len(hook.calls) == attempt
        assert deliver_due() == 1
        with acting_as(SYSTEM):
            (delivery,) = NoticeDelivery.objects.all()
            assert delivery.last_error == f"OSError: answered {status}"
            assert delivery.due_at > now() or delivery.failed_at
            NoticeDelivery.objects.update(due_at="2000-01-01T00:00Z")
    assert deliver_due() == 0
    with acting_as(officer):
        (failed,) = api.list_failed_deliveries(actor=officer)
        assert (failed.channel.value, failed.attempts) == ("webhook", MAX_ATTEMPTS)


@pytest.mark.django_db
def test_a_name_that_turns_to_a_private_address_after_it_was_saved_is_refused(person: People, hook: Hook, settings: Any) -> None:
    use(person("officer"), webhook_from=Severity.NOTICE, webhook_url=hook.url)
    settings.YUZHOU_WEBHOOK_ALLOW = ""
    tell()
    deliver_due()
    assert hook.calls == []
    with acting_as(SYSTEM):
        assert NoticeDelivery.objects.get().last_error


@pytest.mark.django_db
def test_text_messages_go_to_the_citys_gateway(person: People, settings: Any, data_folder: Path) -> None:
    settings.YUZHOU_SMS_URL = "file:"
    assert api.offers_sms()
    use(person("officer", phone="+86 10 0000 0000"), sms_from=Severity.MAJOR)
    tell()
    deliver_due()
    assert json.loads((data_folder / "sms.jsonl").read_text())["text"] == "Limit 3 exceeded"


def test_an_http_gateway_gets_phone_and_text(hook: Hook) -> None:
    sms.HttpGateway(hook.url, "t0ken").send("10086", "水")
    ((headers, body),) = hook.calls
    assert headers["Authorization"] == "Bearer t0ken"
    assert json.loads(body) == {"phone": "10086", "text": "水"}
    with pytest.raises(ValueError, match="YUZHOU_SMS_URL"):
        sms.HttpGateway("gopher://x", "")


@pytest.mark.django_db
def test_secrets_follow_a_new_key(person: People, hook: Hook) -> None:
    use(person("officer"), webhook_from=Severity.NOTICE, webhook_url=hook.url)
    keys.rotate()
    with acting_as(SYSTEM):
        before = secrets.outstanding()
        keys.reencrypt()
        assert secrets.outstanding() == 0
    assert before <= 1
    tell()
    deliver_due()
    assert len(hook.calls) == 1


@pytest.mark.django_db
def test_a_trial_reaches_the_one_who_asked(person: People) -> None:
    officer = person("officer")
    with acting_as(officer):
        api.send_trial(actor=officer)
    assert deliver_due() == 1
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "::1", "fe80::1", "fd00::1",
     "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1"],
)  # fmt: skip
def test_private_addresses_are_refused(address: str) -> None:
    assert not outbound.is_allowed(ip_address(address), [])


def test_public_and_opened_addresses_are_allowed() -> None:
    assert outbound.is_allowed(ip_address("1.1.1.1"), [])
    assert outbound.is_allowed(ip_address("2606:4700::1111"), [])
    opened = outbound.parse_networks("10.0.0.0/8, fd00::/8")
    assert outbound.is_allowed(ip_address("10.1.2.3"), opened)
    assert outbound.is_allowed(ip_address("::ffff:10.1.2.3"), opened)
    assert not outbound.is_allowed(ip_address("192.168.0.1"), opened)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "http://", "//x", "http://user:pw@example.org/", "http://[::1", "http://x:99999/", "http://127.1/",
     "http://0x7f.1/", "http://localhost:8000/"],
)  # fmt: skip
def test_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises(Invalid, match="address-refused"):
        outbound.find_target(url)


def test_an_address_that_answers_drop_by_drop_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "WHOLE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            with suppress(OSError), server.accept()[0] as line:
                for _ in range(100):
                    line.sendall(b"H")
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        target = outbound.find_target(f"http://127.0.0.1:{server.getsockname()[1]}/", outbound.parse_networks("127.0.0.0/8"))
        began = time.monotonic()
        with pytest.raises(OSError, match=r"too long|no HTTP answer"):
            outbound.post(target, b"{}", {})
    assert time.monotonic() - began < 3
