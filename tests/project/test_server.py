"""The running platform as its users meet it."""

import json
import urllib.error
import urllib.request

import pytest

from tests.server import RunningServer, Visitor

pytestmark = pytest.mark.server


def test_healthz_names_each_part_and_is_ready(server: RunningServer) -> None:
    health = server.health()
    assert health["ready"] is True
    assert {"database", "migrations", "bus", "worker", "streams"} <= set(health["parts"])
    assert all(part["ready"] for part in health["parts"].values())


def test_metrics_are_for_this_machine(server: RunningServer, visitor: Visitor) -> None:
    visitor.get("/accounts/login/")
    with urllib.request.urlopen(f"{server.url}/metrics") as response:
        assert "yuzhou_http_requests_total" in response.read().decode()
    request = urllib.request.Request(f"{server.url}/metrics", headers={"X-Forwarded-For": "127.0.0.1"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request)


def test_answers_carry_the_policy_and_a_request_name(server: RunningServer) -> None:
    request = urllib.request.Request(f"{server.url}/accounts/login/", headers={"X-Request-Id": "asked-for-name"})
    with urllib.request.urlopen(request) as response:
        assert response.headers["X-Request-Id"] == "asked-for-name"
        policy = response.headers["Content-Security-Policy"]
        assert response.headers["X-Frame-Options"] == "DENY"
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_a_request_name_that_could_forge_log_lines_is_replaced(server: RunningServer) -> None:
    request = urllib.request.Request(f"{server.url}/accounts/login/", headers={"X-Request-Id": "x' evil {}"})
    with urllib.request.urlopen(request) as response:
        assert "evil" not in response.headers["X-Request-Id"]


def test_the_api_describes_itself_and_answers_with_problem_details(server: RunningServer, visitor: Visitor) -> None:
    status, text = visitor.get("/api/v1/openapi.json")
    assert status == 200
    assert json.loads(text)["openapi"].startswith("3.")
    request = urllib.request.Request(f"{server.url}/api/v1/nothing-here")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    assert refusal.value.code == 404
    assert refusal.value.headers["Content-Type"] == "application/problem+json"
    assert json.loads(refusal.value.read())["code"] == "kernel.not-found"


def test_logs_are_json_lines_with_the_request(server: RunningServer) -> None:
    request = urllib.request.Request(f"{server.url}/accounts/login/", headers={"X-Request-Id": "find-me-in-the-log"})
    urllib.request.urlopen(request).close()
    lines = [json.loads(line) for line in (server.folder.logs / "web.log").read_text().splitlines()]
    mine = [line for line in lines if line.get("request") == "find-me-in-the-log"]
    assert mine[0]["status"] == 200
    assert mine[0]["part"] == "web"


def test_status_tells_each_part(server: RunningServer) -> None:
    done = server.run("status", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["running"] is True
    assert report["children"]["web"]["pid"]


def test_a_second_start_says_who_holds_the_folder(server: RunningServer) -> None:
    done = server.run("up", "--data", server.data, "--port", "1")
    assert done.returncode == 3
    assert str(server.folder.state()["pid"]) in done.stderr
    assert server.url in done.stderr


def test_management_commands_reach_the_database(server: RunningServer) -> None:
    done = server.run("manage", "showmigrations", "--plan")
    assert done.returncode == 0, done.stderr
    assert "[ ]" not in done.stdout


def test_logs_shows_the_last_lines(server: RunningServer) -> None:
    done = server.run("logs", "bus", "-n", "5")
    assert done.returncode == 0
    assert 0 < len(done.stdout.splitlines()) <= 5


def test_no_log_holds_the_first_password(server: RunningServer) -> None:
    assert server.password
    texts = [path.read_text(errors="replace") for path in server.folder.logs.glob("*.log")]
    assert not any(server.password in text for text in texts)
    assert not (server.folder.run / "first-administrator").exists()


def test_an_unknown_command_is_named(server: RunningServer) -> None:
    done = server.run("no-such-command")
    assert done.returncode == 2
    assert "no-such-command" in done.stderr
