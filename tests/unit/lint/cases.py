"""For each rule a small project that has the defect and one that has not: {file: content}."""

PIPELINE = """\
trigger:
  branches:
    include: [main]
stages:
  - stage: Test
    jobs:
      - job: main
        steps:
"""
DEPLOY = "steps:\n  - script: python deploy.py\n    workingDirectory: deploy\n"
GROUP = "Make the group:\n```\nRESOURCE_GROUP=\nMODEL=\n```\n"
SCORE = (
    "def init():\n    pass\n\n\ndef run(data):\n    try:\n        return model(data)\n    except Exception as error:\n"
)


def steps(text: str) -> dict[str, str]:
    """A pipeline with these steps."""
    return {"azure-pipelines.yml": PIPELINE + "".join(f"          {line}\n" for line in text.splitlines())}


def stages(production: str, trigger: str = "") -> dict[str, str]:
    """A pipeline with a test and a production stage."""
    text = (
        f"{trigger}stages:\n  - stage: Test\n    jobs:\n      - job: a\n        steps:\n          - task: AzureCLI@2\n"
    )
    text += f"            inputs:\n              azureSubscription: aml-test\n  - stage: Prod\n{production}"
    return {"azure-pipelines.yml": text}


CASES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "G00": ({"a.yml": "a: [1\n"}, {"a.yml": "a: [1]\n"}),
    "G01": (
        {
            "conf/deployment.yml": "default:\n  jobs:\n    - name: wine-project-train\n",
            "README.md": "Run\n```{bash}\ndbx execute wine-model-train --cluster-name=x\n```\n",
        },
        {
            "conf/deployment.yml": "environments:\n  default:\n    workflows:\n      - name: wine-model-train\n",
            "README.md": "Run\n```{bash}\ndbx execute wine-model-train --cluster-name=x\n```\n",
        },
    ),
    "G02": ({"unit-requirements.txt": "pytest\nos\n"}, {"unit-requirements.txt": "pytest\n# os\npathos\n"}),
    "G03": ({"requirements.txt": "dbx\n"}, {"requirements.txt": "dbx==0.8.19\n"}),
    "G04": (
        {"azure-pipelines.yml": "pool:\n  vmImage: 'ubuntu-18.04'  # old\n"},
        {"azure-pipelines.yml": "pool:\n  vmImage: ubuntu-24.04\n"},
    ),
    "G05": (
        steps("- task: UsePythonVersion@0\n  inputs:\n    versionSpec: 3.7"),
        steps('- task: UsePythonVersion@0\n  inputs:\n    versionSpec: "3.x"'),
    ),
    "G06": (
        {"deploy/deploy.py": "", **steps("- script: python deploy.py\n  displayName: Deploy")},
        {"deploy/deploy.py": "", "azure-pipelines.yml": DEPLOY},
    ),
    "G07": (
        {
            "README.md": GROUP,
            "deploy/deploy.py": "import os\nos.getenv('WORKSPACE_RG')\n",
            "azure-pipelines.yml": DEPLOY,
        },
        {
            "README.md": GROUP,
            "deploy/deploy.py": "import os\nos.environ['RESOURCE_GROUP']\nos.getenv('BUILD_BUILDID')\n",
            "azure-pipelines.yml": DEPLOY,
        },
    ),
    "G08": (
        {"deploy.py": "login(tenant_id='7a1f3c9e-1b2d-4e5f-8a9b-0c1d2e3f4a5b')\n"},
        {"deploy.py": "import os\nlogin(tenant_id=os.environ['TENANT'], client_secret='<secret>')\n"},
    ),
    "G09": (
        {"README.md": GROUP, "deploy/deploy.py": "model_name = 'wine'\n", "azure-pipelines.yml": DEPLOY},
        {
            "README.md": GROUP,
            "deploy/deploy.py": "import os\nmodel_name = os.environ['MODEL']\n",
            "azure-pipelines.yml": DEPLOY,
        },
    ),
    "G10": (
        {"deploy.py": "target = ComputeTarget.create(ws, 'aks', settings)\nModel.deploy(ws, 'wine', [model])\n"},
        {"deploy.py": "target = ComputeTarget.create(ws, 'aks', settings)\ntarget.wait_for_completion()\n"},
    ),
    "G11": (
        {"deploy.py": "import uuid\nname = 'wine-' + str(uuid.uuid4())\nModel.deploy(ws, name, [model])\n"},
        {"deploy.py": "import uuid\nrun = uuid.uuid4()\nModel.deploy(ws, 'wine', [model])\n"},
    ),
    "G12": (
        {"score.py": SCORE + "        result = str(error)\n        return result\n"},
        {"score.py": SCORE + "        log(error)\n        raise\n"},
    ),
    "G13": (
        steps("- script: env | sort\n  displayName: Look\n- script: make test"),
        steps("- script: env DEBUG=1 make test\n  env:\n    DATABRICKS_TOKEN: $(DATABRICKS_TOKEN)"),
    ),
    "G14": (
        {"train.py": "import mlflow, os\nmlflow.set_registry_uri(os.getenv('REGISTRY_URI'))\n"},
        {
            "train.py": "import mlflow, os\nmlflow.set_registry_uri(os.getenv('REGISTRY_URI'))\n",
            "deployment.yml": "cluster:\n  spark_env_vars:\n    REGISTRY_URI: databricks://cmr:cmr\n",
        },
    ),
    "G15": (
        steps("- script: mlflow artifacts download -u models:/wine/1\n  env:\n    REGISTRY_URI: databricks"),
        steps("- script: mlflow artifacts download -u models:/wine/1\n  env:\n    MLFLOW_REGISTRY_URI: databricks"),
    ),
    "G16": (
        {"batch.py": "name = 'wine'\nload(f'models:/{name}/None')\n"},
        {"batch.py": "name = 'wine'\nload(f'models:/{name}@champion')\n"},
    ),
    "G17": ({"requirements.txt": "azureml-sdk==1.40.0\n"}, {"requirements.txt": "azure-ai-ml==1.27.0\n"}),
    "G18": (
        {
            "deploy/deploy.py": "packages = ['scikit-learn==0.24.1']\n",
            "deploy/inference.json": '{"dependencies": ["scikit-learn=0.22.1"]}\n',
        },
        {
            "deploy/deploy.py": "packages = ['scikit-learn==1.9.1']\n",
            "environment.yml": "dependencies:\n  - scikit-learn=1.9.1\n",
        },
    ),
    "G19": (stages("    jobs: []\n"), stages("    condition: succeeded()\n    jobs: []\n")),
    "G20": (
        stages(
            "    condition: succeeded()\n    jobs:\n      - job: a\n        steps:\n          - task: AzureCLI@2\n"
            "            inputs:\n              azureSubscription: aml-test\n"
        ),
        stages(
            "    condition: succeeded()\n    jobs:\n      - job: a\n        steps:\n          - task: AzureCLI@2\n"
            "            inputs:\n              azureSubscription: aml-prod\n"
        ),
    ),
    "G21": (
        {"conf/deployment.yml": "new_cluster:\n  spark_version: 9.1.x-cpu-ml-scala2.12\n"},
        {"conf/deployment.yml": "new_cluster:\n  spark_version: 17.3.x-cpu-ml-scala2.13\n"},
    ),
    "G22": (
        {"README.md": "The user should have contributor rights on the resource groups.\n"},
        {"README.md": "The user needs Contributor and User Access Administrator on the resource groups.\n"},
    ),
}
MENDED = {"G02", "G03", "G04", "G05", "G06", "G12", "G13", "G19", "G21"}
