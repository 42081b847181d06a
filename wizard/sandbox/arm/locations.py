"""Azure's regions, as far as the sandbox has them."""

REGIONS = {
    "eastus": "East US",
    "eastus2": "East US 2",
    "southcentralus": "South Central US",
    "westus2": "West US 2",
    "westus3": "West US 3",
    "australiaeast": "Australia East",
    "southeastasia": "Southeast Asia",
    "northeurope": "North Europe",
    "swedencentral": "Sweden Central",
    "uksouth": "UK South",
    "westeurope": "West Europe",
    "centralus": "Central US",
    "southafricanorth": "South Africa North",
    "centralindia": "Central India",
    "eastasia": "East Asia",
    "japaneast": "Japan East",
    "koreacentral": "Korea Central",
    "canadacentral": "Canada Central",
    "francecentral": "France Central",
    "germanywestcentral": "Germany West Central",
    "norwayeast": "Norway East",
    "switzerlandnorth": "Switzerland North",
    "uaenorth": "UAE North",
    "brazilsouth": "Brazil South",
    "northcentralus": "North Central US",
    "westus": "West US",
    "westcentralus": "West Central US",
    "canadaeast": "Canada East",
    "ukwest": "UK West",
    "australiasoutheast": "Australia Southeast",
    "southindia": "South India",
    "japanwest": "Japan West",
}


def normal(location: str) -> str:
    """A region's name as ids have it: `East US` and `eastus` are the same."""
    return location.replace(" ", "").lower()
