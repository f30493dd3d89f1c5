"""A served Headgate for the whole suite, and a network in front of it that fails when it is told to."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, List

import httpx
import pytest

from headgate import Headgate

ROOT = Path(__file__).parents[3]


@dataclass
class Lab:
    process: "subprocess.Popen[str]"
    url: str
    token: str
    read_token: str
    stream_id: str
    proxy: str

    def faults(self, *faults: Any) -> None:
        """For the next requests, one each; forgets what was seen."""
        httpx.post(f"{self.proxy}/__faults", json=list(faults)).raise_for_status()
        self.seen()

    def seen(self) -> List[Any]:
        found: List[Any] = httpx.get(f"{self.proxy}/__seen").json()
        return found

    def ask_restart(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("restart\n")
        self.process.stdin.flush()

    def restarted(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "{}\n"


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    node = ROOT / "node_modules" / "node" / "bin" / "node"
    command = [str(node) if node.exists() else "node", str(ROOT / "sdk/testing/serve.ts")]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    try:
        at = json.loads(process.stdout.readline())
        yield Lab(process, at["url"], at["token"], at["readToken"], at["streamId"], at["proxy"])
    finally:
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.fixture
def client(lab: Lab) -> Iterator[Headgate]:
    """Straight to the server."""
    with Headgate(token=lab.token, base_url=lab.url) as made:
        yield made


@pytest.fixture
def shaky(lab: Lab) -> Iterator[Headgate]:
    """Over the network that fails."""
    lab.faults()
    with Headgate(token=lab.token, base_url=lab.proxy) as made:
        yield made
    lab.faults()
