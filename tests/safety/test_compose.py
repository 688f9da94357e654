"""What `docker compose up` opens to the world: one port, to this machine, and no known secret."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from bot.settings import ROOT

COMPOSE = ROOT / "docker-compose.yml"
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|KEY|DATABASE_URL")
REQUIRED = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
OPTIONAL = {
    # Without these Telegram is off, and nobody is told details; none has a value of its own.
    "HELPLINE_TELEGRAM_TOKEN": "${HELPLINE_TELEGRAM_TOKEN:-}",
    "HELPLINE_TELEGRAM_SECRET": "${HELPLINE_TELEGRAM_SECRET:-}",
    "HELPLINE_METRICS_TOKEN": "${HELPLINE_METRICS_TOKEN:-}",
}


def _image(service: dict[str, Any]) -> str:
    build = service.get("build")
    return (ROOT / build["dockerfile"]).read_text() if build else ""


def test_only_the_web_port_is_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"bot": ["127.0.0.1:8080:8080"]}


def test_no_service_shares_the_machines_network_or_its_docker() -> None:
    text = COMPOSE.read_text()
    assert "network_mode" not in text
    assert "docker.sock" not in text
    assert "privileged" not in text.replace("no-new-privileges", "")


def test_no_secret_has_a_default() -> None:
    secrets = {
        name: str(value)
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if SECRET.search(name)
    }
    assert {"POSTGRES_PASSWORD", "HELPLINE_KEY", "HELPLINE_DATABASE_URL"} <= secrets.keys()
    for name, value in secrets.items():
        assert REQUIRED.search(value) or value == OPTIONAL.get(name), name


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_says_whether_it_is_well(name: str) -> None:
    service = SERVICES[name]
    assert "healthcheck" in service or "\nHEALTHCHECK " in _image(service)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_runs_as_root(name: str) -> None:
    service = SERVICES[name]
    users = re.findall(r"^USER (\S+)", _image(service), re.MULTILINE)
    user = service.get("user") or (users[-1] if users else "root")
    assert user.partition(":")[0] not in {"root", "0"}
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"bot"}))
def test_only_the_bot_reaches_the_outside(name: str) -> None:
    networks = yaml.safe_load(COMPOSE.read_text())["networks"]
    assert all(networks[network]["internal"] for network in SERVICES[name]["networks"])


def test_the_server_is_told_to_be_silent() -> None:
    command = SERVICES["postgres"]["command"]
    for setting in ("log_error_verbosity=terse", "log_min_error_statement=panic"):
        assert f"-c {setting}" in command


def test_compose_reads_the_file_and_refuses_to_start_without_secrets() -> None:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run(
            [docker, "compose", "version"], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("this machine's docker has no `compose`")
    names = {"POSTGRES_PASSWORD": "a", "HELPLINE_KEY": "b", "RASA_TOKEN": "c"}
    command = [docker, "compose", "-f", str(COMPOSE), "--env-file", "/dev/null", "config", "-q"]
    whole = subprocess.run(command, check=False, capture_output=True, text=True, env=names)
    assert whole.returncode == 0, whole.stderr
    for name in names:
        left = {key: value for key, value in names.items() if key != name}
        lacking = subprocess.run(command, check=False, capture_output=True, text=True, env=left)
        assert lacking.returncode != 0
        assert name in lacking.stderr
