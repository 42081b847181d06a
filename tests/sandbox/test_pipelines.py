"""Runs of pipelines, driven by the vendor's own client and git: real YAML files, real clones, real scripts."""

import textwrap

import pytest

from tests.sandbox.conftest import VERY_FAST, enter
from tests.sandbox.pipeline_project import new_pipeline_project
from wizard.sandbox import control
from wizard.sandbox.store import Store


@pytest.fixture
def place(fast, tmp_path, monkeypatch):
    environment = control.environment(fast)
    enter(environment, monkeypatch)
    return new_pipeline_project(environment, tmp_path)


def begin(place, source, **files):
    """Push a pipeline that nothing triggers, define it, and queue a run."""
    yaml = "trigger: none\n" + textwrap.dedent(source)
    place.push({"azure-pipelines.yml": yaml, **{name: textwrap.dedent(each) for name, each in files.items()}})
    place.define()
    return place.queue()


def test_a_run_of_the_pushed_commit(place):
    source = """
        pool: {vmImage: ubuntu-24.04}
        stages:
        - stage: Build
          jobs:
          - job: a
            steps:
            - task: UsePythonVersion@0
              inputs: {versionSpec: '3.11'}
            - script: |
                python -c "import sys; print(sys.version_info[:2], sys.prefix != sys.base_prefix)"
                git rev-parse HEAD
                echo $BUILD_SOURCEBRANCHNAME of $(Build.DefinitionName)
              displayName: Look around
            - script: echo "##vso[task.setvariable variable=found;isOutput=true]forty two"
              name: seek
        - stage: Use
          variables:
            handed: $[ stageDependencies.Build.a.outputs['seek.found'] ]
          jobs:
          - deployment: b
            environment: test
            strategy:
              runOnce:
                deploy:
                  steps:
                  - bash: 'echo "handed: $(handed)"; ls | wc -l'
                    displayName: Show
        - stage: Never
          condition: and(succeeded(), startsWith(variables['Build.SourceBranch'], 'refs/tags/'))
          jobs:
          - job: c
            steps: [{script: exit 1}]
    """
    run = begin(place, source)
    commit = place.git.run("rev-parse", "HEAD")
    assert (run.status, run.source_version) == ("notStarted", commit)
    ended = place.ended(run.id)
    assert (ended.result, ended.source_version) == ("succeeded", commit), place.records(run.id)
    assert commit in place.log(run.id, "Look around")
    assert "(3, 11) True" in place.log(run.id, "Look around")
    assert f"main of {place.pipeline.name}" in place.log(run.id, "Look around")
    assert "handed: forty two\n0\n" in place.log(run.id, "Show")
    stages = place.records(run.id, "Stage")
    assert {name: each.result for name, each in stages.items()} == {
        "Build": "succeeded",
        "Use": "succeeded",
        "Never": "skipped",
    }
    task = place.records(run.id)["Look around"]
    assert (task.type, task.state) == ("Task", "completed")
    assert task.start_time <= task.finish_time
    job = next(each for each in place.records(run.id, "Job").values() if each.identifier == "Build.a.__default")
    assert task.parent_id == job.id
    whole = place.builds.get_build_log_lines(place.project, run.id, task.log.id)
    part = place.builds.get_build_log_lines(place.project, run.id, task.log.id, start_line=2, end_line=3)
    assert part == whole[1:3]
    text = b"".join(place.builds.get_build_log(place.project, run.id, task.log.id)).decode()
    assert text.splitlines() == whole


def test_secrets_are_mapped_by_name_and_masked(place):
    place.group("env-secrets", PLAIN="plain value", TOKEN=("s3cr3t-0815",))
    source = """
        variables:
        - group: env-secrets
        steps:
        - checkout: none
        - script: 'echo "plain=$PLAIN token=[$TOKEN]"'
          displayName: Without
        - script: 'test "$TOKEN" = "s3cr3t-0815" && echo "it is $TOKEN"'
          displayName: With
          env: {TOKEN: $(TOKEN)}
        - script: 'env | grep -c -E "^(AZURE_CLIENT|AZURE_DEVOPS_EXT|DATABRICKS)" || true'
          displayName: Foreign
    """
    run = begin(place, source)
    assert place.ended(run.id).result == "succeeded"
    assert "plain=plain value token=[]" in place.log(run.id, "Without")
    assert "it is ***" in place.log(run.id, "With")
    assert "s3cr3t" not in place.log(run.id, "With")
    assert "\n0\n" in place.log(run.id, "Foreign")


