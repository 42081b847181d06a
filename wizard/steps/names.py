"""Region and names of all resources in four environments, derived from one prefix, each of them editable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Question, Status, Step
from wizard.steps import naming, reach

ENVIRONMENTS = ("dev", "test", "prod", "cmr")
WITH_STORAGE = ("dev", "test", "prod")
# What the region must offer: (namespace, resource type, in words).
NEEDED_IN_REGION = (
    ("Microsoft.Databricks", "workspaces", "Databricks workspaces"),
    ("Microsoft.Storage", "storageAccounts", "storage accounts"),
)


def resource_group_of(environment: str) -> Callable[[Context], str]:
    """The default name of an environment's resource group."""
    return lambda context: f"rg-{context.answer('prefix')}-{environment}"


def workspace_of(environment: str) -> Callable[[Context], str]:
    """The default name of an environment's Databricks workspace."""
    return lambda context: f"dbw-{context.answer('prefix')}-{environment}"


def account_of(environment: str) -> Callable[[Context], str]:
    """The default name of an environment's storage account."""
    return lambda context: naming.derived_account(context.answer("prefix"), environment, reach.subscription(context))


def questions() -> tuple[Question, ...]:
    """Prefix and region, then the names of each environment; every one has a default."""
    asked = [
        Question(
            "prefix",
            "Prefix of all names",
            f"{naming.PREFIX_RULE.capitalize()}. All other names are derived from it.",
            default=lambda _: "wine",
            validate=naming.prefix,
        ),
        Question(
            "region",
            "Azure region",
            f"{naming.REGION_RULE.capitalize()}.",
            default=lambda _: "westeurope",
            validate=naming.region,
        ),
    ]
    for environment in ENVIRONMENTS:
        asked += [
            Question(
                f"{environment}.resource_group",
                f"Resource group ({environment})",
                f"{naming.GROUP_RULE}.",
                default=resource_group_of(environment),
                validate=naming.resource_group,
            ),
            Question(
                f"{environment}.workspace",
                f"Databricks workspace ({environment})",
                f"{naming.WORKSPACE_RULE}.",
                default=workspace_of(environment),
                validate=naming.workspace,
            ),
        ]
    asked += [
        Question(
            f"{environment}.storage_account",
            f"Storage account ({environment})",
            f"{naming.ACCOUNT_RULE}; nobody else in the world may have it.",
            default=account_of(environment),
            validate=naming.storage_account,
        )
        for environment in WITH_STORAGE
    ]
    return tuple(asked)


QUESTIONS = questions()


def chosen(context: Context) -> dict[str, str]:
    """Every name as it stands: answered, or by default."""
    return {question.name: context.answer(question.name) for question in QUESTIONS}


def broken_rules(names: dict[str, str]) -> list[str]:
    """What is wrong with the names by the services' rules, and names given twice; no call is made."""
    found = [
        f"{question.name} = {names[question.name]}: {complaint}"
        for question in QUESTIONS
        if question.validate and (complaint := question.validate(names[question.name]))
    ]
    accounts = [names[f"{environment}.storage_account"] for environment in WITH_STORAGE]
    if len(set(accounts)) < len(accounts):
        found.append("Two environments have the same storage account; each needs its own.")
    return found


async def objections(context: Context, names: dict[str, str]) -> list[str]:
    """What Azure has against the names: a region that lacks a service, a storage account that somebody else has."""
    asked = [region_lacks(context, names["region"], *needed) for needed in NEEDED_IN_REGION]
    asked += [account_taken(context, names, environment) for environment in WITH_STORAGE]
    return [objection for objection in await asyncio.gather(*asked) if objection]


async def region_lacks(context: Context, region: str, namespace: str, kind: str, words: str) -> str:
    """Why the region will not do for that kind of resource, or ""."""
    providers = await reach.providers(context)
    regions = await context.call(reach.ARM, providers.regions, namespace, kind)
    if region in regions:
        return ""
    return f"Region {region} offers no {words} to this subscription; these do: {', '.join(sorted(regions))}."


async def account_taken(context: Context, names: dict[str, str], environment: str) -> str:
    """Why an environment cannot have its storage account's name, or "" (also when it is ours already)."""
    accounts = await reach.storage_accounts(context)
    name, group = names[f"{environment}.storage_account"], names[f"{environment}.resource_group"]
    if await context.call(reach.ARM, accounts.get, group, name) is not None:
        return ""
    verdict = await context.call(reach.ARM, accounts.name_is_free, name)
    if verdict.free:
        return ""
    return f"Storage account {name}: {verdict.message or verdict.reason}. Choose another {environment}.storage_account."


def unsaved(context: Context, names: dict[str, str]) -> dict[str, str]:
    """The names that the answers file does not hold yet."""
    saved = context.session.answers.saved()
    return {name: value for name, value in names.items() if saved.get(name) != value}


async def check(context: Context) -> Outcome:
    """Hold the names against the rules, then ask Azure about region and availability, then look into the file."""
    names = chosen(context)
    problems = broken_rules(names) or await objections(context, names)
    if problems:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        return Outcome(Status.FAIL, problems[0] + more, fix=" ".join(problems[1:]) or "change that answer")
    missing = unsaved(context, names)
    if missing:
        return Outcome(Status.TODO, f"{len(missing)} of {len(names)} names are not in {context.project.answers.name}.")
    return Outcome(
        Status.OK,
        f"prefix {names['prefix']}, region {names['region']}, {len(names) - 2} names",
        proof=(
            f"{reach.ARM}: {names['region']} offers Databricks and storage; "
            + ", ".join(names[f"{each}.storage_account"] for each in WITH_STORAGE)
            + " are free or ours"
        ),
        facts={"region": names["region"], "prefix": names["prefix"]},
    )


async def plan(context: Context) -> list[Action] | None:
    """Write the names down, once nothing speaks against them."""
    names = chosen(context)
    if broken_rules(names) or await objections(context, names):
        return None
    file = context.project.answers.name
    return [Action("Write the names down", f"edit {file}", save)] if unsaved(context, names) else []


async def save(context: Context) -> None:
    """Write all names to the answers file, those by default too: a later default must not move what exists."""
    context.session.answers.save(chosen(context))


NAMES = Step(
    id="plan.names",
    title="Region and names",
    why=(
        "All resources get names derived from one prefix, checked now, before anything is created. "
        "Some names belong to the first who takes them, in the whole world."
    ),
    check=check,
    plan=plan,
    needs=("signin.azure",),
    inputs=QUESTIONS,
    manual="Change the answer that is objected to: in mlops-wizard.toml, or with --set name=value.",
    docs="https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules",
)
