"""A driver's process: an interrupt counts from the moment at which a command was given."""

import asyncio
import os

from wizard.sandbox.databricks.driver_process import DriverProcess

PATIENCE = 60.0  # seconds
ENDLESS = "import time\nwhile True: time.sleep(0.1)"


async def interrupted_at_once(folder):
    """What becomes of a command that is interrupted before the driver has read it, and of the next."""
    environment = {**os.environ, "IPYTHONDIR": str(folder / "ipython")}
    driver = await DriverProcess.start(environment, folder, folder / "log")
    try:
        await driver.ready()
        command = asyncio.create_task(driver.run(ENDLESS))
        await asyncio.sleep(0)  # the command is on its way, and no answer was read
        driver.interrupt()
        first = await asyncio.wait_for(command, PATIENCE)
        return first, await asyncio.wait_for(driver.run("40 + 2"), PATIENCE)
    finally:
        await driver.stop()


def test_an_interrupt_that_comes_before_the_command_begins_is_not_lost(tmp_path):
    first, second = asyncio.run(interrupted_at_once(tmp_path))
    assert first == {"kind": "interrupted"}
    assert second == {"kind": "text", "data": "42"}
