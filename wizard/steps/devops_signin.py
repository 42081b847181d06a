"""Signing in to Azure DevOps: in the organisation and the project where the code and the pipelines shall live."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import AnswerError, NotFoundError, NotSignedInError
from wizard.engine.step import Action, Outcome, Question, Status, Step
from wizard.steps import organisation, reach

if TYPE_CHECKING:
    from wizard.clients.devops import DevOps, Member, Project

STEP = "signin.devops"
WELL_FORMED = "wellFormed"


def default_organisation(_: Context) -> str:
    """The one that the environment names; AnswerError when it names none."""
    named = os.environ.get("AZURE_DEVOPS_ORG_URL", "")
    if not named:
        raise AnswerError(
            "No Azure DevOps organisation is named.",
            fix="--set devops.organisation=NAME; it is the first part of your addresses on dev.azure.com",
        )
    return named


def default_project(context: Context) -> str:
    """The one that the environment names, or the only one there is; AnswerError when a person has to choose."""
    named, seen = os.environ.get("AZURE_DEVOPS_PROJECT", ""), offered(context)
    if named or len(seen) == 1:
        return named or seen[0]
    raise AnswerError("Which Azure DevOps project is meant?", fix="choose one: --set devops.project=NAME")


def offered(context: Context) -> tuple[str, ...]:
    """The projects that the last check saw."""
    return tuple(filter(None, context.facts(STEP).get("projects", "").split("\n")))


def organisation_url(context: Context) -> str:
    """The organisation's address; AnswerError when none is named, or what is named is none."""
    spelling = context.answer("devops.organisation")
    found = organisation.address(spelling)
    if found is None:
        raise AnswerError(
            f"{spelling!r} is no Azure DevOps organisation.", fix=organisation.complaint(spelling) or "correct it"
        )
    return found


async def check(context: Context) -> Outcome:
    """Have the organisation say who we are, and read the project."""
    url = organisation_url(context)
    try:
        service, member, way = await entered(context, url)
    except NotFoundError:
        return Outcome(
            Status.FAIL,
            f"There is no organisation at {url}, or it is not in your tenant.",
            fix="correct its name: --set devops.organisation=NAME",
        )
    facts = {
        "url": url,
        "by": way,
        "member": member.name,
        "account": member.account,
        "member_id": member.id,
        "descriptor": member.descriptor,
    }
    wanted = context.session.answers.get("devops.project") or os.environ.get("AZURE_DEVOPS_PROJECT", "")
    found = await context.call(reach.DEVOPS, service.project, wanted) if wanted else None
    if found is None:
        seen = await context.call(reach.DEVOPS, service.projects)
        facts["projects"] = "\n".join(each.name for each in seen)
        if wanted or len(seen) != 1:
            return _no_project(url, member, wanted, seen, facts)
        found = seen[0]
    facts |= {"project": found.name, "project_id": found.id}
    return _outcome(url, member, way, found, facts)


async def entered(context: Context, url: str) -> tuple[DevOps, Member, str]:
    """The organisation, who we are there, and by which credential: Entra's, or else the token in the environment."""
    try:
        service = await reach.devops(context, url)
        return service, await context.call(reach.DEVOPS, service.me), reach.BY_ENTRA
    except NotSignedInError:
        token = os.environ.get(reach.DEVOPS_TOKEN, "")
        if not token:
            raise
    service = await reach.devops_with_token(context, url, context.secrets.guard(token))
    return service, await context.call(reach.DEVOPS, service.me), reach.BY_TOKEN


def _no_project(url: str, member: Member, wanted: str, seen: list[Project], facts: dict[str, str]) -> Outcome:
    """The outcome when no project is chosen, or the chosen one is not to be seen."""
    names = ", ".join(each.name for each in seen)
    if not seen:
        return Outcome(
            Status.FAIL,
            f"{member.name} sees no project in {url}.",
            fix="make one there, or have yourself added to one",
            facts=facts,
        )
    if not wanted:
        message = f"{member.name} sees {len(seen)} projects in {url}, none is chosen."
        return Outcome(Status.TODO, message, fix="choose one: --set devops.project=NAME", facts=facts)
    return Outcome(
        Status.FAIL,
        f"{member.name} sees no project {wanted} in {url}.",
        fix=f"have yourself added to it, or choose one of these with --set devops.project=NAME: {names}",
        facts=facts,
    )


def _outcome(url: str, member: Member, way: str, project: Project, facts: dict[str, str]) -> Outcome:
    if project.state != WELL_FORMED:
        message = f"Project {project.name} is {project.state}."
        return Outcome(Status.TODO, message, fix="wait until it is made, then check again", facts=facts)
    return Outcome(
        Status.OK,
        f"{member.name} in {url}, project {project.name}, by {way}",
        proof=f"{url} knows us as {member.account or member.id} and has project {project.name} with id {project.id}",
        facts=facts,
    )


async def plan(_: Context) -> list[Action] | None:
    """Nothing is made here: who may come in, and where, is for a person to say."""
    return None


DEVOPS = Step(
    id=STEP,
    title="Sign in to Azure DevOps",
    why=(
        "The repository, the pipelines and their variables live in an Azure DevOps project. "
        "The same sign-in opens it as opens Azure; where it does not, a personal access token will do."
    ),
    check=check,
    plan=plan,
    needs=("signin.azure",),
    inputs=(
        Question(
            "devops.organisation",
            "Which Azure DevOps organisation?",
            "Its name or address in any form, such as https://dev.azure.com/contoso.",
            default=default_organisation,
            validate=organisation.complaint,
        ),
        Question(
            "devops.project",
            "Which project in it?",
            "Its name.",
            default=default_project,
            choices=offered,
        ),
    ),
    manual=(
        "Name the organisation and the project with devops.organisation and devops.project. If your Azure sign-in is "
        "not accepted there, make a personal access token in the organisation and put it into AZURE_DEVOPS_EXT_PAT."
    ),
    docs="https://learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate",
)
