"""Everything of a workspace that is MLflow or serves it: its server, the calls Databricks adds, and the Files API."""

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from wizard.sandbox.databricks import files, mlflow_artifacts, mlflow_registry, mlflow_tracking, signed_urls
from wizard.sandbox.databricks.mlflow_forward import MlflowForward
from wizard.sandbox.databricks.mlflow_server import MlflowServers

if TYPE_CHECKING:  # the service imports this module
    from wizard.sandbox.databricks.service import Databricks

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def routes(databricks: "Databricks") -> list[BaseRoute]:
    """The routes; what a workspace does not do itself goes to its MLflow server as it comes."""
    cloud = databricks.cloud
    servers = MlflowServers(cloud)
    databricks.at_start(servers.start_known)
    databricks.at_stop(servers.stop)
    # Its start takes seconds, which whoever starts a cluster to train on need not wait for later.
    databricks.clusters.when_begun(servers.of)
    server, urls = MlflowForward(servers), signed_urls.SignedUrls(cloud)
    return [
        *files.routes(cloud, urls),
        *signed_urls.routes(cloud, urls),
        *mlflow_tracking.routes(cloud, server),
        *mlflow_artifacts.routes(cloud, server, urls),
        *mlflow_registry.routes(cloud, server, servers),
        Route("/api/2.0/mlflow/{rest:path}", server.pass_on, methods=_METHODS),
        Route("/api/3.0/mlflow/{rest:path}", server.pass_on, methods=_METHODS),
        Route("/ajax-api/{rest:path}", server.pass_on, methods=_METHODS),
    ]
