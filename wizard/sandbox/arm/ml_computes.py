"""The computes of Azure ML workspaces: Kubernetes clusters. https://learn.microsoft.com/rest/api/azureml/compute

Other types of compute are refused. A detached cluster is deleted as well: the sandbox has none outside of a workspace.
"""

import re
import secrets
import time
import uuid
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm import ml_workspaces, operations
from wizard.sandbox.arm.call import Call, answer, empty, one_of, tags_of, text_of
from wizard.sandbox.arm.errors import ArmError, invalid_content
from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.paging import page
from wizard.sandbox.arm.providers import check_location
from wizard.sandbox.machine_learning.computes import ADDRESSES, TYPE, Compute, Computes, view
from wizard.sandbox.machine_learning.sizes import DEFAULT, SIZES, size_named
from wizard.sandbox.quota import TOTAL, Shortage, shortage, title_of
from wizard.sandbox.settings import setting

CREATE_SECONDS = 900.0  # 10 to 20 minutes
CHECK_SECONDS = 60.0  # after which the cores turn out not to be there
UPDATE_SECONDS = 60.0
DELETE_SECONDS = 300.0
LEAST_CORES = 12  # of a cluster for production
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,14}[A-Za-z0-9]")
_NODES = {"FastProd": 3, "DevTest": 1}  # how many nodes a purpose gets unless somebody says otherwise


def get(call: Call, subscription: str, group: str, name: str, compute: str) -> Response:
    """GET one compute."""
    workspace = ml_workspaces.find(call, subscription, group, name)
    return answer(view(workspace, _find(call, workspace, compute)))


def list_all(call: Call, subscription: str, group: str, name: str) -> Response:
    """GET the computes of a workspace."""
    workspace = ml_workspaces.find(call, subscription, group, name)
    return answer(page(call, [view(workspace, each) for each in Computes(call.cloud, workspace.uid).all()]))


def put(call: Call, subscription: str, group: str, name: str, compute: str) -> Response:
    """PUT: create a compute (201, an address to poll), or change its TLS configuration (200, the same)."""
    workspace = ml_workspaces.find(call, subscription, group, name)
    given = _given(call)
    computes = Computes(call.cloud, workspace.uid)
    there = computes.get(compute)
    if there is not None and there.state in ("Creating", "Deleting"):
        message = f"Compute {compute} cannot be changed while its provisioning state is {there.state}."
        raise ArmError(409, "Conflict", message)
    if there is not None and not there.failed:
        made, done_at = there, call.cloud.ready_at(UPDATE_SECONDS)
        if "sslConfiguration" in given:
            made.ssl, made.domain = _ssl(given, there.location)
    else:
        made = _new(call, workspace, compute, given)
        done_at = made.ready_at
    computes.put(made)
    return answer(view(workspace, made), 200 if there else 201, _begin(call, workspace, done_at, made.failure))


def delete(call: Call, subscription: str, group: str, name: str, compute: str) -> Response:
    """DELETE: 202 and an address to poll; 204 when there is none."""
    workspace = ml_workspaces.find(call, subscription, group, name)
    one_of(call.query.get("underlyingResourceAction", ""), "underlyingResourceAction", ["Delete", "Detach"])
    computes = Computes(call.cloud, workspace.uid)
    found = computes.get(compute)
    if found is None:
        return empty(204)
    if found.gone_at is None:
        found.gone_at = call.cloud.ready_at(DELETE_SECONDS)
        computes.put(found)
    return empty(202, _begin(call, workspace, found.gone_at, None))


def list_keys(call: Call, subscription: str, group: str, name: str, compute: str) -> Response:
    """POST listKeys: there is no Kubernetes underneath to have credentials of, so its files are empty."""
    workspace = ml_workspaces.find(call, subscription, group, name)
    _find(call, workspace, compute)
    return answer({"computeType": "AKS", "userKubeConfig": "", "adminKubeConfig": "", "imagePullSecretName": ""})


def operation_status(call: Call, subscription: str, location: str, operation: str) -> Response:  # noqa: ARG001
    """GET computeOperationsStatus: InProgress, Succeeded or Failed."""
    found = operations.find(call.cloud, operation)
    if time.time() < found["done_at"]:
        return answer({"status": "InProgress"}, headers=operations.wait_hint(found["done_at"]))
    if found.get("failure"):
        return answer({"status": "Failed", "error": {"statusCode": 400, **found["failure"]}})
    return answer({"status": "Succeeded", "percentComplete": 100.0})


def _given(call: Call) -> dict[str, Any]:
    """What a request says of a Kubernetes cluster; raises ArmError for another type of compute."""
    body = call.body()
    if text_of(body, "properties", "computeType") != "AKS":
        raise ArmError(400, "BadRequest", "The sandbox cloud offers computes of the type AKS only.")
    if body["properties"].get("resourceId"):
        raise ArmError(400, "BadRequest", "The sandbox cloud has no Kubernetes clusters that could be attached.")
    inner = body["properties"].get("properties") or {}
    if not isinstance(inner, dict):
        raise invalid_content("'properties.properties' is not an object")
    return inner | {"computeLocation": body["properties"].get("computeLocation"), "tags": tags_of(body)}