def test_failures_issues_and_conditions(place):
    source = """
        jobs:
        - job: a
          steps:
          - script: exit 3
            displayName: Tolerated
            continueOnError: true
          - script: |
              echo "##vso[task.logissue type=error]it went wrong"
              exit 7
            displayName: Fails
          - script: echo never
            displayName: Skipped
          - script: echo after
            displayName: After
            condition: failed()
        - job: b
          dependsOn: a
          steps: [{script: echo b}]
        - job: c
          dependsOn: a
          condition: always()
          steps: [{script: echo c, displayName: C}]
    """
    run = begin(place, source)
    assert place.ended(run.id).result == "failed"
    records = place.records(run.id)
    assert records["Tolerated"].result == "succeededWithIssues"
    assert [each.message for each in records["Fails"].issues] == ["it went wrong", "Bash exited with code '7'."]
    assert (records["Skipped"].result, records["After"].result) == ("skipped", "succeeded")
    jobs = place.records(run.id, "Job")
    assert {name: each.result for name, each in jobs.items()} == {"a": "failed", "b": "skipped", "c": "succeeded"}


def test_templates_artifacts_and_test_results(place):
    steps = """
        parameters:
        - {name: word, type: string}
        steps:
        - script: |
            mkdir out; echo ${{ parameters.word }} > out/word.txt
            echo '<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>' > results.xml
          displayName: Say ${{ parameters.word }}
    """
    source = """
        steps:
        - template: templates/say.yml
          parameters: {word: hello}
        - task: PublishTestResults@2
          displayName: Results
          inputs: {testResultsFormat: JUnit, testResultsFiles: results.xml}
        - task: PublishPipelineArtifact@1
          inputs: {targetPath: out, artifact: words}
    """
    run = begin(place, source, **{"templates/say.yml": steps})
    assert place.ended(run.id).result == "succeeded"
    assert "Passed 1, failed 1" in place.log(run.id, "Results")
    found = place.builds.get_artifacts(place.project, run.id)
    assert [(each.name, each.resource.type) for each in found] == [("words", "PipelineArtifact")]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("variables: [{group: no-such}]\nsteps: [{script: echo}]", "Variable group no-such was not found or is not"),
        ("variables: [{group: shut}]\nsteps: [{script: echo}]", "Variable group shut was not found or is not auth"),
        ("steps: [{task: Nothing@1}]", "A task is missing. The pipeline references a task called 'Nothing'"),
        (
            "steps: [{task: AzureCLI@2, inputs: {azureSubscription: nowhere}}]",
            'There was a resource authorization issue: "The pipeline is not valid. Job Job: Step AzureCLI input '
            "connectedServiceNameARM references service connection nowhere which could not be found.",
        ),
        ("steps: [{pwsh: echo}]", "Unexpected value 'pwsh'"),
        ("steps: [{script: 'a', nonsense: 1}]", "Unexpected value 'nonsense'"),
        ("steps: [{template: no.yml}]", "File /no.yml not found in repository https://dev.azure.com/"),
        ("pool: {name: Default}\nsteps: [{script: echo}]", "Pipeline does not have permissions to use the referenced"),
        ("jobs: [{job: a, dependsOn: z, steps: [{script: echo}]}]", "Job a depends on unknown job z."),
    ],
)
def test_what_cannot_be_run_ends_without_jobs(place, source, message):
    if "shut" in source:
        place.group("shut", authorized=False, A="1")
    run = begin(place, source)
    ended = place.ended(run.id)
    assert ended.result == "failed"
    assert message in ended.validation_results[0].message
    assert place.builds.get_build_timeline(place.project, run.id) is None


