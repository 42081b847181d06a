"""The requests about agents. API: https://learn.microsoft.com/rest/api/azure/devops/distributedtask"""

from starlette.responses import Response

from wizard.sandbox.devops import agent_pools
from wizard.sandbox.devops.faults import DevOpsFault, bad_argument
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.projects import Projects
from wizard.sandbox.devops.wire import Call, answer, collection

_ASSEMBLY = "Microsoft.TeamFoundation.DistributedTask.WebApi"
_TAGS = ("Private", "Public")


def _queues(call: Call) -> Response:
    project = Projects(call.tenancy).seen_by(call.caller.identity, call.names.get("project", ""))
    found = agent_pools.queues(call.tenancy, project.id)
    number = call.names.get("queueId")
    if number is not None:
        one = next((queue for queue in found if str(queue["id"]) == number), None)
        if one is None:
            raise DevOpsFault(404, "TaskAgentQueueNotFoundException", f"No queue found with ID {number}.", _ASSEMBLY)
        return answer(one)
    name = call.query.get("queueName", "").lower()
    return collection([queue for queue in found if name in ("", queue["name"].lower())])


def _agents(call: Call) -> Response:
    number = call.names.get("poolId", "")
    pool = next((each for each in agent_pools.POOLS if str(each.id) == number), None)
    if pool is None:
        message = f"No agent pool found with identifier {number}."
        raise DevOpsFault(404, "TaskAgentPoolNotFoundException", message, _ASSEMBLY)
    name = call.query.get("agentName", "").lower()
    found = agent_pools.agents(call.tenancy, pool)
    return collection([agent for agent in found if name in ("", agent["name"].lower())])


def _limits(call: Call) -> Response:
    return collection([agent_pools.limit(call.tenancy, tag, hosted) for tag in _TAGS for hosted in (True, False)])


def _usage(call: Call) -> Response:
    """What is used of one kind of parallel jobs."""
    tag = call.query.get("parallelismTag", _TAGS[0]).capitalize()
    if tag not in _TAGS:
        raise bad_argument("parallelismTag", f"The value '{tag}' is not a parallelism tag.")
    found = agent_pools.limit(call.tenancy, tag, call.flag("poolIsHosted"))
    hosted = tag == "Private" and call.flag("poolIsHosted")
    usage = {"usedCount": call.tenancy.hosted_jobs() if hosted else 0, "usedMinutes": 0, "resourceLimit": found}
    return answer(usage | {"runningRequests": []} if call.flag("includeRunningRequests") else usage)


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    return [
        Endpoint("900fa995-c559-4923-aae7-f8424fe4fbea", "GET", _queues, "agentpools"),
        Endpoint("e298ef32-5878-4cab-993c-043836571f42", "GET", _agents, "agentpools"),
        Endpoint("1f1f0557-c445-42a6-b4a0-0df605a3a0f8", "GET", _limits, "agentpools"),
        Endpoint("eae1d376-a8b1-4475-9041-1dfdbe8f0143", "GET", _usage, "agentpools"),
    ]
