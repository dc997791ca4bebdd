"""Policies: a user's program is asked, and whatever is not a clear yes refuses."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.policy import MOST_OUTPUT, ask
from reconciler.model.guard import GuardVerdict, Policy
from reconciler.simulator import Cloud
from tests.cli.run import call

Captured = pytest.CaptureFixture[str]
HEAD = "apiVersion: reconciler/v1\nkind: Configuration\n"
ADDRESSES = ["SynapseLink/sales/sales-link", "SynapseLink/service/service-link"]
PLAN: dict[str, Any] = {"formatVersion": 1, "changes": []}
EXAMPLE = Path(__file__).parents[2] / "docs/guards.md"


def asked(code: str, folder: Path, **fields: Any) -> GuardVerdict:
    """The verdict of a Python program."""
    (folder / "policy.py").write_text(code)
    return ask(Policy("p", (sys.executable, "policy.py"), folder=str(folder), **fields), PLAN, ADDRESSES)


def test_a_command_gets_the_plan_and_its_answer_counts(tmp_path: Path) -> None:
    code = "import json, sys\nplan = json.load(sys.stdin)\nprint(json.dumps({'allow': plan['formatVersion'] == 1}))"
    assert not asked(code, tmp_path).refused


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise SystemExit('broken: client_secret=abc')", "ended with exit code 1 and said: broken"),
        ("print('yes')", "is no JSON"),
        ("print('{}')", "no 'allow'"),
        ("pass", "is no JSON"),
        (f"print('x' * {MOST_OUTPUT + 10})", "printed more than 1,000,000 bytes"),
        (f"import sys; sys.stderr.write('x' * {MOST_OUTPUT + 10}); print('{{\"allow\": true}}')", "printed more than"),
        ("import sys; sys.stdout.buffer.write(bytes([255, 254]))", "is no JSON"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "ended with exit code -15"),
    ],
)
def test_a_command_that_fails_refuses(tmp_path: Path, code: str, words: str) -> None:
    verdict = asked(code, tmp_path)
    assert (verdict.refused, verdict.addresses) == (True, ())
    assert words in verdict.summary
    assert "abc" not in verdict.summary


def test_a_command_that_does_not_end_is_ended_with_what_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('child', 'w').write(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    verdict = asked(code, tmp_path, seconds=1)
    assert "did not end within 1 seconds" in verdict.summary
    child = int((tmp_path / "child").read_text())
    gone = time.monotonic() + 5
    while _runs(child) and time.monotonic() < gone:
        os.sched_yield()
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_command_that_prints_for_ever_is_ended(tmp_path: Path) -> None:
    assert "printed more than" in asked("while True: print('x' * 1000)", tmp_path, seconds=30).summary


@pytest.mark.parametrize("command", ["no-such-program-here", "./gone.py", "a\0b"])
def test_a_command_that_is_not_there_refuses(tmp_path: Path, command: str) -> None:
    verdict = ask(Policy("p", (command,), folder=str(tmp_path)), PLAN, ADDRESSES)
    assert (verdict.refused, "can't be run" in verdict.summary) == (True, True)


def test_a_program_named_by_a_path_is_found_from_the_folder_of_the_configuration(tmp_path: Path) -> None:
    program = tmp_path / "policies" / "yes.sh"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho '{\"allow\": true}'\n")
    program.chmod(0o755)
    assert not ask(Policy("p", ("policies/yes.sh",), folder=str(tmp_path)), PLAN, ADDRESSES).refused


def test_words_are_no_shell(tmp_path: Path) -> None:
    code = "import json, sys; print(json.dumps({'allow': False, 'reasons': [{'reason': sys.argv[1]}]}))"
    (tmp_path / "policy.py").write_text(code)
    words = (sys.executable, "policy.py", "$(touch made); touch made")
    verdict = ask(Policy("p", words, folder=str(tmp_path)), PLAN, ADDRESSES)
    assert verdict.summary.endswith("$(touch made); touch made")
    assert not (tmp_path / "made").exists()


def test_a_command_has_no_secrets_but_those_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_CLIENT_SECRET", "GITHUB_TOKEN", "SYSTEM_ACCESSTOKEN", "TEAM"):
        monkeypatch.setenv(name, "s")
    code = "import json, os\nprint(json.dumps({'allow': False, 'reasons': [{'reason': ' '.join(sorted(os.environ))}]}))"
    words = asked(code, tmp_path, variables=("TEAM",)).summary
    assert "PATH" in words
    assert "TEAM" in words
    assert not any(name in words for name in ("AZURE", "GITHUB", "SYSTEM_ACCESSTOKEN"))


class TestEntryPoints:
    @pytest.fixture(autouse=True)
    def package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "house_policies.py").write_text(
            "import time\n"
            "def allow(plan):\n    plan['changes'] = 'mine'\n    return {'allow': plan['formatVersion'] == 1}\n"
            "def broken(plan): raise KeyError('password=hush')\n"
            "def leaves(plan): raise SystemExit(0)\n"
            "def sleeps(plan): time.sleep(30)\n"
            "def nothing(plan): pass\n"
        )
        monkeypatch.syspath_prepend(tmp_path)

    def ask(self, entry_point: str) -> GuardVerdict:
        return ask(Policy("p", entry_point=entry_point, seconds=1), PLAN, ADDRESSES)

    def test_a_function_gets_a_plan_of_its_own(self) -> None:
        assert not self.ask("house_policies:allow").refused
        assert PLAN["changes"] == []

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("house_policies:broken", "KeyError"),
            ("house_policies:leaves", "SystemExit"),
            ("house_policies:sleeps", "did not end"),
            ("house_policies:nothing", "no 'allow'"),
            ("house_policies:gone", "AttributeError"),
            ("no_such_package:check", "ModuleNotFoundError"),
        ],
    )
    def test_one_that_fails_refuses(self, name: str, words: str) -> None:
        verdict = self.ask(name)
        assert (verdict.refused, words in verdict.summary) == (True, True)
        assert "hush" not in verdict.summary


def documented() -> str:
    """The example of docs/guards.md, as it stands there."""
    return EXAMPLE.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]


class TestCommands:
    @pytest.fixture
    def with_policy(self, folder: Path) -> Path:
        (folder / "policies").mkdir()
        command = json.dumps([sys.executable, "policies/naming.py"])
        (folder / "reconciler.yaml").write_text(HEAD + f"policy: [{{name: naming, command: {command}}}]\n")
        (folder / "policies" / "naming.py").write_text(documented())
        return folder

    def test_the_documented_example_allows_and_refuses(self, with_policy: Path, cloud: Cloud, capsys: Captured) -> None:
        assert call(capsys, "plan").code == 2
        links = with_policy / "manifests" / "links.yaml"
        links.write_text(links.read_text().replace("service-link", "another-link"))
        said = call(capsys, "plan")
        assert said.code == 2
        assert "policy:naming: Policy 'naming' refuses: SynapseLink/service/" in said.out
        said = call(capsys, "apply", "--yes")
        assert said.code == 4
        assert "Policy 'naming' refuses" in said.err
        assert "done     SynapseLink/sales/sales-link" in said.out
        assert not any(write.host.startswith("contoso-service") for write in cloud.record.writes)

    def test_a_policy_that_fails_refuses_everything(self, with_policy: Path, cloud: Cloud, capsys: Captured) -> None:
        (with_policy / "policies" / "naming.py").write_text("raise SystemExit('\\x1b[31m::error::')")
        said = call(capsys, "apply", "--yes")
        assert (said.code, cloud.record.writes) == (4, [])
        assert "gave no verdict" in said.err
        assert "\x1b[31m" not in said.err

    def test_without_changes_no_policy_is_asked(self, with_policy: Path, capsys: Captured) -> None:
        assert call(capsys, "apply", "--yes").code == 0
        (with_policy / "policies" / "naming.py").unlink()
        assert call(capsys, "apply", "--yes").code == 0
