"""The blob container, and the wine data set in it."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.step import Action, Kept, Outcome, Risk, Status, Step
from wizard.steps import reach
from wizard.steps.tags import not_ours

if TYPE_CHECKING:
    from wizard.clients.blobs import Container

NAME = "data"
DATASET_NAME = "winequality-red.csv"
CREATING, DELETING = f"Create container {NAME}", f"Delete container {NAME} and all its blobs"
UPLOADING, DROPPING = f"Upload {DATASET_NAME}", f"Delete {DATASET_NAME}"
SHIPPED = Path(__file__).parents[1] / "data" / DATASET_NAME
# The published file: https://archive.ics.uci.edu/dataset/186/wine+quality
SIZE = 84_199
MD5 = "2daeecee174368f8a33b82c8cccae3a5"
ROWS = 1_599
HEADER = (
    b'"fixed acidity";"volatile acidity";"citric acid";"residual sugar";"chlorides";"free sulfur dioxide";'
    b'"total sulfur dioxide";"density";"pH";"sulphates";"alcohol";"quality"'
)


async def look(context: Context) -> Container | None:
    """The environment's container."""
    blobs = await reach.blobs(context)
    return await context.call(blobs.host, blobs.container, NAME)


async def check_container(context: Context) -> Outcome:
    """The container exists and nobody reads it anonymously."""
    found = await look(context)
    account = context.answer("storage_account")
    if found is None:
        return Outcome(Status.TODO, f"{account} has no container {NAME}.")
    if found.public:
        return Outcome(
            Status.FAIL,
            f"Anybody can read container {NAME} ({found.public}).",
            fix=f"az storage container set-permission --account-name {account} --name {NAME} --public-access off",
        )
    host = context.facts("storage.accounts")["blob_host"]
    return Outcome(
        Status.OK,
        f"{NAME} in {account}, private",
        proof=f"{host} read container {NAME}: no anonymous access",
        facts={"container": NAME},
    )


async def plan_container(context: Context) -> list[Action]:
    """Create the container where it is not there."""
    if await look(context) is not None:
        return []
    account = context.answer("storage_account")
    command = f"az storage container create --account-name {account} --name {NAME} --public-access off"
    return [Action(CREATING, command, create_container, key=NAME)]


async def create_container(context: Context) -> None:
    """Create the container; one that is there already is left as it is."""
    blobs = await reach.blobs(context)
    await context.call(blobs.host, blobs.create_container, NAME)


async def undo_container(context: Context) -> list[Action | Kept]:
    """Delete the container, if it was made here."""
    if await look(context) is None:
        return []
    if not context.made(CREATING, DELETING):
        return [not_ours(f"container {NAME}")]
    command = f"az storage container delete --account-name {context.answer('storage_account')} --name {NAME}"
    return [Action(DELETING, command, delete_container, key=NAME, risk=Risk.HARD_TO_UNDO)]


async def delete_container(context: Context) -> None:
    """Delete the container."""
    blobs = await reach.blobs(context)
    await context.call(blobs.host, blobs.delete_container, NAME)


def differences(content: bytes) -> list[str]:
    """In what the content is not the published data set; empty when it is the same, byte for byte."""
    lines = content.splitlines()
    found = []
    if len(content) != SIZE:
        found.append(f"{len(content)} bytes instead of {SIZE}")
    if not lines or lines[0] != HEADER:
        found.append("another header row")
    if len(lines) - 1 != ROWS:
        found.append(f"{max(0, len(lines) - 1)} rows instead of {ROWS}")
    if not found and hashlib.md5(content, usedforsecurity=False).hexdigest() != MD5:
        found.append("other values (its MD5 differs)")
    return found


