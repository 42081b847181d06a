"""Error bodies in all the shapes that the services use; the texts are those of the failure catalogue's sources."""

import json

import pytest

from wizard.clients.bodies import Said, read

NESTED = {
    "error": {
        "code": "DeploymentFailed",
        "message": "At least one resource deployment operation failed.",
        "details": [
            {
                "code": "Conflict",
                "message": json.dumps(
                    {
                        "error": {
                            "code": "StorageAccountAlreadyTaken",
                            "message": "The storage account named x is taken.",
                        }
                    }
                ),
            }
        ],
    }
}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error_code":"PERMISSION_DENIED","message":"no"}', Said("PERMISSION_DENIED", "no")),
        ('{"error_code":403,"message":"Invalid access token."}', Said("403", "Invalid access token.")),
        ('{"error":"ContextNotFound"}', Said("", "ContextNotFound")),
        (
            '{"detail":"User not found","scimType":"noTarget","status":"404"}',
            Said("SCIM_404", "noTarget User not found"),
        ),
        ('{"error":{"code":"ResourceNotFound","message":"gone"}}', Said("ResourceNotFound", "gone")),
        (
            json.dumps(NESTED),
            Said("StorageAccountAlreadyTaken", "The storage account named x is taken.", "DeploymentFailed"),
        ),
        (
            '{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}',
            Said("AADSTS7000215", "AADSTS7000215: Invalid client secret provided."),
        ),
        ('{"$id":"1","message":"TF400813: The user is not authorized","typeKey":"U"}', "TF400813"),
        (
            '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>BlobNotFound</Code><Message>The specified blob '
            "does not exist.\nRequestId:1</Message></Error>",
            Said("BlobNotFound", "The specified blob does not exist."),
        ),
        ("<html><head><title>Error 403 Invalid access token.</title></head></html>", "Error 403 Invalid access token."),
        ("<html><body><pre>  Invalid &amp; expired\n token </pre></body></html>", "Invalid & expired token"),
        ("INVALID_STATE: the cluster is terminated", Said("INVALID_STATE", "the cluster is terminated")),
        (
            "AZURE_QUOTA_EXCEEDED_EXCEPTION(CLIENT_ERROR): azure_error_code:QuotaExceeded",
            Said("AZURE_QUOTA_EXCEEDED_EXCEPTION", "azure_error_code:QuotaExceeded"),
        ),
        ("(QuotaExceeded) Provisioning failed.", Said("QuotaExceeded", "Provisioning failed.")),
        ("remote: TF402455: Pushes to this branch are not permitted", "TF402455"),
        ("! [remote rejected] main -> main (TF402455: Pushes to this branch)", "TF402455"),
        ('{"detail":"null","status":"500"}', Said("SCIM_500", "SCIM API Internal Error")),
        (
            json.dumps({"error": {"code": "BadRequest", "message": 'see {"error":{"code":"Real","message":"why"}} .'}}),
            Said("Real", "why", "BadRequest"),
        ),
        ("just text", Said("", "just text")),
        ("[1, 2]", Said("", "[1, 2]")),
        ('{"error_code":"X","mess', Said("", '{"error_code":"X","mess')),
    ],
)
def test_code_and_message(body, said):
    found = read(body)
    assert found == said or said in (found.code, found.message)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"X-Ms-Error-Code": "KeyBasedAuthenticationNotPermitted"}, Said("KeyBasedAuthenticationNotPermitted", "")),
        ({"X-Databricks-Reason-Phrase": "Invalid access token."}, Said("", "Invalid access token.")),
        ({}, Said("", "")),
    ],
)
def test_without_a_body_the_headers_tell(headers, said):
    assert read("", headers) == said


def test_a_body_that_nests_without_end_is_cut_off():
    body: dict = {"code": "Deep", "message": "x"}
    for _ in range(50):
        body = {"code": "Outer", "message": "y", "details": [body]}
    assert read(json.dumps({"error": body})).code in ("Outer", "Deep")
