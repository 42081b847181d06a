"""Registering the resource provider that a resource needs: a new subscription knows only a few."""

from __future__ import annotations

from wizard.engine.context import Context
from wizard.engine.step import Action
from wizard.steps import reach, waiting

MINUTES = 15
REGISTERED = "Registered"


async def registration(context: Context, namespace: str) -> list[Action]:
    """The action that registers the provider; none where it is registered already."""
    providers = await reach.providers(context)
    if await context.call(reach.ARM, providers.state, namespace) == REGISTERED:
        return []

    async def register(context: Context) -> None:
        await context.call(reach.ARM, providers.register, namespace)

        async def look() -> str:
            return await context.call(reach.ARM, providers.state, namespace)

        await waiting.until(
            context, look, lambda state: state == REGISTERED, lambda state: f"{namespace} is {state}", MINUTES
        )

    return [Action(f"Register {namespace}", f"az provider register --namespace {namespace} --wait", register)]
