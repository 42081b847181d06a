"""The areas of the status, in the order in which they are shown."""

from wizard.operations.status.clusters import CLUSTERS
from wizard.operations.status.drift import DRIFT
from wizard.operations.status.endpoints import ENDPOINTS
from wizard.operations.status.expiries import EXPIRIES
from wizard.operations.status.models import MODELS
from wizard.operations.status.runs import RUNS
from wizard.operations.status.variables import VARIABLES

SOURCES = (ENDPOINTS, MODELS, RUNS, CLUSTERS, EXPIRIES, VARIABLES, DRIFT)