def test_images_pythons_and_parallel_jobs_that_are_not_there(fast, place):
    source = """
        jobs:
        - job: old
          pool: {vmImage: ubuntu-18.04}
          steps: [{script: echo}]
        - job: python
          steps:
          - task: UsePythonVersion@0
            displayName: Python
            inputs: {versionSpec: '3.6'}
    """
    run = begin(place, source)
    assert place.ended(run.id).result == "failed"
    records = place.records(run.id)
    jobs = place.records(run.id, "Job")
    assert "An image label with the label ubuntu-18.04 does not exist" in jobs["old"].issues[0].message
    assert "Version spec 3.6 for architecture x64 did not match any version" in records["Python"].issues[0].message
    store = Store(fast / "state.sqlite")
    store.put("setting", "devops.hosted_jobs", {"value": 0})
    try:
        run = place.queue()
        assert place.ended(run.id).result == "failed"
        messages = [each.issues[0].message for each in place.records(run.id, "Job").values()]
        assert all("No hosted parallelism has been purchased or granted" in each for each in messages)
    finally:
        store.delete("setting", "devops.hosted_jobs")
        store.close()


def test_a_federated_connection_signs_in(fast, place):
    from wizard.sandbox.entra.federation import KIND

    client = "aaaaaaaa-1111-2222-3333-444444444444"
    made = place.connection("azure-run", client)
    parameters = made.authorization.parameters
    credential = {
        "issuer": parameters["workloadIdentityFederationIssuer"],
        "subject": parameters["workloadIdentityFederationSubject"],
        "audiences": ["api://AzureADTokenExchange"],
    }
    identity = {"client_id": client, "object_id": client, "name": "runner", "federated": {"devops": credential}}
    store = Store(fast / "state.sqlite")
    store.put(KIND, client, identity)
    store.close()
    sign_in = """
        import os
        from azure.identity import ClientAssertionCredential
        who = (os.environ["tenantId"], os.environ["servicePrincipalId"], lambda: os.environ["idToken"])
        token = ClientAssertionCredential(*who).get_token("https://management.azure.com/.default")
        print("signed in", len(token.token) > 100, os.environ["idToken"])
    """
    source = """
        steps:
        - task: AzureCLI@2
          displayName: Azure
          inputs:
            azureSubscription: azure-run
            scriptType: bash
            scriptLocation: inlineScript
            addSpnToEnvironment: true
            inlineScript: python sign_in.py
    """
    run = begin(place, source, **{"sign_in.py": sign_in})
    assert place.ended(run.id).result == "succeeded", place.log(run.id, "Azure")
    assert "signed in True ***" in place.log(run.id, "Azure")


def test_the_azure_cli_reads_the_connections_key_from_a_file(place):
    key = "a-key-that-no-argument-shows"
    place.connection("azure-key", "aaaaaaaa-1111-2222-3333-555555555555", key=key)
    stand_in = """\
        #!/bin/bash
        echo "az $*"
        file=${7#--password=@}
        [ "$1" != login ] || echo "private: $(find "$file" -perm 600 | wc -l), bytes: $(wc -c < "$file")"
    """
    source = """
        steps:
        - script: chmod +x tools/az; echo "##vso[task.prependpath]$PWD/tools"
        - task: AzureCLI@2
          displayName: Azure
          inputs:
            azureSubscription: azure-key
            scriptType: bash
            scriptLocation: inlineScript
            inlineScript: ls "$AGENT_TEMPDIRECTORY"
    """
    run = begin(place, source, **{"tools/az": stand_in})
    assert place.ended(run.id).result == "succeeded", place.log(run.id, "Azure")
    said = place.log(run.id, "Azure")
    assert "az login --service-principal -u aaaaaaaa-1111-2222-3333-555555555555 --tenant" in said
    assert f"private: 1, bytes: {len(key)}" in " ".join(said.split())
    assert "az account set --subscription" in said
    assert ".secret\n" not in said.partition("az account set")[2]


