"""The project's pipeline: Microsoft's schema of the language, and what must hold of it besides."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.rehearsal import ROOT

VENDORS = Path(__file__).with_name("vendors")
FILES = sorted((ROOT / "pipelines").glob("*.yml"))
PIPELINE = yaml.safe_load((ROOT / "pipelines" / "azure-pipelines.yml").read_text())
STAGES = {stage["stage"]: stage for stage in PIPELINE["stages"]}
TEMPLATE = yaml.safe_load((ROOT / "pipelines" / "deploy-steps.yml").read_text())
PROD = yaml.safe_load((ROOT / "pipelines" / "prod-jobs.yml").read_text())
RELEASE = (
    "or( startsWith(variables['Build.SourceBranch'], 'refs/heads/releases'), "
    "startsWith(variables['Build.SourceBranch'], 'refs/tags/v') )"
)
TASKS = {"UsePythonVersion@0", "AzureCLI@2", "PublishTestResults@2", "PublishPipelineArtifact@1"}
GROUP = {
    "AKS_CLUSTER", "DATABRICKS_HOST", "DATABRICKS_TOKEN", "MLFLOW_TRACKING_URI", "AML_WORKSPACE_NAME", "RESOURCE_GROUP",
    "REGISTRY_URI", "MODEL", "DATABRICKS_CLUSTER", "SUBSCRIPTION_ID", "SERVICE_NAME", "DATA_PATH", "EXPERIMENT",
}  # fmt: skip
REGISTRY = {"REGISTRY_HOST", "REGISTRY_TOKEN"}
SECRETS = {"DATABRICKS_TOKEN", "REGISTRY_TOKEN"}
MACRO = re.compile(r"\$\((\w+)\)")


def steps():
    return [*(step for job in STAGES["Build"]["jobs"] for step in job["steps"]), *TEMPLATE["steps"]]


def scripts(step):
    inputs = step.get("inputs", {})
    return step.get("script") or step.get("bash") or inputs.get("inlineScript") or ""


def test_the_schema_of_azure_pipelines_accepts_it():
    done = subprocess.run(
        [sys.executable, "check_yaml.py", *map(str, FILES)], cwd=VENDORS, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{len(FILES)} passed")


def test_the_schema_check_refuses_what_is_none(tmp_path):
    bad = tmp_path / "bad.yml"
    bad.write_text("stages:\n- stage: A\n  condtion: x\n")
    done = subprocess.run([sys.executable, "check_yaml.py", str(bad)], cwd=VENDORS, capture_output=True, text=True)
    assert done.returncode == 1


def test_every_step_is_a_script_or_a_task_that_is_supported():
    assert {step["task"] for step in steps() if "task" in step} == TASKS
    assert all({"task", "script", "bash"} & step.keys() for step in steps())


def test_prod_runs_for_releases_alone_and_after_test():
    assert STAGES["Test"]["dependsOn"] == "Build"
    assert STAGES["Prod"]["dependsOn"] == "Test"
    assert " ".join(STAGES["Prod"]["condition"].split()) == f"and(succeeded(), {RELEASE})"


def test_what_prod_needs_is_asked_for_only_where_its_condition_can_hold():
    (job,) = STAGES["Prod"]["jobs"]
    assert job["template"] == f"${{{{ iif({RELEASE}, 'prod-jobs.yml', 'no-jobs.yml') }}}}"
    assert not re.search("group|azureSubscription", (ROOT / "pipelines" / "no-jobs.yml").read_text())


def test_each_environment_has_its_own_group_and_connection_and_nothing_else():
    (test,), (prod,) = STAGES["Test"]["jobs"], PROD["jobs"]
    deployed = prod["strategy"]["runOnce"]["deploy"]["steps"]
    for job, steps, environment in ((test, test["steps"], "test"), (prod, deployed[1:], "prod")):
        (step,) = steps
        assert step["template"] == "deploy-steps.yml"
        assert step["parameters"]["azureSubscription"] == f"mlops-wizard-{environment}"
        assert job["variables"] == [{"group": f"{environment}-env"}]
        assert job["timeoutInMinutes"] == 60
    assert not any("variables" in stage for stage in STAGES.values())


def test_prod_is_deployed_to_an_environment_from_the_repository():
    (prod,) = PROD["jobs"]
    assert prod["environment"] == "prod"
    assert prod["strategy"]["runOnce"]["deploy"]["steps"][0] == {"checkout": "self"}


def test_only_variables_of_the_groups_are_read():
    read = {file.name: set(MACRO.findall(file.read_text())) for file in FILES}
    assert read == {
        "azure-pipelines.yml": {"DATABRICKS_HOST", "DATABRICKS_TOKEN"},
        "deploy-steps.yml": GROUP,
        "prod-jobs.yml": REGISTRY,
        "no-jobs.yml": set(),
    }
    assert not MACRO.findall(str(STAGES["Build"]))


def test_secrets_are_mapped_where_they_are_needed_and_never_in_a_script():
    for step in steps():
        assert not SECRETS & set(MACRO.findall(scripts(step)))
        assert not re.search(r"\b(printenv|env\s*\|)", scripts(step))
        if "jobs.train_on_cluster" in scripts(step):
            assert {"DATABRICKS_HOST", "DATABRICKS_TOKEN"} <= step["env"].keys()
        if re.search(r"jobs\.(deploy|smoke_test)", scripts(step)):
            assert step["env"].keys() >= REGISTRY
            assert step["inputs"]["addSpnToEnvironment"] is True


def test_installs_keep_to_the_constraints():
    installs = [scripts(step) for step in steps() if "pip install" in scripts(step)]
    assert len(installs) == 2
    assert all("--constraint constraints.txt" in each for each in installs)


@pytest.mark.parametrize("job", ["train_on_cluster", "deploy", "smoke_test"])
def test_the_jobs_know_the_arguments_that_are_given(job):
    (text,) = [scripts(step) for step in steps() if f"jobs.{job} " in scripts(step)]
    said = {"train_on_cluster": "jobs.train_on_cluster", "deploy": "jobs.deploy", "smoke_test": "jobs.smoke_test"}[job]
    done = subprocess.run([sys.executable, "-m", said, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"(--[a-z-]+) ", text)) <= set(re.findall(r"--[a-z-]+", done.stdout))


def test_the_tests_that_the_pipeline_runs_are_there():
    named = re.findall(r"tests/unit/\w+\.py", str([scripts(step) for step in steps()]))
    assert len(named) == 6
    assert all((ROOT / name).exists() for name in named)
