"""Signing in to Azure, and choosing the subscription that everything is made in."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import AnswerError, NotSignedInError, WizardError
from wizard.engine.step import Action, Outcome, Question, Status, Step
from wizard.steps import reach

if TYPE_CHECKING:
    from wizard.clients.azure_login import Account
    from wizard.clients.subscriptions import Subscription, Tenant

METHODS = ("environment", "azure-cli", "browser", "device-code")
INTERACTIVE = ("browser", "device-code")
EQUIVALENTS = {"browser": "az login", "device-code": "az login --use-device-code"}
FEW_MINUTES = 5
TENANT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def default_method(_: Context) -> str:
    """The way that needs no typing: the environment's service principal, else the Azure CLI, else a device code."""
    if os.environ.get("AZURE_CLIENT_ID"):
        return "environment"
    return "azure-cli" if shutil.which("az") and cli_is_signed_in() else "device-code"


def cli_is_signed_in() -> bool:
    """Whether the Azure CLI remembers a subscription; it is not started for that."""
    folder = Path(os.environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")
    try:
        profile = json.loads((folder / "azureProfile.json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False
    return isinstance(profile, dict) and bool(profile.get("subscriptions"))


def known_method(value: str) -> str | None:
    """What is wrong with a way to sign in, or None."""
    return None if value in METHODS else f"Choose one of: {', '.join(METHODS)}."


def default_subscription(context: Context) -> str:
    """The one named in the environment, or the only one there is; AnswerError when a person has to choose."""
    named = os.environ.get("AZURE_SUBSCRIPTION_ID", "")
    labels = offered(context)
    if named or len(labels) == 1:
        return named or labels[0]
    raise AnswerError("Which subscription is meant?", fix="choose one, or --set azure.subscription=ID")


def default_tenant(_: Context) -> str:
    """The one named in the environment; "" means the account's own."""
    return os.environ.get("AZURE_TENANT_ID", "")


def offered_tenants(context: Context) -> tuple[str, ...]:
    """The tenants that the last check saw, each as `id name`."""
    return tuple(context.facts("signin.azure").get("tenants", "").splitlines())


def known_tenant(value: str) -> str | None:
    """What is wrong with a tenant, or None."""
    wanted = value.split(" ")[0]
    return (
        None if not wanted or TENANT.fullmatch(wanted) else "Give the tenant's id, or its domain; nothing means yours."
    )


def offered(context: Context) -> tuple[str, ...]:
    """The subscriptions that the last check saw, each as `id name`."""
    return tuple(context.facts("signin.azure").get("subscriptions", "").splitlines())


async def check(context: Context) -> Outcome:
    """Have a token for Azure Resource Manager, and read the list of subscriptions with it."""
    method = context.answer("azure.signin")
    login = await reach.login(context)
    try:
        account = await context.call(reach.ENTRA, login.account)
    except NotSignedInError as error:
        if method not in INTERACTIVE:
            reach.forget_login(context)
            raise
        return Outcome(Status.TODO, error.message, fix=f"sign in ({method})")
    listing = await reach.subscriptions(context)
    found = await context.call(reach.ARM, listing.list)
    facts = {
        "subscriptions": "\n".join(each.label for each in found),
        "account": account.name,
        "tenant": account.tenant,
        "record": login.record,
        "principal": account.object_id,
        "principal_kind": account.kind,
    }
    outcome = chosen_outcome(context, account, found, facts)
    if outcome.status is not Status.FAIL:
        return outcome
    tenants = await context.call(reach.ARM, listing.tenants)
    return elsewhere(outcome, account, tenants)


def elsewhere(outcome: Outcome, account: Account, tenants: list[Tenant]) -> Outcome:
    """The outcome with the account's other tenants, where it has some: the subscription may be in one of them."""
    others = [each.label for each in tenants if each.id != account.tenant]
    if not others:
        return outcome
    fix = f"{outcome.fix}; or sign in to another tenant of yours (--set azure.tenant=ID): {', '.join(others)}"
    return replace(outcome, fix=fix, facts={**outcome.facts, "tenants": "\n".join(each.label for each in tenants)})


def chosen_outcome(context: Context, account: Account, found: list[Subscription], facts: dict[str, str]) -> Outcome:
    """The outcome once the list is known: which subscription, or that one has to be chosen."""
    if not found:
        return Outcome(
            Status.FAIL,
            f"{account.name} sees no subscription in tenant {account.tenant}.",
            fix="have the Contributor role given to you, or sign in with another account",
            facts=facts,
            diagnosis="F06",
            who="the subscription's owner",
            text=f"Please give {account.name} (object id {account.object_id}, tenant {account.tenant}) the role "
            "Contributor on the subscription for our machine learning platform.",
        )
    wanted = context.session.answers.get("azure.subscription") or os.environ.get("AZURE_SUBSCRIPTION_ID", "")
    if not wanted and len(found) > 1:
        return Outcome(
            Status.TODO,
            f"Signed in as {account.name}; {len(found)} subscriptions, none chosen.",
            fix="choose one: --set azure.subscription=ID",
            facts=facts,
        )
    chosen = next((each for each in found if not wanted or wanted in (each.id, each.name, each.label)), None)
    if chosen is None:
        names = ", ".join(each.label for each in found)
        return Outcome(
            Status.FAIL,
            f"{account.name} does not see subscription {wanted}.",
            fix=f"choose one of these: {names}",
            facts=facts,
        )
    if chosen.state != "Enabled":
        return Outcome(
            Status.FAIL,
            f"Subscription {chosen.name} is {chosen.state}.",
            fix="enable it in the portal, or choose another one",
            facts=facts,
        )
    facts |= {"subscription": chosen.id, "subscription_name": chosen.name, "tenant": chosen.tenant or account.tenant}
    soon = account.minutes_left < FEW_MINUTES and context.answer("azure.signin") in INTERACTIVE
    return Outcome(
        Status.WARN if soon else Status.OK,
        f"{account.short_name}, subscription {chosen.name}, token good for {account.minutes_left} min",
        proof=f"{reach.ARM} listed {len(found)} subscription(s) for tenant {facts['tenant']} to {account.name}, "
        f"with {chosen.id}",
        fix="sign in again soon" if soon else "",
        facts=facts,
    )


async def plan(context: Context) -> list[Action] | None:
    """Let the person sign in where the chosen way needs one; choosing a subscription is an answer, not an action."""
    method = context.answer("azure.signin")
    login = await reach.login(context)
    try:
        await context.call(reach.ENTRA, login.account)
    except NotSignedInError:
        if method not in INTERACTIVE:
            return None
        return [Action(f"Sign in ({method})", EQUIVALENTS[method], sign_in)]
    except WizardError:
        return None
    return None


async def sign_in(context: Context) -> None:
    """Show what the person has to do, and wait until it is done or the code has run out."""
    login = await reach.login(context)
    loop = asyncio.get_running_loop()

    def show(page: str, code: str, expires: datetime) -> None:
        message = f"Open {page} and enter the code {code}, before {expires.astimezone():%H:%M}."
        loop.call_soon_threadsafe(lambda: context.notice(message, copy=code, link=page))

    if login.method == "browser":
        context.notice("A browser window opens for you to sign in.")
    await context.call(reach.ENTRA, login.sign_in, show)


AZURE = Step(
    id="signin.azure",
    title="Sign in to Azure",
    why=(
        "Everything that follows is asked of Azure in your name. "
        "Tokens stay in memory, or in your system's encrypted store."
    ),
    check=check,
    plan=plan,
    inputs=(
        Question(
            "azure.signin",
            "How do you want to sign in?",
            "environment: a service principal in AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET (or "
            "AZURE_FEDERATED_TOKEN_FILE). azure-cli: your `az login`. browser and device-code ask you to sign in now.",
            default=default_method,
            validate=known_method,
            choices=METHODS,
        ),
        Question(
            "azure.tenant",
            "Which tenant?",
            "Its id or domain; only needed where you belong to several, at home in one and a guest in others.",
            default=default_tenant,
            validate=known_tenant,
            choices=offered_tenants,
        ),
        Question(
            "azure.subscription",
            "Which subscription?",
            "Its id, its name, or both as listed.",
            default=default_subscription,
            choices=offered,
        ),
    ),
    manual="Sign in with `az login`, or set the AZURE_* variables; choose a subscription with azure.subscription.",
    docs="https://learn.microsoft.com/cli/azure/authenticate-azure-cli",
    time_limit=90.0,
)
