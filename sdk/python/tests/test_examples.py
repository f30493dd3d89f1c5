"""The examples of the designs and of the README, as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Lab

from headgate import Headgate

README = (Path(__file__).parents[1] / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.S)

EMIT = """
import os
from headgate import Headgate as Conduit
conduit = Conduit(token=os.environ["CONDUIT_TOKEN"])
result = conduit.emit(
pipeline_id="PIPELINE",
event_type="order.created",
payload={"orderId": "ord_1042", "amount": 4999, "currency": "usd"},
idempotency_key="evt-key-3f9c2a",
)
print(result.event_id)  # evt_5b1c9d
"""

PIPELINES = """
# List all pipelines
pipelines = client.pipelines.list()

# Get a specific pipeline
pipeline = client.pipelines.get("user-analytics")

# Trigger a run
run = client.pipelines.run("user-analytics", full_refresh=True)

# Wait for completion
result = run.wait(timeout=300)

# Get run history
runs = client.pipelines.runs("user-analytics", limit=10)
"""


def execute(lab: Lab, program: str) -> str:
    env = {**os.environ, "HEADGATE_SERVER": lab.url, "HEADGATE_TOKEN": lab.token, "CONDUIT_TOKEN": lab.token}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_event_of_the_design(lab: Lab) -> None:
    assert execute(lab, EMIT.replace("PIPELINE", lab.stream_id)).startswith("ev_")


def test_the_pipelines_of_the_design(client: Headgate) -> None:
    names = {"client": client}
    exec(PIPELINES, names)  # noqa: S102
    found: dict[str, object] = dict(names)
    assert found["result"].status == "success"  # type: ignore[attr-defined]
    assert "user-analytics" in [pipeline.name for pipeline in found["pipelines"]]  # type: ignore[attr-defined]
    assert 1 <= len(list(found["runs"])) <= 10  # type: ignore[call-overload]


@pytest.mark.parametrize("at", range(len(BLOCKS)))
def test_the_readme(at: int, lab: Lab) -> None:
    said = [r"2 accepted, 0 rejected", r"success 892", r"success", r"\d", r"ended: success", r"not_found"]
    assert len(BLOCKS) == len(said)
    assert re.search(said[at], execute(lab, BLOCKS[at]))


def test_the_readme_is_typed(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    files = [tmp_path / f"readme{at}.py" for at in range(len(BLOCKS))]
    for file, block in zip(files, BLOCKS):
        file.write_text(block)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), *map(str, files)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
