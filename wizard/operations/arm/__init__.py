"""The resources of Azure Resource Manager that a set-up consists of, as data: what is planned for each of them."""
