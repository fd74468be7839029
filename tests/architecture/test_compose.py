"""docker-compose.yml against the program: read, not run, since a test machine has no Docker.

What it names (commands, options, settings) must exist, and it must hold no secret.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from commonweal.web.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "commonweal"}
COMMONWEAL = Path(sys.executable).with_name("commonweal")


@pytest.mark.parametrize("name", OURS)
def test_each_service_runs_a_command_that_exists_with_options_it_knows(name: str) -> None:
    command, *arguments = OURS[name]["command"]
    shown = subprocess.run(
        [COMMONWEAL, command, "--help"],
        check=False,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
        capture_output=True,
        text=True,
    )

    assert shown.returncode == 0, shown.stderr
    for option in arguments:
        if option.startswith("--"):
            assert re.search(rf"{option}\b", shown.stdout), f"{command} has no {option}"


@pytest.mark.parametrize("name", OURS)
def test_each_setting_that_a_service_gets_is_one_that_the_program_knows(name: str) -> None:
    known = {f"COMMONWEAL_{field.upper()}" for field in Settings.model_fields}

    assert set(OURS[name]["environment"]) <= known


def test_no_secret_stands_in_the_file() -> None:
    secret_name = re.compile("password|secret|token|key", re.IGNORECASE)
    from_outside = re.compile(r"\$\{\w+:\?[^}]+\}")  # ${NAME:?said when it is missing}
    in_url = re.compile(r"://[^:@]*:(.*)@")
    secrets = []
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            is_folder = value.startswith("/")  # of keys, which are in it and not in this file
            named = secret_name.search(name) and not is_folder
            secrets += [value] if named else in_url.findall(value)

    assert secrets
    assert not [value for value in secrets if not from_outside.fullmatch(value)]


def test_the_application_and_the_worker_wait_for_the_migration() -> None:
    for name in ("application", "worker"):
        waits_for = SERVICES[name]["depends_on"]
        assert waits_for["migrate"]["condition"] == "service_completed_successfully"
        assert waits_for["database"]["condition"] == "service_healthy"


def test_only_the_application_is_reachable_and_only_from_this_machine() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports == ["127.0.0.1:8000:8000"]


def test_each_volume_that_is_used_is_declared() -> None:
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", ())
    }

    assert used == set(COMPOSE["volumes"])
