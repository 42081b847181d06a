"""What deploying, predicting and the smoke test are told: all by parameter, and secrets alone by the environment."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.azure_ml import WorkspaceName
from jobs.registry import ModelChoice, given
from jobs.settings import MODEL_NAME, STAGES

REGISTRY = """environment variables:
  REGISTRY_HOST, REGISTRY_TOKEN        the registry's workspace (else DATABRICKS_HOST, DATABRICKS_TOKEN)
"""
SECRETS = f"""{REGISTRY}\
  servicePrincipalId, tenantId, and    the service connection, set by AzureCLI@2 with addSpnToEnvironment
    idToken or servicePrincipalKey     (else azure-identity's AZURE_* variables, or `az login`)
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the service is."""

    cpu_cores: float
    memory_gb: float
    replicas: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """The inference cluster, and what it is made of where it is not there yet."""

    name: str
    vm_size: str
    nodes: int
    purpose: str
    minutes: float


@dataclass(frozen=True, slots=True)
class DeploySettings:
    """Settings of a deployment."""

    model: ModelChoice
    workspace: WorkspaceName
    cluster: Cluster
    service: str
    size: Size
    minutes: float
    commit: str
    pipeline_run: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class SmokeSettings:
    """Settings of a smoke test: the service by its workspace, or by its address with the key in SCORING_KEY."""

    model: ModelChoice
    workspace: WorkspaceName | None
    service: str
    scoring_uri: str
    seconds: float
    requests: int


@dataclass(frozen=True, slots=True)
class PredictSettings:
    """Which model version predicts, and the file of wines; "" for the known ones."""

    model: ModelChoice
    data: str


def deploy_settings(arguments: Sequence[str] | None = None) -> DeploySettings:
    """Read the settings from command-line arguments; `--help` describes them."""
    parser = _parser("jobs.deploy", "Deploy a registered model version to AKS through Azure ML, in place.", SECRETS)
    _add_model(parser)
    _add_workspace(parser, required=True)
    parser.add_argument("--service", required=True, help="name of the service; it stays the same at every deployment")
    parser.add_argument("--aks-cluster", required=True, help="name of the inference cluster; it is made if missing")
    parser.add_argument("--aks-vm-size", default="Standard_D3_v2", help="machine of a new cluster (%(default)s)")
    parser.add_argument("--aks-nodes", type=_whole, default=3, help="nodes of a new cluster (%(default)s)")
    parser.add_argument(
        "--aks-purpose", default="FastProd", choices=("FastProd", "DevTest"), help="DevTest may be a single node"
    )
    parser.add_argument("--aks-minutes", type=_positive, default=40, help="longest wait for the cluster (%(default)s)")
    parser.add_argument("--minutes", type=_positive, default=25, help="longest wait for the service (%(default)s)")
    parser.add_argument("--cpu-cores", type=_positive, default=0.5, help="of one replica (%(default)s)")
    parser.add_argument("--memory-gb", type=_positive, default=1.0, help="of one replica (%(default)s)")
    parser.add_argument("--replicas", type=_whole, default=1, help="how many (%(default)s)")
    commit, run = given(os.environ, "BUILD_SOURCEVERSION"), given(os.environ, "BUILD_BUILDID")  # an agent's own
    parser.add_argument("--commit", default=commit, help="commit of the code, kept with the model")
    parser.add_argument("--pipeline-run", default=run, help="id of the pipeline's run, kept with the model")
    parser.add_argument("--again", action="store_true", help="also where this very release runs: new containers of it")
    said = parser.parse_args(arguments)
    return DeploySettings(
        model=_model(said),
        workspace=WorkspaceName(said.subscription_id, said.resource_group, said.workspace_name),
        cluster=Cluster(said.aks_cluster, said.aks_vm_size, said.aks_nodes, said.aks_purpose, said.aks_minutes),
        service=said.service,
        size=Size(said.cpu_cores, said.memory_gb, said.replicas),
        minutes=said.minutes,
        commit=said.commit,
        pipeline_run=said.pipeline_run,
        again=said.again,
    )


def smoke_settings(arguments: Sequence[str] | None = None) -> SmokeSettings:
    """Read the settings from command-line arguments; `--help` describes them."""
    parser = _parser(
        "jobs.smoke_test",
        "Ask a deployed service for predictions, and hold them against the registered model's own.",
        SECRETS + "  SCORING_KEY                          the service's key, with --scoring-uri\n\n"
        "exit codes: 0 it answers rightly, 1 it does not, 2 usage, 3 it could not be asked",
    )
    _add_model(parser)
    _add_workspace(parser, required=False)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--service", default="", help="name of the service in the Azure ML workspace")
    where.add_argument("--scoring-uri", default="", help="address of the service; its key comes by SCORING_KEY")
    parser.add_argument("--seconds", type=_positive, default=300, help="longest wait until it is up (%(default)s)")
    parser.add_argument("--requests", type=_whole, default=20, help="timed requests of one row (%(default)s)")
    said = parser.parse_args(arguments)
    names = (said.subscription_id, said.resource_group, said.workspace_name)
    if said.service and not all(names):
        parser.error("--service needs --subscription-id, --resource-group and --workspace-name")
    return SmokeSettings(
        model=_model(said),
        workspace=WorkspaceName(*names) if said.service else None,
        service=said.service,
        scoring_uri=said.scoring_uri,
        seconds=said.seconds,
        requests=said.requests,
    )


def predict_settings(arguments: Sequence[str] | None = None) -> PredictSettings:
    """Read which model version is meant, for which wines, from command-line arguments; `--help` describes them."""
    parser = _parser("jobs.predict", "Predict known wines with a registered model version, as JSON.", REGISTRY)
    _add_model(parser)
    parser.add_argument("--data", default="", help="file of the wines, as for training (default: five known ones)")
    said = parser.parse_args(arguments)
    return PredictSettings(_model(said), said.data)


def _parser(module: str, description: str, epilog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_model(parser: argparse.ArgumentParser) -> None:
    """Which model version is meant."""
    parser.add_argument("--registry-uri", default="databricks", help="where it is registered (%(default)s)")
    parser.add_argument(
        "--model-name",
        default=MODEL_NAME,
        help="name of the registered model (%(default)s); in Unity Catalog catalog.schema.model, whose last level is "
        "its name in Azure ML",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--model-version", default="", help="number of the model version (default: the newest)")
    which.add_argument("--model-alias", default="", help="alias of the model version (Unity Catalog)")
    which.add_argument("--model-stage", default="", choices=STAGES, help="its stage (workspace registry)")
    which.add_argument("--model-from", default="", help="file in which jobs.train_on_cluster named the version")


def _model(said: argparse.Namespace) -> ModelChoice:
    """The choice; SystemExit when the file that shall name the version does not."""
    if said.model_from:
        try:
            trained = json.loads(Path(said.model_from).read_text(encoding="utf-8"))
            named = trained["model_name"], trained["model_version"]
            return ModelChoice(said.registry_uri, *named, run_id=trained["run_id"])
        except (OSError, ValueError, KeyError) as error:
            raise SystemExit(f"error: {said.model_from} names no model version: {error}") from error
    return ModelChoice(said.registry_uri, said.model_name, said.model_version, said.model_alias, said.model_stage)


def _add_workspace(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Which Azure ML workspace is meant."""
    parser.add_argument("--subscription-id", default="", required=required, help="of the Azure ML workspace")
    parser.add_argument("--resource-group", default="", required=required, help="of the Azure ML workspace")
    parser.add_argument("--workspace-name", default="", required=required, help="of the Azure ML workspace")


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0")
    return number


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