def test_a_push_starts_what_the_file_says(place):
    yaml = "trigger: {branches: {include: [main]}, paths: {include: [src]}}\nsteps: [{script: echo}]\n"
    place.push({"azure-pipelines.yml": yaml})
    place.define()
    place.push({"README.md": "nothing"})
    commit = place.push({"src/a.txt": "a"})
    found = place.until(lambda: place.builds.get_builds(place.project, definitions=[place.pipeline.id]), "the run")
    assert [(each.source_version, each.reason) for each in found] == [(commit, "individualCI")]
    assert place.ended(found[0].id).result == "succeeded"


def test_cancelling(place):
    source = """
        steps:
        - checkout: none
        - script: sleep 60
          displayName: Long
        - script: echo tidy
          displayName: Tidy
          condition: always()
    """
    run = begin(place, source)
    place.until(lambda: (found := place.records_or_none(run.id, "Long")) and found.state == "inProgress", "the step")
    place.builds.update_build({"status": "cancelling"}, place.project, run.id)
    assert place.ended(run.id).result == "canceled"
    records = place.records(run.id)
    assert (records["Long"].result, records["Tidy"].result) == ("canceled", "succeeded")


def test_running_a_stage_again_runs_its_failed_jobs(place):
    place.group("switch", GO="no")
    source = """
        stages:
        - stage: A
          variables: [{group: switch}]
          jobs:
          - job: good
            steps: [{checkout: none}, {script: echo good, displayName: Good}]
          - job: bad
            steps: [{checkout: none}, {script: test "$(GO)" = yes, displayName: Bad}]
        - stage: B
          jobs: [{job: b, steps: [{checkout: none}, {script: test "$SYSTEM_STAGEATTEMPT$SYSTEM_JOBATTEMPT" = 22}]}]
    """
    run = begin(place, source)
    assert place.ended(run.id).result == "failed"
    first = place.records(run.id)
    assert (first["Good"].result, first["Bad"].result, first["B"].result) == ("succeeded", "failed", "skipped")
    client = place.clients.get_task_agent_client()
    group = client.get_variable_groups(place.project, group_name="switch")[0]
    reference = {"name": "switch", "projectReference": {"id": place.repository.project.id, "name": place.project}}
    body = {"name": "switch", "type": "Vsts", "variables": {"GO": {"value": "yes"}}}
    client.update_variable_group({**body, "variableGroupProjectReferences": [reference]}, group.id)
    place.builds.update_stage({"state": 1, "forceRetryAllJobs": False}, run.id, "A", place.project)
    assert place.ended(run.id).result == "succeeded"
    again = place.records(run.id)
    assert again["Good"].id == first["Good"].id
    assert (again["Bad"].result, again["B"].result, again["A"].attempt) == ("succeeded", "succeeded", 2)


def test_a_run_does_not_survive_the_sandbox_but_what_was_done_does(fast, place, tmp_path):
    gate = tmp_path / "go"
    source = f"""
        stages:
        - stage: A
          jobs:
          - job: done
            steps: [{{checkout: none}}, {{script: echo done, displayName: Done}}]
          - job: long
            dependsOn: done
            steps: [{{checkout: none}}, {{script: test -e {gate} || sleep 60, displayName: Long}}]
        - stage: B
          jobs: [{{job: b, steps: [{{checkout: none}}, {{script: echo b}}]}}]
    """
    run = begin(place, source)
    place.until(lambda: (found := place.records_or_none(run.id, "Long")) and found.state == "inProgress", "the step")
    control.stop(fast)
    control.start(fast, VERY_FAST)
    ended = place.ended(run.id)
    assert ended.result == "failed"
    first, jobs = place.records(run.id), place.records(run.id, "Job")
    assert (first["A"].result, first["B"].result) == ("failed", "skipped")
    assert "We stopped hearing from agent" in jobs["long"].issues[0].message
    gate.touch()
    place.builds.update_stage({"state": 1, "forceRetryAllJobs": False}, run.id, "A", place.project)
    assert place.ended(run.id).result == "succeeded"
    again = place.records(run.id)
    assert again["Done"].id == first["Done"].id
    assert (again["Long"].result, again["B"].result, again["A"].attempt) == ("succeeded", "succeeded", 2)
