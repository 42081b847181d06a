"""Drivers: commands over API 1.2, `dbutils`, mounts of real containers, and /dbfs paths in Python code."""

import subprocess
import time

import pytest
from azure.storage.blob import BlobServiceClient
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError, NotFound
from databricks.sdk.service.compute import CommandStatus, ContextStatus, Language, ResultType

from tests.sandbox.test_storage import WRONG_KEY, Account
from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks.drivers import Drivers
from wizard.sandbox.databricks.tokens import Tokens
from wizard.sandbox.store import Store


class Notebook:
    """A cluster with an execution context, and a client whose dbutils work there."""

    def __init__(self):
        self.client = WorkspaceClient()
        made = self.client.clusters.create(
            cluster_name="drivers",
            spark_version="17.3.x-cpu-ml-scala2.13",
            node_type_id="Standard_DS3_v2",
            num_workers=0,
        ).result()
        self.cluster = made.cluster_id
        self.context = self.new_context()
        self.dbutils = WorkspaceClient(cluster_id=self.cluster).dbutils

    def new_context(self):
        return self.client.command_execution.create(cluster_id=self.cluster, language=Language.PYTHON).result().id

    def begin(self, code):
        return self.client.command_execution.execute(
            cluster_id=self.cluster, context_id=self.context, language=Language.PYTHON, command=code
        )

    def run(self, code):
        return self.begin(code).result().results

    def data(self, code):
        results = self.run(code)
        assert results.result_type is ResultType.TEXT, results.cause
        return results.data


@pytest.fixture(scope="module")
def notebook(in_workspace):
    notebook = Notebook()
    yield notebook
    notebook.client.clusters.permanent_delete(notebook.cluster)


@pytest.fixture(scope="module")
def account(cloud):
    return Account(cloud.environment).create()


@pytest.fixture(scope="module")
def container(account, in_workspace):
    client = BlobServiceClient(account.url, credential=account.key).create_container("data")
    client.upload_blob("wine.csv", b"sugar,quality\n1.9,5\n2.6,6\n")
    client.upload_blob("old/more wine.csv", b"sugar,quality\n9,9\n")
    return client


def mount_arguments(account, key, container="data"):
    settings = {f"fs.azure.account.key.{account.name}.blob.core.windows.net": key}
    return f"wasbs://{container}@{account.name}.blob.core.windows.net", {"extra_configs": settings}


@pytest.fixture(scope="module")
def mounted(notebook, account, container):
    source, settings = mount_arguments(account, account.key)
    assert notebook.dbutils.fs.mount(source, "/mnt/data", **settings) is True
    yield container
    assert notebook.dbutils.fs.unmount("/mnt/data") is True


def test_state_lasts_from_command_to_command(notebook):
    assert notebook.data("number = 20\nprint('before')\nnumber + 1") == "before\n21"
    assert notebook.data("number * 2") == "40"
    assert notebook.data("        indented = 1\n        indented") == "1"


def test_an_error_has_summary_and_traceback(notebook):
    results = notebook.run("1 / 0")
    assert results.result_type is ResultType.ERROR
    assert results.summary == '<span class="ansi-red-fg">ZeroDivisionError</span>: division by zero'
    assert "----> 1 1 / 0" in results.cause
    assert notebook.run("for").summary.startswith('<span class="ansi-red-fg">SyntaxError</span>')


def test_a_driver_has_no_spark_and_says_so(notebook):
    assert "NameError</span>: name 'spark' is not defined" in notebook.run("spark.range(1)").summary


def test_notebook_exit_gives_its_value(notebook):
    assert notebook.data("print('noise')\ndbutils.notebook.exit('value')\nprint('never')") == "value"


def test_a_command_can_be_cancelled_and_the_state_stays(notebook):
    notebook.data("kept = 'still here'")
    begun = notebook.begin("import time\nfor _ in range(600): time.sleep(0.1)")
    api, names = notebook.client.command_execution, (notebook.cluster, begun.command_id, notebook.context)
    deadline = time.monotonic() + 10
    while api.command_status(names[0], names[2], names[1]).status is not CommandStatus.RUNNING:
        assert time.monotonic() < deadline
    cancelled = api.cancel(cluster_id=names[0], command_id=names[1], context_id=names[2]).result()
    assert cancelled.status is CommandStatus.CANCELLED
    assert notebook.data("kept") == "'still here'"


def test_a_driver_that_dies_is_told(notebook):
    context = notebook.new_context()
    api = notebook.client.command_execution
    begun = api.execute(
        cluster_id=notebook.cluster, context_id=context, language=Language.PYTHON, command="import os\nos._exit(3)"
    )
    assert begun.result().status is CommandStatus.ERROR
    assert api.context_status(notebook.cluster, context).status is ContextStatus.ERROR
    api.destroy(notebook.cluster, context)
    with pytest.raises(NotFound, match="ContextNotFound"):
        api.context_status(notebook.cluster, context)


