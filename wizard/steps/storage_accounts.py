"""A storage account for each environment that trains or scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Kept, Outcome, Risk, Status, Step
from wizard.steps import contents, reach, waiting
from wizard.steps.tags import has_our_tag, mark, not_ours, tags

if TYPE_CHECKING:
    from wizard.clients.storage_accounts import StorageAccount

MINUTES = 10
IN_PROGRESS = ("StorageAccountOperationInProgress", "AnotherOperationInProgress")
SAFE_TLS = ("TLS1_2", "TLS1_3")


async def look(context: Context) -> StorageAccount | None:
    """The environment's account, as Azure has it."""
    accounts = await reach.storage_accounts(context)
    return await context.call(
        reach.ARM, accounts.get, context.answer("resource_group"), context.answer("storage_account")
    )


async def check(context: Context) -> Outcome:
    """The account is provisioned, of a kind that will do, and accepts its keys (the mount needs one)."""
    name = context.answer("storage_account")
    found = await look(context)
    if found is None:
        return Outcome(Status.TODO, f"{name} does not exist.")
    if found.state != "Succeeded":
        return Outcome(Status.TODO, f"{name} is being created ({found.state}).")
    if found.kind not in ("StorageV2", "BlobStorage"):
        return Outcome(Status.FAIL, f"{name} is of kind {found.kind}.", fix="choose another name: StorageV2 is needed")
    if not found.shared_key:
        return Outcome(
            Status.FAIL,
            f"{name} does not accept account keys.",
            fix=f"az storage account update --name {name} --allow-shared-key-access true",
            diagnosis="F15",
        )
    weak = [
        *(["anonymous access to blobs is allowed"] if found.public_blobs else []),
        *([f"TLS below 1.2 is allowed ({found.minimum_tls})"] if found.minimum_tls not in SAFE_TLS else []),
    ]
    return Outcome(
        Status.WARN if weak else Status.OK,
        f"{name}, {found.kind} {found.sku}, {found.region}" + "".join(f"; {each}" for each in weak),
        proof=f"{reach.ARM} read {found.id}, state {found.state}, blobs at {found.blob_host}",
        fix="tighten it in the portal, under Configuration" if weak else "",
        facts={"id": found.id, "name": name, "blob_host": found.blob_host},
    )


async def plan(context: Context) -> list[Action]:
    """Create the account, or wait for one that is being created."""
    name, group = context.answer("storage_account"), context.answer("resource_group")
    found = await look(context)
    if found is not None and found.state == "Succeeded":
        return []
    command = (
        f"az storage account create --name {name} --resource-group {group} --location {context.answer('region')} "
        f"--kind StorageV2 --sku Standard_LRS --min-tls-version TLS1_2 --allow-blob-public-access false "
        f"--tags mlops-wizard={mark(context)}"
    )
    return [Action(f"Create storage account {name}", command, create, key=name, risk=Risk.COSTS_MONEY)]


async def create(context: Context) -> None:
    """Create the account if it is not there, and wait until it is provisioned, whoever began."""
    name, group = context.answer("storage_account"), context.answer("resource_group")
    accounts = await reach.storage_accounts(context)

    async def found_or_created() -> StorageAccount | None:
        found = await look(context)
        if found is not None:
            return found
        try:
            begun = await context.call(reach.ARM, accounts.create, group, name, context.answer("region"), tags(context))
            await waiting.operation(context, reach.ARM, begun, f"creating {name}", MINUTES)
        except ServiceError as error:
            # An account that is being created (by us, before) or deleted is not listed, and its creation is refused.
            if error.code not in IN_PROGRESS:
                raise
            return None
        return await look(context)

    def ready(account: StorageAccount | None) -> bool:
        return account is not None and account.state == "Succeeded"

    def say(account: StorageAccount | None) -> str:
        return f"{name}: {account.state}" if account else f"another operation still works on {name}"

    await waiting.until(context, found_or_created, ready, say, MINUTES)


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the account."""
    name, group = context.answer("storage_account"), context.answer("resource_group")
    found = await look(context)
    if found is None:
        return []
    if not has_our_tag(context, found.tags):
        return [not_ours(f"storage account {name}")]
    return [
        Action(
            f"Delete storage account {name} and all its data",
            f"az storage account delete --name {name} --resource-group {group}",
            delete,
            key=name,
            risk=Risk.HARD_TO_UNDO,
            loses=await contents.told(contents.of_account(context)),
        )
    ]


async def delete(context: Context) -> None:
    """Delete the account."""
    accounts = await reach.storage_accounts(context)
    await context.call(reach.ARM, accounts.delete, context.answer("resource_group"), context.answer("storage_account"))


ACCOUNTS = Step(
    id="storage.accounts",
    title="Storage account",
    why=(
        "The data that models are trained on lies in blob storage, apart for each environment. "
        "The account is closed to anonymous readers."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("azure.rbac", "azure.providers"),
    docs="https://learn.microsoft.com/azure/storage/common/storage-account-create",
)
