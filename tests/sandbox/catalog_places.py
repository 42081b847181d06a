"""For tests of Unity Catalog: a workspace of their own, and MLflow in a process of its own."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.sandbox.conftest import RunningCloud, enter
from tests.sandbox.workspaces import WorkspaceAccess, new_workspace

BEGIN = """
import json, numpy, mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression
mlflow.set_tracking_uri("databricks")
mlflow.set_registry_uri("databricks-uc")
mlflow.set_experiment("/Shared/catalog")
inputs = numpy.arange(20.0).reshape(10, 2)
client = MlflowClient()

def logged(**more):
    with mlflow.start_run() as run:
        model = LinearRegression().fit(inputs, inputs.sum(axis=1))
        made = mlflow.sklearn.log_model(model, name="model", pip_requirements=["scikit-learn"], **more)
    return run.info.run_id, made

def answer(**found):
    print(json.dumps(found))

def refused(call, *arguments):
    try:
        call(*arguments)
    except MlflowException as error:
        return str(error)
"""


def run_mlflow(code: str, workspace: WorkspaceAccess | None = None, **variables: str):
    """What code prints last, as JSON: MLflow in a process of its own, whose settings are not this one's."""
    environment = os.environ | variables
    if workspace is not None:
        environment |= {"DATABRICKS_HOST": workspace.host, "DATABRICKS_TOKEN": workspace.token}
    source = BEGIN + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", source], env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def signed_in(cloud: RunningCloud, name: str) -> Iterator[WorkspaceAccess]:
    """Put this process into the cloud, signed in to a new workspace by its token alone."""
    workspace = new_workspace(cloud.environment, name)
    with pytest.MonkeyPatch.context() as patch:
        enter(cloud.environment, patch)
        for variable in [variable for variable in cloud.environment if variable.startswith("AZURE_")]:
            patch.delenv(variable)  # one way to sign in, not two
        patch.setenv("DATABRICKS_HOST", workspace.host)
        patch.setenv("DATABRICKS_TOKEN", workspace.token)
        yield workspace
