"""No secret gets into the traffic log, and nothing else is lost from it."""

import base64

import pytest

from wizard.sandbox import redaction
from wizard.sandbox.entra.directory import new_client_secret

KEY = base64.b64encode(bytes(range(64))).decode()
PAT = "dapi" + "0123456789abcdef" * 2
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwcyJ9.c2lnbmF0dXJl-_w"


@pytest.mark.parametrize(
    "document",
    [
        {"access_token": JWT, "refresh_token": "1.abc", "id_token": JWT},
        {"token_value": PAT, "token_info": {"comment": "c"}},
        {"keys": [{"keyName": "key1", "value": KEY, "permissions": "FULL"}]},
        {"scope": "cmr", "key": "cmr-token", "string_value": PAT},
        {"command": f"dbutils.fs.mount(extra_configs={{'fs.azure.account.key.a.blob.core.windows.net': '{KEY}'}})"},
        {"results": {"data": f"token is {PAT}"}},
        {"connectionString": f"AccountName=a;AccountKey={KEY};EndpointSuffix=core.windows.net"},
        {"credential_infos": [{"signed_uri": "https://a.blob.core.windows.net/c/b?sp=r&sig=c2ln"}]},
        {"url": "https://a.blob.core.windows.net/c/b?sp=r&sig=c2ln"},
        {"primaryKey": "c2ln", "secondaryKey": "c2ln"},
        {"keyType": "Primary", "keyValue": "c2ln"},
        [{"new_cluster": {"spark_env_vars": {"MY_PASSWORD": "c2ln"}}}],
    ],
)
def test_secrets_of_documents_are_masked(document):
    text = str(redaction.document(document))
    assert redaction.MASK in text
    assert not any(secret in text for secret in (KEY, PAT, JWT, "1.abc", "c2ln"))


@pytest.mark.parametrize(
    "document",
    [
        {"error": {"code": "ResourceNotFound", "message": "The Resource 'a' was not found."}},
        {"token_type": "Bearer", "expires_in": 3599, "token_id": "5f0c", "next_page_token": "20"},
        {"keySource": "Microsoft.Storage", "keyCreationTime": {"key1": "2026-01-01T00:00:00Z"}},
        {"run": {"data": {"params": [{"key": "alpha", "value": "0.5"}]}}},
        {"idempotency_token": "run-7", "secret_scope": "cmr"},
    ],
)
def test_other_values_stay(document):
    assert redaction.document(document) == document


def test_forms_and_queries():
    secret = new_client_secret()
    form = redaction.form(f"grant_type=client_credentials&client_id=a-b&client_secret={secret}&scope=s%2F.default")
    assert form == "grant_type=client_credentials&client_id=a-b&client_secret=REDACTED&scope=s%2F.default"
    assert redaction.form("code=0.AX&otc=ABC&x=1") == "code=REDACTED&otc=REDACTED&x=1"
    assert redaction.query("comp=list&sv=2026-10-06&sig=a%2Fb%3D&prefix=x%20y") == (
        "comp=list&sv=2026-10-06&sig=REDACTED&prefix=x%20y"
    )


def test_headers_keep_the_scheme():
    found = redaction.headers({"authorization": f"SharedKey account:{KEY}", "cookie": "a=b", "accept": "*/*"})
    assert found == {"authorization": "SharedKey REDACTED", "cookie": "REDACTED", "accept": "*/*"}
