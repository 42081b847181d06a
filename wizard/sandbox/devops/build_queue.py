"""New runs: queued by somebody, or begun by a push."""

import uuid
from collections.abc import Sequence
from typing import Any

from wizard.sandbox.agent import triggers
from wizard.sandbox.agent.faults import PipelineError
from wizard.sandbox.agent.source import parse
from wizard.sandbox.devops.bare import NOTHING, BareRepository
from wizard.sandbox.devops.build_runner import Runner, parameters_of
from wizard.sandbox.devops.build_store import Builds
from wizard.sandbox.devops.definitions import ASSEMBLY, Definitions
from wizard.sandbox.devops.faults import DevOpsFault
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.ref_changes import RefChange
from wizard.sandbox.devops.repositories import Repositories, Repository
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.store import Document

_SKIP = ("[skip ci]", "[ci skip]", "skip-checks: true", "[skip azurepipelines]", "***no_ci***")


class Queue:
    """Where runs come from."""

    def __init__(self, tenancy: Tenancy, runner: Runner) -> None:
        self._tenancy = tenancy
        self.runner = runner

    def add(self, definition: Document, who: Identity, branch: str, commit: str, reason: str, **given: Any) -> Document:
        """Queue a run. `given` may have `parameters` (a JSON text of variables) and `template` (a mapping)."""
        repository = Repositories(self._tenancy).get(definition["repository"])
        bare = Repositories(self._tenancy).bare(repository) if repository else None
        ref = branch or definition["branch"]
        ref = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
        found = bare.resolve(commit or ref) if bare else ""
        if not found:
            message = f"Could not queue the build because the branch or version {commit or ref} could not be found."
            raise DevOpsFault(400, "BuildRequestValidationFailedException", message, ASSEMBLY)
        text = given.get("parameters", "")
        build = Builds(self._tenancy).add(
            {
                "project_id": definition["project"],
                "definition_id": definition["id"],
                "branch": ref,
                "commit": found,
                "reason": reason,
                "requested_by": who.id,
                "requested_name": who.display_name,
                "plan": str(uuid.uuid4()),
                "status": "notStarted",
                "result": None,
                "started": None,
                "finished": None,
                "validation": [],
                "trigger_info": given.get("info", {}),
                "variables": parameters_of(text),
                "parameters": given.get("template", {}),
                "parameters_text": text,
                "outcomes": {},
                "done_jobs": {},
            }
        )
        self.runner.start(build["id"])
        return build

    def pushed(self, who: Identity, repository_id: str, changes: Sequence[RefChange]) -> None:
        """Begin what a push triggers."""
        repository = Repositories(self._tenancy).get(repository_id)
        if repository is None:
            return
        bare = Repositories(self._tenancy).bare(repository)
        for change in changes:
            if change.new == NOTHING or not change.name.startswith(("refs/heads/", "refs/tags/")):
                continue
            commit = bare.resolve(change.new)
            if commit:
                self._pushed_one(who, repository, bare, change, commit)

    def _pushed_one(
        self, who: Identity, repository: Repository, bare: BareRepository, change: RefChange, commit: str
    ) -> None:
        message = bare.commits(commit, top=1)[0].message
        if any(mark in message.lower() for mark in _SKIP):
            return
        paths = bare.changed_paths(change.old, commit) if change.old != NOTHING else []
        for definition in Definitions(self._tenancy).of(repository.project_id):
            if definition["repository"] != repository.id or not self._starts(bare, definition, change, commit, paths):
                continue
            info = {"ci.sourceBranch": change.name, "ci.sourceSha": commit, "ci.message": message.strip()}
            self.add(definition, who, change.name, commit, "individualCI", info=info)

    def _starts(
        self, bare: BareRepository, definition: Document, change: RefChange, commit: str, paths: list[str]
    ) -> bool:
        """Whether the YAML file at the pushed commit wants a run; one that cannot be read is run, and fails."""
        file = definition["file"].lstrip("/")
        content = bare.text(commit, file)
        if content is None:
            return False
        try:
            document = parse(content, file)
        except PipelineError:
            return change.is_branch
        trigger = document.get("trigger") if isinstance(document, dict) else None
        return triggers.starts(trigger, change.name, paths)
