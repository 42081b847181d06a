"""What one must be allowed to do in the Azure DevOps project, asked before anything is made there."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Status, Step
from wizard.steps import reach
from wizard.steps.devops_signin import entered

# Security namespaces: https://learn.microsoft.com/azure/devops/organizations/security/namespace-reference
GIT = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"
BUILD = "33344d9c-fc72-4d6f-aba5-fa317101a7e9"
LIBRARY = "b7e84409-6553-448a-bbb2-af228e07cbeb"
ENDPOINTS = "49b48001-ca20-4adc-8111-5b60c903a50c"
ADMINISTRATOR = "an administrator of the Azure DevOps project"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One right: its bit in a security namespace, on the token of a project, and what it is needed for.

    `failure` is the number in the failure catalogue of what fails without it.
    """

    name: str
    namespace: str
    token: str
    bit: int
    permission: str
    purpose: str
    failure: str = "F19"


WANTED = (
    Wanted("create repositories", GIT, "repoV2/{project}", 256, "CreateRepository", "the project's repository"),
    Wanted("read repositories", GIT, "repoV2/{project}", 2, "GenericRead", "your code", "F26"),
    Wanted("push to repositories", GIT, "repoV2/{project}", 4, "GenericContribute", "your code", "F26"),
    Wanted("create branches", GIT, "repoV2/{project}", 16, "CreateBranch", "feature and release branches"),
    Wanted("open pull requests", GIT, "repoV2/{project}", 16384, "PullRequestContribute", "protected branches"),
    Wanted("create pipelines", BUILD, "{project}", 32768, "CreateBuildDefinition", "the pipeline"),
    Wanted("edit pipelines", BUILD, "{project}", 2048, "EditBuildDefinition", "the pipeline"),
    Wanted("queue pipelines", BUILD, "{project}", 128, "QueueBuilds", "its runs"),
    Wanted("create variable groups", LIBRARY, "Library/{project}", 4, "Create", "the variables of test and prod"),
    Wanted("create service connections", ENDPOINTS, "endpoints/{project}", 4, "Create", "the pipeline's way to Azure"),
)


async def check(context: Context) -> Outcome:
    """Have the organisation say of each right whether we have it."""
    from wizard.clients.devops import Right

    facts = context.facts("signin.devops")
    url, project, project_id = facts["url"], facts["project"], facts["project_id"]
    service, member, _ = await entered(context, url)
    asked = [Right(each.namespace, each.token.format(project=project_id), each.bit) for each in WANTED]
    answers = await context.call(reach.DEVOPS, service.may, asked)
    missing = [each for each, held in zip(WANTED, answers, strict=True) if not held]
    who = member.account or member.name
    settings = f"{url}/{project}/_settings/permissions".replace(" ", "%20")
    if not missing:
        lines = [f"yes, {member.name} may {each.name} ({each.permission})" for each in WANTED]
        return Outcome(
            Status.OK,
            f"{member.name} may do in {project} all {len(WANTED)} things that are needed",
            proof=f"{url} answered for {who}:\n" + "\n".join(lines),
            links=(settings,),
        )
    lacking = "; ".join(f"{each.name} (for {each.purpose})" for each in missing)
    return Outcome(
        Status.FAIL,
        f"{member.name} may not do {len(missing)} of the {len(WANTED)} things that are needed in {project}: {lacking}.",
        fix="have these rights given to you, or have yourself made a project administrator, then check again",
        links=(settings, DOCS),
        diagnosis=min(each.failure for each in missing),
        who=ADMINISTRATOR,
        text=_request(url, project, who, missing),
    )


def _request(url: str, project: str, who: str, missing: list[Wanted]) -> str:
    """What to send to an administrator: where, for whom, which rights."""
    rights = ", ".join(f"{each.name} ({each.permission})" for each in missing)
    return (
        f"Please give {who} these permissions in the project {project} of {url}: {rights}. Membership in Project "
        "Administrators has them all; alone they are set under Project settings: Repositories, Pipelines, Library and "
        "Service connections, each under Security."
    )


async def plan(_: Context) -> list[Action] | None:
    """Rights are given by an administrator, never taken."""
    return None


DOCS = "https://learn.microsoft.com/azure/devops/organizations/security/permissions-access"

RIGHTS = Step(
    id="devops.rights",
    title="Rights in the Azure DevOps project",
    why=(
        "Repository, pipeline, variables and service connections are made in your name, much later. "
        "Whoever lacks a right wants to know now, since somebody else has to give it."
    ),
    check=check,
    plan=plan,
    needs=("signin.devops",),
    manual="Send the message of the check to an administrator of the project, then check again.",
    docs=DOCS,
)
