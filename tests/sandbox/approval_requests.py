"""Checks and approvals as people handle them: with the vendor's own client, and with a model for what it leaves out."""

from typing import ClassVar

from tests.sandbox.devops_access import rest

APPROVAL = {"id": "8C6F20A7-A545-4486-9777-F762FAFE0D4D", "name": "Approval"}
APPROVALS = "37794717-f36f-4d78-b2bf-4dc30d0cfbcd"


def me(place) -> str:
    """The id of whoever made the project."""
    with rest(place.environment) as http:
        return identity(http)


def identity(http) -> str:
    """The id of whoever is signed in."""
    return http.get("_apis/connectionData").json()["authenticatedUser"]["id"]


def check(place, kind, resource, *approvers, timeout=None, **settings):
    """Put an approval on a resource, by the vendor's client and its own models; the check."""
    from azure.devops.v7_1.pipelines_checks import models

    class ApprovalCheck(models.CheckConfiguration):
        """The vendor describes the settings of a check in a model of its own, and has no field for them."""

        _attribute_map: ClassVar = {
            **models.CheckConfiguration._attribute_map,
            "settings": {"key": "settings", "type": "ApprovalConfigSettings"},
        }

    body = ApprovalCheck(
        resource=models.Resource(id=str(resource), type=kind), type=models.CheckType(**APPROVAL), timeout=timeout
    )
    people = [models.IdentityRef(id=each) for each in approvers or (me(place),)]
    body.settings = models.ApprovalConfigSettings(approvers=people, **settings)
    return place.clients.get_pipelines_checks_client().add_check_configuration(body, place.project)


def sent(place, method, **more):
    """A request about approvals, sent as the vendor's clients send theirs: its package has none for this area."""
    client = place.clients.get_pipelines_checks_client()
    route = {"project": place.project, **more.pop("route", {})}
    return client._send(method, APPROVALS, "7.1", route_values=route, **more).json()


def answered(place, approval, status, **more):
    """Answer an approval; what the service says of it then."""
    content = [{"approvalId": approval, "status": status, **more}]
    return sent(place, "PATCH", content=content)["value"][0]


def waiting(place, run, count=1):
    """The ids of the approvals that a run waits for, in the order of their checks, once there are so many."""

    def found():
        timeline = place.builds.get_build_timeline(place.project, run.id)
        held = [each for each in (timeline.records if timeline else None) or [] if each.type == "Checkpoint.Approval"]
        held.sort(key=lambda each: each.order)
        open_ones = [each.id for each in held if each.state == "inProgress"]
        return open_ones if len(open_ones) == count else None

    return place.until(found, f"{count} approvals of run {run.id}")


def stages(place, run):
    """What has become of a run's stages."""
    return {name: each.result for name, each in place.records(run.id, "Stage").items()}
