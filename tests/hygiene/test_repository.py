"""What a commit must never hold."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]

FORBIDDEN = {
    "a machine path": re.compile(r"(?<![\w.{/$])/(?:root|home)/[a-z]\w*/|/Users/[a-z]\w+/(?:Documents|src|Projects)"),
    "a package-registry host": re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|index-url"),
    "a Databricks token": re.compile(r"dapi[0-9a-f]{32}"),
    "a private key": re.compile(r"-----BEGIN (?:RSA |EC )?PRIVATE KEY-----"),
}


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name]


def test_no_tracked_file_holds_what_must_not_be_shared():
    found = []
    for file in tracked():
        if "vendors" in file.parts or file == Path(__file__) or file.suffix in {".csv", ".svg"}:
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        found += [
            f"{file.relative_to(ROOT)}: {what}: {m[0]}" for what, rule in FORBIDDEN.items() for m in rule.finditer(text)
        ]
    assert found == []


def test_constraints_are_names_and_versions_only():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []


def test_the_top_level_holds_only_what_was_agreed():
    allowed = {
        "wizard", "jobs", "pipelines", "tests", "pyproject.toml", ".gitignore", "README.md", "CHANGELOG.md", "LICENSE",
        "Makefile", ".ci", "constraints.txt",
    }  # fmt: skip
    assert {file.relative_to(ROOT).parts[0] for file in tracked()} - allowed == set()


def test_install_scripts_and_memory_are_ignored():
    for name in ("env.sh", "env.ps1", ".mlops-wizard/state.json"):
        done = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
        assert done.returncode == 0, name


def test_every_step_is_documented_in_the_readme():
    from wizard.steps.checklist import CHECKLIST

    readme = (ROOT / "README.md").read_text()
    assert [
        step.id
        for stage in CHECKLIST.stages
        for step in stage.steps
        if not re.search(rf"`{re.escape(step.id)}[`@]", readme)
    ] == []


def test_the_readme_counts_right():
    from wizard.engine.diagnosis import rules
    from wizard.operations.lint.check import RULES

    readme = (ROOT / "README.md").read_text()
    assert f"{len(RULES)} rules over pipelines" in readme
    known = {rule.id for rule in rules()} | {"F28"}  # wrong answers, which no service says of itself
    assert f"{len(known)} known ones" in readme


def test_no_unfinished_business():
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in tracked()
        if file.suffix == ".py" and "vendors" not in file.parts and file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"#.*\b(TODO|FIXME|XXX|HACK)\b", line)
    ]
    assert found == []
