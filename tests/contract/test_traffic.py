"""The traffic of the whole way, held against what the vendors publish and what their services were recorded saying."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow]

VENDORS = Path(__file__).with_name("vendors")

# Addresses that the shipped descriptions do not have: Entra's sign-in, Microsoft Graph, databricks-sdk's discovery,
# Azure's list of endpoints, who one is in Azure DevOps, what one may do there, its agents and parallel jobs, its branch
# policies (learn.microsoft.com/rest/api/azure/devops/policy), checks on environments, what git itself speaks
# (git-scm.com/docs/http-protocol), the Files API (docs.databricks.com/api/workspace/files), by which MLflow's client
# uploads a model, Unity Catalog by its own API (docs.databricks.com/api/workspace/catalogs) and as MLflow's client asks
# for models, what Azure ML tells without a token, Application Insights, managed identities, the quotas of virtual
# machines, roles that wait to be activated, checkAccess, which nobody describes, what azureml-core speaks outside of
# Resource Manager, the services that are deployed, and by which MLflow's client finds, loads and copies the files of a
# model version, also into another workspace's registry.
WITHOUT_DESCRIPTION = "|".join(
    (
        r"^https://login\.microsoftonline\.com/",
        r"^https://graph\.microsoft\.com/v1\.0/servicePrincipals\(",
        r"/\.well-known/databricks-config$",
        r"^https://management\.azure\.com/metadata/endpoints",
        r"^https://dev\.azure\.com/[^/]+/_apis/ConnectionData$",
        r"^https://dev\.azure\.com/[^/]+/[^/]+/_apis/policy/configurations$",
        r"^https://dev\.azure\.com/[^/]+/[^/]+/_git/[^/]+/(info/refs\?|git-upload-pack$|git-receive-pack$)",
        r"^https://dev\.azure\.com/[^/]+/[^/]+/_apis/pipelines/checks/configurations(\?|$)",
        r"^https://dev\.azure\.com/[^/]+/_apis/Security/PermissionEvaluationBatch$",
        r"^https://dev\.azure\.com/[^/]+/_apis/distributedtask/(resourceusage|pools/\d+/agents)",
        r"^https://adb-[\d.]+\.azuredatabricks\.net/api/2\.0/fs/(files|directories)/(WorkspaceInternal/Mlflow|Models)/",
        r"^https://adb-[\d.]+\.azuredatabricks\.net/api/(2\.1|2\.0/mlflow)/unity-catalog/",
        r"^https://[a-z0-9]+\.api\.azureml\.ms/discovery$",
        r"^https://[a-z0-9]+\.api\.azureml\.ms/(artifact/v2\.0|rp/workspaces)/",
        r"^https://[a-z0-9]+\.modelmanagement\.azureml\.net/modelmanagement/v1\.0/",
        r"^https://[a-z0-9-]+\.[a-z0-9]+\.cloudapp\.azure\.com/api/v1/service/",
        r"^https://adb-[\d.]+\.azuredatabricks\.net/(api/2\.0/fs/create-download-url(\?|$)"
        r"|dbfs/databricks/mlflow/tmp-external-source/)",
        r"^https://adb-[\d.]+\.azuredatabricks\.net/api/2\.0/mlflow/model-versions/"
        r"(list-artifacts|get-signed-download-uri)\?",
        r"^https://adb-[\d.]+\.azuredatabricks\.net/api/2\.0/fs/signed/(databricks/mlflow(-tracking)?|Models)/",
        r"/providers/Microsoft\.Insights/components/",
        r"/providers/Microsoft\.Compute/locations/[a-z0-9]+/usages\?",
        r"/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/",
        r"/providers/Microsoft\.Authorization/(checkAccess|roleEligibilityScheduleInstances)\?",
    )
)
# azureml-core's names of blobs have characters which the service takes, and the description's pattern does not.
UPLOADED = re.compile(r"(?<=\.blob\.core\.windows\.net/azureml/)LocalUpload/[^?]+")


def test_the_traffic_of_the_whole_way_keeps_to_the_contracts(finished, tmp_path):
    log = tmp_path / "traffic.jsonl"
    lines = (exchange | {"url": UPLOADED.sub("blob", exchange["url"])} for exchange in finished.traffic)
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = subprocess.run(
        [sys.executable, "check.py", str(log), "--allow", WITHOUT_DESCRIPTION],
        cwd=VENDORS,
        capture_output=True,
        text=True,
    )
    print(done.stdout.splitlines()[-1])
    assert len(finished.traffic) > 100
    assert done.returncode == 0, done.stdout[-8000:]