def test_a_driver_works_as_its_caller_and_its_token_is_hidden(notebook):
    code = "from databricks.sdk import WorkspaceClient\nprint(WorkspaceClient().current_user.me().user_name)"
    assert notebook.data(code) == notebook.client.current_user.me().user_name
    assert "driver" not in {token.comment for token in notebook.client.tokens.list()}


def test_secrets_are_read_and_kept_out_of_the_output(notebook):
    notebook.client.secrets.create_scope("shown")
    notebook.client.secrets.put_secret("shown", "key", string_value="never-to-be-seen")
    assert notebook.data("value = dbutils.secrets.get('shown', 'key')\nprint(len(value), value)") == "16 [REDACTED]"
    results = notebook.run("dbutils.secrets.get('shown', 'nothing')")
    assert "Secret does not exist with scope: shown and key: nothing" in results.summary
    notebook.client.secrets.delete_scope("shown")


def test_mounting_proves_key_and_container(notebook, account, container):
    source, wrong = mount_arguments(account, WRONG_KEY)
    with pytest.raises(DatabricksError, match="Server failed to authenticate the request"):
        notebook.dbutils.fs.mount(source, "/mnt/refused", **wrong)
    with pytest.raises(DatabricksError, match="not a valid base64 encoded string"):
        notebook.dbutils.fs.mount(source, "/mnt/refused", **mount_arguments(account, "%%%")[1])
    with pytest.raises(DatabricksError, match="no credentials found for them in the configuration"):
        notebook.dbutils.fs.mount(source, "/mnt/refused")
    absent, settings = mount_arguments(account, account.key, "absent")
    with pytest.raises(DatabricksError, match="No such file or directory"):
        notebook.dbutils.fs.mount(absent, "/mnt/refused", **settings)
    with pytest.raises(DatabricksError, match="Directory not mounted: /mnt/refused"):
        notebook.dbutils.fs.unmount("/mnt/refused")
    assert "/mnt/refused" not in {mount.mountPoint for mount in notebook.dbutils.fs.mounts()}


def test_a_mount_belongs_to_the_workspace(notebook, account, mounted):
    source, settings = mount_arguments(account, account.key)
    with pytest.raises(DatabricksError, match="Directory already mounted: /mnt/data"):
        notebook.dbutils.fs.mount(source, "/mnt/data", **settings)
    assert (source, "/mnt/data") in {(mount.source, mount.mountPoint) for mount in notebook.dbutils.fs.mounts()}
    listed = {item.path: item.file_size for item in notebook.client.dbfs.list("/mnt/data")}
    assert listed["/mnt/data/wine.csv"] == 26
    assert notebook.client.dbfs.download("/mnt/data/wine.csv").read().startswith(b"sugar")


def test_python_reads_a_mount_as_files(notebook, mounted):
    code = """
    import glob, os, pathlib
    import pandas as pd
    root = '/dbfs/mnt/data'
    print(pd.read_csv(f'{root}/wine.csv').shape, pathlib.Path(root, 'old', 'more wine.csv').read_text()[-4:].strip())
    print(sorted(os.listdir(root)), os.path.isdir(f'{root}/old'), os.path.getsize(f'{root}/wine.csv'))
    print(sorted(glob.glob(f'{root}/**/*.csv', recursive=True)))
    print(os.path.exists(f'{root}/nothing.csv'))
    """
    assert notebook.data(code).splitlines() == [
        "(2, 2) 9,9",
        "['old', 'wine.csv'] True 26",
        "['/dbfs/mnt/data/old/more wine.csv', '/dbfs/mnt/data/wine.csv']",
        "False",
    ]
    assert (
        "No such file or directory: '/dbfs/mnt/data/nothing.csv'"
        in notebook.run("open('/dbfs/mnt/data/nothing.csv')").summary
    )


def test_what_python_writes_to_a_mount_is_a_blob(notebook, mounted):
    code = """
    import os, shutil
    root = '/dbfs/mnt/data/written'
    os.makedirs(f'{root}/deep')
    with open(f'{root}/a.txt', 'w') as file:
        file.write('one')
    with open(f'{root}/a.txt', 'a') as file:
        file.write(' two')
    shutil.copytree(root, '/tmp/from-mount', dirs_exist_ok=True)
    shutil.copytree('/tmp/from-mount', f'{root}/deep/again')
    shutil.rmtree('/tmp/from-mount')
    os.rename(f'{root}/a.txt', f'{root}/b.txt')
    """
    notebook.data(code)
    names = {blob.name for blob in mounted.list_blobs("written/")}
    assert {"written/b.txt", "written/deep/again/a.txt"} <= names
    assert mounted.download_blob("written/b.txt").readall() == b"one two"
    notebook.data("shutil.rmtree('/dbfs/mnt/data/written')")
    assert [blob.name for blob in mounted.list_blobs("written")] == []


