"""AzureCLI@2: a script that is signed in by a service connection.

https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/azure-cli-v2
"""

import os
import shutil
import uuid

from wizard.sandbox.agent.host import Connection
from wizard.sandbox.agent.step_run import FAILED, SUCCEEDED, StepRun

_FAILURE = "Script failed with exit code: {code}"


def run(step: StepRun) -> str:
    """Sign in and run the script. Without the Azure CLI here the script still runs, and the log says so."""
    kind = step.input("scriptType").lower()
    if kind != "bash":
        step.log.issue("error", f"The script type '{kind}' needs PowerShell or Windows; this agent has bash only.")
        return FAILED
    connection = step.job.host.connection(step.input("azureSubscription", "connectedServiceNameARM"))
    step.job.masks.add(connection.secret)
    more = _who(connection) if step.input("addSpnToEnvironment").lower() == "true" else {}
    if _azure_cli(step):
        result = _sign_in(step, connection)
        if result != SUCCEEDED:
            return result
    else:
        step.log.issue("warning", "The Azure CLI is not installed on this agent: the script runs without az login.")
    if step.input("scriptLocation", default="scriptPath").lower() == "inlinescript":
        return step.script(step.input("inlineScript", "script"), more, step.input("arguments", "scriptArguments"))
    file = step.job.machine.sources / step.input("scriptPath")
    if not file.is_file():
        step.log.issue("error", f"Script file not found: {file}")
        return FAILED
    command = ["bash", str(file), *step.input("arguments", "scriptArguments").split()]
    step.log.line(f"[command]{' '.join(command)}")
    return step.command(command, more, _FAILURE)


def _azure_cli(step: StepRun) -> bool:
    return shutil.which("az", path=step.environment().get("PATH", os.defpath)) is not None


def _who(connection: Connection) -> dict[str, str]:
    """What `addSpnToEnvironment` gives to the script."""
    name = "idToken" if connection.federated else "servicePrincipalKey"
    return {"servicePrincipalId": connection.client_id, name: connection.secret, "tenantId": connection.tenant}


def _sign_in(step: StepRun, connection: Connection) -> str:
    """`az login` with what the connection holds. The CLI reads it from a file: arguments are for all to see."""
    option = "--federated-token" if connection.federated else "--password"
    script = (
        f'az login --service-principal -u "$AGENT_ID" --tenant "$AGENT_TENANT" {option}="@$AGENT_SECRET_FILE"'
        ' --allow-no-subscriptions --output none && az account set --subscription "$AGENT_SUBSCRIPTION"'
    )
    file = step.job.machine.temporary / f"{uuid.uuid4()}.secret"
    file.touch(mode=0o600)
    file.write_text(connection.secret)
    about = {
        "AGENT_ID": connection.client_id,
        "AGENT_TENANT": connection.tenant,
        "AGENT_SECRET_FILE": str(file),
        "AGENT_SUBSCRIPTION": connection.subscription,
    }
    try:
        return step.command(["bash", "-c", script], about, "Azure login failed with exit code: {code}")
    finally:
        file.unlink()