def _new(call: Call, workspace: Resource, name: str, given: dict[str, Any]) -> Compute:
    if not _NAME.fullmatch(name):
        message = (
            "Compute name is invalid. It can include letters, digits and dashes. It must start with a letter, end with"
            " a letter or digit, and be between 2 and 16 characters in length."
        )
        raise ArmError(400, "BadRequest", message)
    location = check_location(given["computeLocation"] or workspace.location, TYPE)
    purpose = one_of(given.get("clusterPurpose") or "FastProd", "clusterPurpose", list(_NODES))
    nodes = given.get("agentCount") or _NODES[purpose]
    size = size_named(str(given.get("agentVmSize") or DEFAULT))
    if size is None:
        message = f"The specified value {given['agentVmSize']} for property AgentVmSize is not a supported VM size."
        raise ArmError(400, "InvalidPropertyValue", f"{message} Supported VM sizes: {','.join(SIZES)}.")
    if not isinstance(nodes, int) or nodes < 1:
        raise invalid_content("'properties.properties.agentCount' is not a positive number")
    if purpose == "FastProd" and SIZES[size].cores * nodes < LEAST_CORES:
        message = f"A cluster for production needs at least {LEAST_CORES} virtual CPUs: agentCount times those of"
        raise ArmError(400, "BadRequest", f"{message} agentVmSize. Use the cluster purpose DevTest for a smaller one.")
    ssl, domain = _ssl(given, location)
    made = Compute(name, workspace.uid, location, size, nodes, purpose, _new_address(call), domain, ssl=ssl)
    made.tags = given["tags"]
    made.cluster = f"{name.lower()}{secrets.token_hex(6)}"
    lack = shortage(call.cloud, location, size, nodes)
    made.failure = _lack_of_cores(made, workspace, lack) if lack else setting(call.cloud.store, "ml.compute_failure")
    made.ready_at = call.cloud.ready_at(CHECK_SECONDS if lack else CREATE_SECONDS)
    return made


def _new_address(call: Call) -> str:
    return f"{ADDRESSES}{call.cloud.store.next_number('ml_address') % 254 + 1}"


def _ssl(given: dict[str, Any], location: str) -> tuple[dict[str, Any] | None, str]:
    """The TLS configuration as it is shown, and the domain that comes of it."""
    wanted = given.get("sslConfiguration") or {}
    status = wanted.get("status") or "Disabled"
    if status == "Disabled":
        return None, ""
    label = str(wanted.get("leafDomainLabel") or "")
    if status != "Auto" or not re.fullmatch(r"[a-z][a-z0-9-]{0,40}", label):
        message = (
            "The sandbox cloud gives clusters a certificate by leafDomainLabel only, not for a domain of your own."
        )
        raise ArmError(400, "BadRequest", message)
    domain = f"{label}{secrets.token_hex(3)}.{location}.cloudapp.azure.com"
    shown = {"status": "Auto", "cert": None, "key": None, "cname": domain, "leafDomainLabel": label}
    return shown | {"overwriteExistingDomain": bool(wanted.get("overwriteExistingDomain"))}, domain


def _lack_of_cores(compute: Compute, workspace: Resource, lack: Shortage) -> dict[str, str]:
    """What the creation of a cluster ends with when its cores exceed the quota."""
    quota = "Total Regional" if lack.name == TOTAL else title_of(lack.name).removesuffix(" vCPUs")
    place = f"container service {compute.cluster} in resource group {workspace.group}"
    message = (
        f"InvalidTemplateDeployment: Details: RequestId: {uuid.uuid4()}\n"
        f"Error code: 'InvalidTemplateDeployment'. Target: ''. Message: 'The template deployment '{uuid.uuid4()}' is"
        f" not valid according to the validation procedure. The tracking id is '{uuid.uuid4()}'. See inner errors for"
        f" details.'\n    Error code: 'QuotaExceeded'. Target: ''. Message: 'Provisioning of resource(s) for {place}"
        f" failed. Message: Operation could not be completed as it results in exceeding approved {quota} Cores quota."
        f" Additional details - Deployment Model: Resource Manager, Location: {lack.region}, Current Limit:"
        f" {lack.limit}, Current Usage: {lack.used}, Additional Required: {lack.needed}, (Minimum) New Limit Required:"
        f" {lack.least}. Submit a request for Quota increase at"
        " https://aka.ms/ProdportalCRP/?#create/Microsoft.Support/Parameters/ by specifying parameters listed in the"
        " 'Details' section for deployment to succeed.'"
    )
    return {"code": "BadArgument", "message": message}


def _begin(call: Call, workspace: Resource, done_at: float, failure: dict[str, str] | None) -> dict[str, str]:
    """Remember an operation; the header that says where to poll it."""
    operation = operations.begin(call.cloud, done_at, failure=failure)
    subscription = workspace.id.split("/")[2]
    place = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/{workspace.location}"
    address = operations.address(call, f"{place}/computeOperationsStatus/{operation}")
    return {"Azure-AsyncOperation": f"{address}&service=new"}


def _find(call: Call, workspace: Resource, name: str) -> Compute:
    found = Computes(call.cloud, workspace.uid).get(name)
    if found is None:
        message = f"Compute with name {name} was not found in workspace {workspace.name}."
        raise ArmError(404, "ComputeNotFound", message)
    return found
