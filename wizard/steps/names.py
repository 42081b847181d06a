"""Region and names of all resources in four environments, derived from one prefix, each of them editable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Question, Status, Step
from wizard.steps import naming, reach
from wizard.steps.name_objections import WITH_STORAGE, WITH_VAULT, objections

ENVIRONMENTS = ("dev", "test", "prod", "cmr")
Default = Callable[[Context], str]


@dataclass(frozen=True, slots=True)
class Named:
    """A kind of resource that gets a name of its own in some environments.

    `default` makes the name's default for an environment, `rule` is what `validate` holds it against.
    """

    name: str
    words: str
    rule: str
    validate: Callable[[str], str | None]
    default: Callable[[str], Default]
    environments: tuple[str, ...]


def from_prefix(form: str) -> Callable[[str], Default]:
    """Defaults of a form such as `rg-{prefix}-{environment}`."""
    return lambda environment: lambda context: form.format(prefix=context.answer("prefix"), environment=environment)


def unique(derive: Callable[[str, str, str], str]) -> Callable[[str], Default]:
    """Defaults for names that are unique in the world: they carry a fingerprint of the subscription."""
    return lambda environment: (
        lambda context: derive(context.answer("prefix"), environment, reach.subscription(context))
    )


IN_THE_WORLD = "; nobody else in the world may have it"
KINDS = (
    Named(
        "resource_group",
        "Resource group",
        naming.GROUP_RULE,
        naming.resource_group,
        from_prefix("rg-{prefix}-{environment}"),
        ENVIRONMENTS,
    ),
    Named(
        "workspace",
        "Databricks workspace",
        naming.WORKSPACE_RULE,
        naming.workspace,
        from_prefix("dbw-{prefix}-{environment}"),
        ENVIRONMENTS,
    ),
    Named(
        "storage_account",
        "Storage account",
        naming.ACCOUNT_RULE + IN_THE_WORLD,
        naming.storage_account,
        unique(naming.derived_account),
        WITH_STORAGE,
    ),
    Named(
        "key_vault",
        "Key vault",
        naming.VAULT_RULE + IN_THE_WORLD,
        naming.key_vault,
        unique(naming.derived_vault),
        WITH_VAULT,
    ),
    Named(
        "ml_workspace",
        "Azure ML workspace",
        naming.ML_WORKSPACE_RULE,
        naming.ml_workspace,
        from_prefix("mlw-{prefix}-{environment}"),
        WITH_STORAGE,
    ),
    Named(
        "insights",
        "Application Insights",
        naming.INSIGHTS_RULE,
        naming.insights,
        from_prefix("appi-{prefix}-{environment}"),
        WITH_STORAGE,
    ),
)


def questions() -> tuple[Question, ...]:
    """Prefix and region, then the names of each environment; every one has a default."""
    first = (
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
    )
    names = tuple(
        Question(
            f"{environment}.{kind.name}",
            f"{kind.words} ({environment})",
            f"{kind.rule}.",
            default=kind.default(environment),
            validate=kind.validate,
        )
        for environment in ENVIRONMENTS
        for kind in KINDS
        if environment in kind.environments
    )
    return first + names


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
    for kind, environments in (("storage_account", WITH_STORAGE), ("key_vault", WITH_VAULT)):
        given = [names[f"{environment}.{kind}"] for environment in environments]
        if len(set(given)) < len(given):
            found.append(f"Two environments have the same {kind.replace('_', ' ')}; each needs its own.")
    return found


def unsaved(context: Context, names: dict[str, str]) -> dict[str, str]:
    """The names that the answers file does not hold yet."""
    saved = context.session.answers.saved()
    return {name: value for name, value in names.items() if saved.get(name) != value}


async def check(context: Context) -> Outcome:
    """Hold the names against the rules, then ask Azure about region and availability, then look into the file."""
    names = chosen(context)
    broken = broken_rules(names)
    if broken:
        return Outcome(Status.FAIL, broken[0] + more(broken), fix=" ".join(broken[1:]) or "change that answer")
    found = await objections(context, names)
    if found:
        first = found[0]
        fix = " ".join([first.fix, *(each.message for each in found[1:])])
        return Outcome(Status.FAIL, first.message + more(found), fix=fix, diagnosis=first.diagnosis)
    missing = unsaved(context, names)
    if missing:
        return Outcome(Status.TODO, f"{len(missing)} of {len(names)} names are not in {context.project.answers.name}.")
    free = [names[f"{each}.{kind}"] for kind, where in (("storage_account", WITH_STORAGE), ("key_vault", WITH_VAULT))
            for each in where]  # fmt: skip
    return Outcome(
        Status.OK,
        f"prefix {names['prefix']}, region {names['region']}, {len(names) - 2} names",
        proof=f"{reach.ARM}: {names['region']} offers all that is needed; {', '.join(free)} are free or ours",
        facts={"region": names["region"], "prefix": names["prefix"]},
    )


def more(found: Sequence[object]) -> str:
    """How many objections there are besides the first."""
    return f" ({len(found) - 1} more)" if len(found) > 1 else ""


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
