"""The Azure DevOps service: its hosts, who may come in, and which operation answers."""

import logging
import re
import uuid
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.devops import (
    agent_routes,
    check_routes,
    commit_routes,
    definition_routes,
    discovery,
    environment_routes,
    founding,
    import_routes,
    item_routes,
    operations,
    pats,
    pipeline_permissions,
    policy_routes,
    processes,
    project_routes,
    pull_request_routes,
    push_routes,
    ref_routes,
    repository_routes,
    security_routes,
    service_endpoint_routes,
    sign_in_page,
    variable_group_routes,
)
from wizard.sandbox.devops.approval_routes import ApprovalRoutes
from wizard.sandbox.devops.authentication import NotSignedIn, authenticate, need_scope
from wizard.sandbox.devops.build_queue import Queue
from wizard.sandbox.devops.build_routes import BuildRoutes
from wizard.sandbox.devops.build_runner import Runner
from wizard.sandbox.devops.faults import FRAMEWORK, WEB_API, DevOpsFault
from wizard.sandbox.devops.git_http import GitAddress, GitHttp
from wizard.sandbox.devops.locations import Endpoint, Handler, Locations
from wizard.sandbox.devops.tenancy import Caller, Tenancy
from wizard.sandbox.devops.versions import asked_version, check_version
from wizard.sandbox.devops.wire import Call, collection
from wizard.sandbox.entra.directory import Directory

_log = logging.getLogger(__name__)

_MAIN, _ACCOUNTS = "dev.azure.com", "vssps.dev.azure.com"
_OLD_DOMAIN = ".visualstudio.com"
_DEPLOYMENT = "app.vssps.visualstudio.com"  # answers for no organisation: who one is, and where areas live

# Personal access tokens are managed on the accounts' host, at an address that no location table has.
_TOKENS_PATH = "_apis/tokens/pats"
_TOKENS: dict[str, Handler] = {"POST": pats.create, "GET": pats.read, "DELETE": pats.revoke}


def _endpoints(builds: BuildRoutes, approvals: ApprovalRoutes) -> list[Endpoint]:
    areas = (
        discovery,
        processes,
        project_routes,
        operations,
        security_routes,
        repository_routes,
        ref_routes,
        push_routes,
        commit_routes,
        item_routes,
        pull_request_routes,
        policy_routes,
        import_routes,
        agent_routes,
        variable_group_routes,
        service_endpoint_routes,
        definition_routes,
        pipeline_permissions,
        check_routes,
        environment_routes,
    )
    return [*(endpoint for area in areas for endpoint in area.endpoints()), *builds.endpoints(), *approvals.endpoints()]


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a request goes: the organisation (empty for the deployment itself), and the path below it."""

    host: str
    organisation: str
    base: str
    path: str

    @property
    def is_main(self) -> bool:
        """Whether it is the host with the projects, and not one with accounts only."""
        return bool(self.organisation) and self.host != _ACCOUNTS and ".vssps." not in self.host


class DevOps:
    """Azure DevOps Services."""

    hosts = re.compile(r"dev\.azure\.com|vssps\.dev\.azure\.com|[a-z0-9-]+(\.vssps)?\.visualstudio\.com")

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._tenancy = Tenancy(cloud)
        founding.found(self._tenancy)
        self._runner = Runner(self._tenancy)
        self._queue = Queue(self._tenancy, self._runner)
        self._tenancy.after_push.append(self._queue.pushed)
        self._tenancy.hosted_jobs = self._runner.jobs_used
        self._main = Locations(_endpoints(BuildRoutes(self._queue), ApprovalRoutes(self._runner.look_again)))
        self._accounts = Locations(discovery.endpoints())
        self._git = GitHttp(self._tenancy)

    async def start(self) -> None:
        """See to the runs that an earlier sandbox left behind."""
        await run_in_threadpool(self._runner.recover)

    async def stop(self) -> None:
        """End the jobs that run."""
        await run_in_threadpool(self._runner.stop)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        target = _target(request)
        git = GitAddress.of(target.path) if target.is_main else None
        try:
            response = await self._answer(request, target, git)
        except NotSignedIn as stranger:
            tenant = Directory(self._cloud).tenant_id
            response = sign_in_page.refuse(request, target.base, tenant, str(stranger), git is not None)
        except DevOpsFault as fault:
            response = fault.response()
        except Exception:  # noqa: BLE001 - logged, and answered in the service's form
            _log.exception("%s %s broke", request.method, request.url.path)
            response = DevOpsFault(500, "VssServiceException", "An unexpected error occurred.", WEB_API).response()
        response.headers["ActivityId"] = response.headers["X-VSS-E2EID"] = str(uuid.uuid4())
        if git is None:
            response.headers["Cache-Control"] = "no-cache"
        await response(scope, receive, send)

    async def _answer(self, request: Request, target: _Target, git: GitAddress | None) -> Response:
        caller = authenticate(self._tenancy, request.headers.get("authorization", ""))
        if target.organisation and target.organisation.lower() != self._tenancy.name.lower():
            return HTMLResponse("<!DOCTYPE html><html><head><title>404 - Page not found</title></head></html>", 404)
        if git is not None:
            return await self._git.answer(request, caller, git)
        return await self._api(request, target, caller)

    async def _api(self, request: Request, target: _Target, caller: Caller) -> Response:
        locations = self._main if target.is_main else self._accounts
        if request.method == "OPTIONS" and target.path.lower() == "_apis":
            return collection(locations.table)
        version = asked_version(request)
        if target.host == _ACCOUNTS and target.path.lower() == _TOKENS_PATH and request.method in _TOKENS:
            handler, names = _TOKENS[request.method], dict[str, str]()
        else:
            match = locations.find(request.method, target.path)
            if match is None:
                raise _no_operation(request, target, locations)
            need_scope(caller, match.endpoint.scope)
            check_version(request.method, version, match.location)
            handler, names = match.endpoint.handler, match.names
        call = Call(
            self._tenancy,
            caller,
            request.method,
            target.base,
            names,
            request.query_params,
            await request.body(),
            request.headers.get("accept", ""),
            version,
        )
        response = await run_in_threadpool(handler, call)
        if version and response.headers.get("content-type", "").startswith("application/json"):
            response.headers["Content-Type"] = f"application/json; charset=utf-8; api-version={version}"
        return response


def _target(request: Request) -> _Target:
    """Take a request's address apart. Organisations have two: dev.azure.com/NAME and NAME.visualstudio.com."""
    host = request.headers.get("host", "").lower().partition(":")[0]
    path = request.url.path.strip("/")
    if host in (_MAIN, _ACCOUNTS):
        organisation, _, rest = path.partition("/")
        if organisation.lower() == "_apis":
            return _Target(host, "", f"https://{host}", path)
        return _Target(host, organisation, f"https://{host}/{organisation}", rest)
    if host == _DEPLOYMENT:
        return _Target(host, "", f"https://{host}", path)
    organisation = host.removesuffix(_OLD_DOMAIN).removesuffix(".vssps")
    path = re.sub(r"(?i)^DefaultCollection(/|$)", "", path)
    return _Target(host, organisation, f"https://{host}", path)


def _no_operation(request: Request, target: _Target, locations: Locations) -> DevOpsFault:
    """The refusal of a request that no operation answers, in words that say what is wrong."""
    methods = locations.methods(target.path)
    if methods:
        message = f"The requested resource does not support http method '{request.method}'."
        return DevOpsFault(405, "VssServiceException", message, WEB_API, 0)
    message = f"The controller for path '/{target.path}' was not found or does not implement IController."
    return DevOpsFault(404, "HttpException", message, FRAMEWORK)
