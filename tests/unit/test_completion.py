"""Completion in real shells: the printed script is read by bash, zsh and fish, and asked what comes next."""

import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest

from wizard.cli_parser import command_parser
from wizard.completion.command import script

PATIENCE = 20.0
NO_FILES = ("--norc", "--noprofile")


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completion")
    parser = command_parser(["lint", "sandbox"])
    for shell in ("bash", "zsh", "fish"):
        (folder / shell).write_text(script(shell, parser), encoding="utf-8")
    return folder


def needed(shell):
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"there is no {shell} here")
    return found


def by_bash(scripts, line):
    """What bash's function offers for the line, as readline gets it."""
    asked = 'source "$1"; COMP_LINE=$2 COMP_POINT=${#2}; _mlops_wizard; printf "%s\\n" "${COMPREPLY[@]}"'
    command = [needed("bash"), *NO_FILES, "-c", asked, "bash", str(scripts / "bash"), line]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd=scripts)
    assert done.stderr == ""
    return done.stdout.split()


def by_fish(scripts, line):
    """What fish offers for the line: words without their meanings."""
    command = [needed("fish"), "--no-config", "-c", f"source {scripts / 'fish'}; complete -C '{line}'"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd=scripts)
    assert done.stderr == ""
    return [each.partition("\t")[0] for each in done.stdout.splitlines()]


CASES = [
    ("mlops-wizard che", {"check"}),
    ("mlops-wizard --sandbox teard", {"teardown"}),
    ("mlops-wizard apply --ye", {"--yes"}),
    ("mlops-wizard check --step databricks.cl", {"databricks.cluster"}),
    ("mlops-wizard docs devops.run-t", {"devops.run-test"}),
    ("mlops-wizard apply --stage ", {"0", "1", "2", "3"}),
    ("mlops-wizard run --environment ", {"dev", "test", "prod"}),
    ("mlops-wizard run wine-b", {"wine-batch-score"}),
    ("mlops-wizard rotate dev te", {"test"}),
    ("mlops-wizard diff test p", {"prod"}),
    ("mlops-wizard sandbox scenario cl", {"clear"}),
    ("mlops-wizard sandbox scenario play x-new-w", {"x-new-workspaces"}),
    ("mlops-wizard apply --set prefi", {"prefix="}),
    ("mlops-wizard completion ", {"bash", "zsh", "fish"}),
]


@pytest.mark.parametrize(("line", "offered"), CASES)
def test_bash_offers(scripts, line, offered):
    assert set(by_bash(scripts, line)) == offered


@pytest.mark.parametrize(("line", "offered"), CASES)
def test_fish_offers(scripts, line, offered):
    assert set(by_fish(scripts, line)) == offered


def test_environments_of_a_step_are_offered_where_one_begins_to_name_one(scripts):
    assert by_fish(scripts, "mlops-wizard check --step databricks.cluster@") == [
        f"databricks.cluster@{each}" for each in ("dev", "prod", "test")
    ]
    assert by_fish(scripts, "mlops-wizard check --step=databricks.cluster@t") == ["--step=databricks.cluster@test"]
    # bash gets what comes after its own divider
    assert by_bash(scripts, "mlops-wizard check --step databricks.cluster@") == ["@dev", "@test", "@prod"]
    assert by_bash(scripts, "mlops-wizard check --step=databricks.cluster@t") == ["@test"]
    assert by_bash(scripts, "mlops-wizard check --step=databricks.clu") == ["databricks.cluster"]


def test_no_word_is_offered_where_anything_may_stand(scripts):
    assert by_bash(scripts, "mlops-wizard run wine-model-train --cluster ") == []
    assert "engine" not in by_bash(scripts, "mlops-wizard "), "it is none that a person types"


def test_folders_and_files_are_offered_where_they_are_meant(scripts, tmp_path):
    assert by_bash(scripts, "mlops-wizard sandbox import fi") == ["fish"]
    (scripts / "fixed").mkdir()
    assert by_bash(scripts, "mlops-wizard --project fi") == ["fixed"]
    assert by_fish(scripts, "mlops-wizard --project fi") == ["fixed/"]


TYPED = (
    ("docs databricks.cl\t", "docs databricks.cluster"),
    ("check --step databricks.cluster@t\t", "check --step databricks.cluster@test"),
    ("check --step=databricks.cluster@t\t", "check --step=databricks.cluster@test"),
    ("sandbox scenario play x-new-w\t", "sandbox scenario play x-new-workspaces"),
    ("apply --set prefi\twine", "apply --set prefix=wine"),
)
STARTS = {
    "zsh by its path": (["zsh", "-f", "-i"], "fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D\n"),
    "bash": (["bash", *NO_FILES, "-i"], "source {file}\n"),
    "zsh": (["zsh", "-f", "-i"], "autoload -Uz compinit; compinit -u -D; source {file}\n"),
}


@pytest.mark.parametrize("shell", STARTS)
def test_a_person_presses_tab(scripts, shell, tmp_path):
    """Line by line at a terminal: what the command is called with in the end."""
    argv, start = STARTS[shell]
    needed(argv[0])
    (scripts / "_mlops-wizard").write_text((scripts / "zsh").read_text(encoding="utf-8"), encoding="utf-8")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.environ |= {"TERM": "dumb", "PS1": "> ", "HOME": str(tmp_path), "ZDOTDIR": str(tmp_path)}
        os.execvp(argv[0], argv)  # noqa: S606
    try:
        say(terminal, start.format(file=scripts / shell, folder=scripts))
        say(terminal, "mlops-wizard() { echo \"GOT<$*>\"; }; echo REA''DY\n")
        heard(terminal, "READY")
        for typed, wanted in TYPED:
            say(terminal, f"mlops-wizard {typed}\n")
            assert re.findall(r"GOT<(.*?) ?>", heard(terminal, "GOT<", end=">"))[-1] == wanted
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def say(terminal, text):
    os.write(terminal, text.encode())


def heard(terminal, word, end="\n"):
    """What the terminal shows until the word has come, and what ends it."""
    shown, until = "", time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.1)[0]:
            shown += os.read(terminal, 65536).decode(errors="replace")
        if end in shown.rpartition(word)[2] and word in shown:
            return shown
    raise AssertionError(f"no {word!r} in {shown!r}")