async def check_dataset(context: Context) -> Outcome:
    """The blob has the known size and MD5, and reading it back gives the header and all rows."""
    blobs = await reach.blobs(context)
    found = await context.call(blobs.host, blobs.blob, NAME, DATASET_NAME)
    if found is None:
        return Outcome(Status.TODO, f"{NAME} has no {DATASET_NAME}.")
    if found.size != SIZE or found.md5 not in ("", MD5):
        return Outcome(Status.TODO, f"{DATASET_NAME} in {NAME} is another file ({found.size} bytes).")
    content = await context.call(blobs.host, blobs.read, NAME, DATASET_NAME)
    wrong = differences(content)
    if wrong:
        return Outcome(Status.TODO, f"{DATASET_NAME} in {NAME} differs: {', '.join(wrong)}.")
    return Outcome(
        Status.OK,
        f"{DATASET_NAME}, {ROWS} rows",
        proof=f"read back from {blobs.host}/{NAME}: {SIZE} bytes, MD5 {MD5}, header and {ROWS} rows",
        facts={"md5": MD5, "rows": str(ROWS)},
    )


async def plan_dataset(context: Context) -> list[Action]:
    """Upload the shipped copy where the blob is missing or another file."""
    blobs = await reach.blobs(context)
    found = await context.call(blobs.host, blobs.blob, NAME, DATASET_NAME)
    if found is not None and found.size == SIZE:  # another size is another file, and may be too large to read
        content = await context.call(blobs.host, blobs.read, NAME, DATASET_NAME)
        if not differences(content):
            return []
    command = (
        f"az storage blob upload --account-name {context.answer('storage_account')} --container-name {NAME} "
        f"--name {DATASET_NAME} --file {DATASET_NAME} --overwrite"
    )
    risk = Risk.HARD_TO_UNDO if found is not None else Risk.NONE
    return [Action(UPLOADING, command, upload, key=MD5, risk=risk)]


async def upload(context: Context) -> None:
    """Upload the shipped copy of the data set, telling how much is sent."""
    blobs = await reach.blobs(context)
    content = await asyncio.to_thread(SHIPPED.read_bytes)
    loop = asyncio.get_running_loop()

    def tell(sent: int) -> None:
        loop.call_soon_threadsafe(context.progress, f"{sent} of {len(content)} bytes sent", sent / len(content))

    await context.call(blobs.host, blobs.upload, NAME, DATASET_NAME, content, tell)


async def undo_dataset(context: Context) -> list[Action | Kept]:
    """Delete the blob, if it was brought here."""
    blobs = await reach.blobs(context)
    if await context.call(blobs.host, blobs.blob, NAME, DATASET_NAME) is None:
        return []
    if not context.made(UPLOADING, DROPPING):
        return [not_ours(DATASET_NAME)]
    command = (
        f"az storage blob delete --account-name {context.answer('storage_account')} --container-name {NAME} "
        f"--name {DATASET_NAME}"
    )
    return [Action(DROPPING, command, delete_dataset, key=MD5, risk=Risk.HARD_TO_UNDO)]


async def delete_dataset(context: Context) -> None:
    """Delete the blob."""
    blobs = await reach.blobs(context)
    await context.call(blobs.host, blobs.delete, NAME, DATASET_NAME)


CONTAINER = Step(
    id="storage.container",
    title="Blob container",
    why=(
        "Blobs live in containers; this one holds the training data. "
        "It is private: only who has a key or a role reads it."
    ),
    check=check_container,
    plan=plan_container,
    undo=undo_container,
    within="storage.accounts",
    needs=("storage.accounts",),
    docs="https://learn.microsoft.com/azure/storage/blobs/blob-containers-cli",
)

DATASET = Step(
    id="storage.dataset",
    title="Wine data set",
    why=(
        "The example model learns the quality of red wines from 1,599 measured ones. "
        "The same bytes everywhere make results comparable."
    ),
    check=check_dataset,
    plan=plan_dataset,
    undo=undo_dataset,
    within="storage.container",
    needs=("storage.container",),
    docs="https://archive.ics.uci.edu/dataset/186/wine+quality",
)
