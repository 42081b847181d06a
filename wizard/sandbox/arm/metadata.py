"""The cloud's own description, which clients read without a token.

https://learn.microsoft.com/azure/azure-resource-manager/management/azure-services-resource-providers
"""

from typing import Any

_LOGIN = "https://login.microsoftonline.com/"
_AUDIENCES = ["https://management.core.windows.net/", "https://management.azure.com/"]
_SUFFIXES = {
    "acrLoginServer": "azurecr.io",
    "keyVaultDns": "vault.azure.net",
    "storage": "core.windows.net",
    "sqlServerHostname": "database.windows.net",
}


def endpoints(api_version: str) -> Any:
    """The metadata document: a list of clouds, or before 2019 one cloud in fewer words."""
    if api_version < "2019":
        return {
            "galleryEndpoint": "https://gallery.azure.com",
            "graphEndpoint": "https://graph.windows.net/",
            "portalEndpoint": "https://portal.azure.com",
            "authentication": {"loginEndpoint": "https://login.windows.net/", "audiences": _AUDIENCES},
        }
    return [
        {
            "portal": "https://portal.azure.com",
            "authentication": {
                "loginEndpoint": _LOGIN,
                "audiences": _AUDIENCES,
                "tenant": "common",
                "identityProvider": "AAD",
            },
            "graph": "https://graph.windows.net/",
            "microsoftGraphResourceId": "https://graph.microsoft.com/",
            "resourceManager": "https://management.azure.com/",
            "name": "AzureCloud",
            "suffixes": _SUFFIXES,
        }
    ]