def test_a_changed_blob_is_read_anew(notebook, mounted):
    mounted.upload_blob("changing.txt", b"first", overwrite=True)
    assert notebook.data("open('/dbfs/mnt/data/changing.txt').read()") == "'first'"
    mounted.upload_blob("changing.txt", b"other", overwrite=True)
    assert notebook.data("open('/dbfs/mnt/data/changing.txt').read()") == "'other'"
    mounted.delete_blob("changing.txt")


def test_a_key_in_a_command_rests_nowhere_but_in_the_store(cloud, account, mounted):
    holding = [
        file.name for file in cloud.folder.rglob("*") if file.is_file() and account.key in file.read_text("latin1")
    ]
    assert {name.partition("-")[0] for name in holding} <= {"state.sqlite"}


def test_contexts_end_with_their_cluster(notebook):
    api = notebook.client
    cluster = api.clusters.create(
        cluster_name="ends", spark_version="17.3.x-scala2.13", node_type_id="Standard_DS3_v2", num_workers=0
    ).result()
    context = api.command_execution.create(cluster_id=cluster.cluster_id, language=Language.PYTHON).result()
    api.clusters.delete(cluster.cluster_id).result()
    with pytest.raises(NotFound, match="ContextNotFound"):
        api.command_execution.context_status(cluster.cluster_id, context.id)
    with pytest.raises(DatabricksError, match="is in state TERMINATED"):
        api.command_execution.create(cluster_id=cluster.cluster_id, language=Language.PYTHON)
    api.clusters.permanent_delete(cluster.cluster_id)


@pytest.fixture
def run_script(tmp_path):
    """Run a text as a job's task does, without any cloud."""
    cloud = Cloud(tmp_path, Store(tmp_path / "state.sqlite"))
    drivers = Drivers(cloud, Tokens(cloud))
    workspace = Workspace("/w", "12", "adb-12.2.azuredatabricks.net", "w", "eastus", "Succeeded", "t")
    principal = Principal("o", "t", "u@example.com", "User")

    def run(text, *arguments):
        file = tmp_path / "task.py"
        file.write_text(text)
        environment = drivers.environment(workspace, principal)
        command = drivers.script_command(file, list(arguments))
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return run


def test_a_script_runs_in_a_shell_with_dbutils(run_script):
    done = run_script(
        "import sys\nfrom IPython import get_ipython\n"
        "print(sys.argv[1:], type(get_ipython().user_ns['dbutils']).__name__, __name__, '__file__' in globals())",
        "--data",
        "/x y",
    )
    assert (done.returncode, done.stdout) == (0, "['--data', '/x y'] DBUtils __main__ False\n"), done.stderr


@pytest.mark.parametrize(
    ("text", "code"),
    [("raise ValueError('no')", 1), ("import sys; sys.exit(7)", 7), ("dbutils.notebook.exit('x')", 0), ("def", 1)],
)
def test_a_script_ends_with_a_code(run_script, text, code):
    done = run_script(text)
    assert done.returncode == code
    if "ValueError" in text:
        assert done.stderr.splitlines()[-1] == "ValueError: no"


def test_a_script_sees_dbfs_and_workspace_files(run_script, tmp_path):
    shared = tmp_path / "databricks" / "12" / "workspace" / "Shared"
    shared.mkdir(parents=True)
    (shared / "note.txt").write_text("from the workspace")
    done = run_script(
        "import os, shutil\n"
        "print(open('/Workspace/Shared/note.txt').read())\n"
        "os.makedirs('/dbfs/a/b'); open('/dbfs/a/b/c.txt', 'w').write('kept')\n"
        "shutil.copytree('/dbfs/a', '/dbfs/z'); shutil.rmtree('/dbfs/a')\n"
        "print([entry.name for entry in os.scandir('/dbfs/z/b')], os.path.exists('/dbfs/a'))\n"
        "try: open('/dbfs/../../../etc/nothing-here')\n"
        "except FileNotFoundError as error: print(error.filename)\n"
        "try: os.stat('/dbfs/absent')\n"
        "except FileNotFoundError as error: print(error.filename)\n"
    )
    expected = ["from the workspace", "['c.txt'] False", "/dbfs/../../../etc/nothing-here", "/dbfs/absent"]
    assert done.stdout.splitlines() == expected, done.stderr
    assert (tmp_path / "databricks" / "12" / "dbfs" / "z" / "b" / "c.txt").read_text() == "kept"
