"""The groups of an organisation and of a new project, and what they may do there from the beginning.

https://learn.microsoft.com/azure/devops/organizations/security/permissions-access
"""

from wizard.sandbox.devops import security
from wizard.sandbox.devops.documents import recorded
from wizard.sandbox.devops.security import AccessLists, bit, bits, git_token, project_token
from wizard.sandbox.devops.tenancy import Tenancy

COLLECTION_ADMINISTRATORS = "Project Collection Administrators"
PROJECT_ADMINISTRATORS = "Project Administrators"
CONTRIBUTORS = "Contributors"
READERS = "Readers"

# Nobody goes around a branch's policies unless somebody says so.
_BYPASS = ("PolicyExempt", "PullRequestBypassPolicy")
_CODE = ("GenericRead", "GenericContribute", "CreateBranch", "CreateTag", "ManageNote", "PullRequestContribute")
_BUILDS = ("ViewBuilds", "QueueBuilds", "StopBuilds", "ViewBuildDefinition", "EditBuildDefinition")


def _of(namespace_id: str, *permissions: str) -> int:
    return sum(bit(namespace_id, permission) for permission in permissions)


def found_organisation(tenancy: Tenancy, members: list[str]) -> None:
    """Make the organisation's administrators, who may do everything everywhere."""
    administrators = tenancy.identities.new_group(COLLECTION_ADMINISTRATORS, "", members)
    lists = AccessLists(tenancy.store)
    roots = {
        security.GIT: ("repoV2", bits(security.GIT, *_BYPASS)),
        security.PROJECT: ("$PROJECT", bits(security.PROJECT)),
        security.COLLECTION: ("NAMESPACE", bits(security.COLLECTION)),
        security.LIBRARY: ("Library", bits(security.LIBRARY)),
        security.ENDPOINTS: ("endpoints", bits(security.ENDPOINTS)),
        security.ENVIRONMENT: ("Environments", bits(security.ENVIRONMENT)),
    }
    for namespace_id, (token, allow) in roots.items():
        lists.set_entry(namespace_id, token, administrators, allow, 0, merge=False)


def found_project(tenancy: Tenancy, project_id: str, creator: str) -> None:
    """Make a project's groups; its creator becomes an administrator of it."""
    groups = tenancy.identities
    administrators = groups.new_group(PROJECT_ADMINISTRATORS, project_id, [creator])
    contributors = groups.new_group(CONTRIBUTORS, project_id, [])
    readers = groups.new_group(READERS, project_id, [])
    everybody = groups.group(COLLECTION_ADMINISTRATORS, "")
    rights = {
        (security.GIT, git_token(project_id)): {
            administrators: bits(security.GIT, *_BYPASS),
            contributors: _of(security.GIT, *_CODE),
            readers: bit(security.GIT, "GenericRead"),
        },
        (security.PROJECT, project_token(project_id)): {
            administrators: bits(security.PROJECT),
            contributors: _of(security.PROJECT, "GENERIC_READ", "PUBLISH_TEST_RESULTS", "VIEW_TEST_RESULTS"),
            readers: _of(security.PROJECT, "GENERIC_READ", "VIEW_TEST_RESULTS"),
        },
        (security.BUILD, project_id): {
            everybody: bits(security.BUILD),
            administrators: bits(security.BUILD),
            contributors: _of(security.BUILD, *_BUILDS, "CreateBuildDefinition"),
            readers: _of(security.BUILD, "ViewBuilds", "ViewBuildDefinition"),
        },
        (security.LIBRARY, f"Library/{project_id}"): {
            administrators: bits(security.LIBRARY),
            contributors: _of(security.LIBRARY, "View", "Create"),
            readers: bit(security.LIBRARY, "View"),
        },
        (security.ENDPOINTS, f"endpoints/{project_id}"): {
            administrators: bits(security.ENDPOINTS),
            contributors: _of(security.ENDPOINTS, "ViewEndpoint"),
        },
        (security.ENVIRONMENT, f"Environments/{project_id}"): {
            administrators: bits(security.ENVIRONMENT),
            contributors: _of(security.ENVIRONMENT, "View", "Create", "Use"),
            readers: bit(security.ENVIRONMENT, "View"),
        },
    }
    lists = AccessLists(tenancy.store)
    for (namespace_id, token), grants in rights.items():
        for descriptor, allow in grants.items():
            lists.set_entry(namespace_id, token, descriptor, allow, 0, merge=True)


def forget_project(tenancy: Tenancy, project_id: str) -> None:
    """Take a deleted project's groups and lists away."""
    lists = AccessLists(tenancy.store)
    for each in recorded("security_namespaces"):
        for token, _ in lists.lists(each["namespaceId"]):
            if project_id in token:
                lists.remove(each["namespaceId"], token)
    tenancy.identities.drop_groups(project_id)
