"""What makes other tools of a shell act as somebody else is named, and no secret with it."""

from wizard.operations.shadows import over_azure, over_databricks, over_devops, profiles

HOST = "adb-1.2.azuredatabricks.net"


def test_nothing_set_shadows_nothing(tmp_path):
    assert over_azure({}, "azure-cli", "s1") == []
    assert over_databricks({}, tmp_path, HOST) == []
    assert over_devops({}) == []


def test_azure_variables_beside_another_sign_in_are_named():
    environment = {
        "AZURE_CLIENT_ID": "app",
        "AZURE_CLIENT_SECRET": "hush-hush",
        "AZURE_TENANT_ID": "t1",
        "AZURE_SUBSCRIPTION_ID": "s2",
        "ARM_CLIENT_ID": "app",
        "ARM_CLIENT_SECRET": "hush-hush",
    }
    found = over_azure(environment, "azure-cli", "s1")
    assert [line.partition(":")[0] for line in found] == [
        "AZURE_CLIENT_ID",
        "AZURE_TENANT_ID",
        "AZURE_SUBSCRIPTION_ID",
        "ARM_CLIENT_ID, ARM_CLIENT_SECRET",
    ]
    assert "hush" not in str(found)


def test_a_service_principal_by_the_environment_is_no_shadow_of_itself():
    assert over_azure({"AZURE_CLIENT_ID": "app", "AZURE_SUBSCRIPTION_ID": "s1"}, "environment", "s1") == []


def test_databricks_variables_that_lead_elsewhere_are_named_and_the_same_host_is_not(tmp_path):
    there = {"DATABRICKS_HOST": f"https://{HOST}/", "DATABRICKS_TOKEN": "dapi-hush-hush"}
    assert over_databricks(there, tmp_path, HOST) == ["DATABRICKS_TOKEN: wins over profiles and `az login`"]
    elsewhere = {"DATABRICKS_HOST": "https://adb-9.9.azuredatabricks.net"}
    assert "adb-9.9.azuredatabricks.net" in over_databricks(elsewhere, tmp_path, HOST)[0]


def test_profiles_are_named_by_where_they_lead(tmp_path):
    text = f"[DEFAULT]\nhost = https://adb-9.9.azuredatabricks.net\ntoken = hush%hush\n[wine]\nhost = {HOST}\n"
    (tmp_path / ".databrickscfg").write_text(text)
    found = over_databricks({}, tmp_path, HOST)
    assert "adb-9.9" in found[0]
    assert "taken unless another is named" in found[0]
    assert "this workspace" in found[1]
    assert "hush" not in str(found)


def test_a_file_that_holds_no_profiles_is_no_trouble(tmp_path):
    file = tmp_path / "x"
    assert profiles(file) == {}
    file.write_bytes(b"\xff\xfe no profile")
    assert profiles(file) == {}
    file.write_text("no section = 1")
    assert profiles(file) == {}
