"""Getting sources: a clone of the pushed commit, made by git over HTTPS with the job's own token."""

from wizard.sandbox.agent.step_run import FAILED, SUCCEEDED, StepRun

_FAILURE = "Git fetch failed with exit code: {code}"


def run(step: StepRun) -> str:
    """Check the repository out at the run's commit."""
    known = step.job.variables
    url, commit = known.get("Build.Repository.Uri") or "", known.get("Build.SourceVersion") or ""
    depth = step.input("fetchDepth", default="1")
    branch = (known.get("Build.SourceBranch") or "").removeprefix("refs/heads/").removeprefix("refs/tags/")
    fetch = ["git", "fetch", "--force", "--prune", "--no-recurse-submodules", "--quiet"]
    fetch += [f"--depth={depth}"] if depth not in ("", "0") else []
    commands = (
        ["git", "init", "--quiet", str(step.job.machine.sources)],
        ["git", "config", "gc.auto", "0"],
        ["git", "remote", "add", "origin", url],
        [*fetch, "origin", f"+{commit}:refs/remotes/origin/{branch}"],
        ["git", "checkout", "--progress", "--force", "--quiet", commit],
    )
    # The token travels in the environment, where no list of processes shows it.
    access = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Bearer {known.get('System.AccessToken')}",
    }
    step.log.line(f"Syncing repository: {known.get('Build.Repository.Name')} (Git)")
    for command in commands:
        step.log.line(f"[command]{' '.join(command)}")
        result = step.command(command, access, _FAILURE)
        if result != SUCCEEDED:
            return result
    head = step.job.machine.sources / ".git" / "HEAD"
    if not head.is_file():
        step.log.issue("error", "Git checkout failed.")
        return FAILED
    step.log.line(f"HEAD is now at {commit[:8]}")
    return SUCCEEDED
