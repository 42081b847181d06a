"""What deployments end with, in Azure ML's words."""

from wizard.sandbox.machine_learning.records import Body

BUILD_FAILED: Body = {
    "code": "EnvironmentBuildFailed",
    "statusCode": 400,
    "message": "Failed building the Environment. You can try debugging locally first. Please refer to"
    " https://aka.ms/debugimage#debug-locally for more information.",
}

BROKEN: Body = {
    "code": "InternalServerError",
    "statusCode": 500,
    "message": "An internal server error occurred. Please try again.",
}


def crashed(name: str) -> Body:
    """The container ended before it was healthy."""
    message = (
        "Your container application crashed. This may be caused by errors in your scoring file's init() function.\n"
        f"Please check the logs for your container instance: {name}. From the AML SDK, you can run"
        " print(service.get_logs()) if you have service object to fetch the logs. Please refer to"
        " https://aka.ms/debugimage#service-launch-fails for more information."
    )
    details = [{"code": "CrashLoopBackOff", "message": message}]
    return {
        "code": "KubernetesDeploymentFailed",
        "statusCode": 400,
        "message": "Kubernetes Deployment failed",
        "details": details,
    }


def unschedulable(nodes: int) -> Body:
    """No node has room for the containers."""
    first = f"0/{nodes} nodes are available: {nodes} Insufficient cpu."
    second = (
        "Couldn't schedule because the kubernetes cluster didn't have available resources after trying for 00:05:00.\n"
        "You can address this error by either adding more nodes, changing the SKU of your nodes or changing the"
        " resource requirements of your service.\nPlease refer to"
        " https://aka.ms/debugimage#container-cannot-be-scheduled for more information."
    )
    details = [{"code": "Unschedulable", "message": first}, {"code": "DeploymentFailed", "message": second}]
    return {"code": "KubernetesError", "statusCode": 400, "message": "Kubernetes Deployment Error", "details": details}


def timed_out(name: str, service_id: str) -> Body:
    """The container neither ended nor became healthy."""
    message = (
        f"Timed out waiting for AKS deployment to complete. pollTimeout : 00:20:00 serviceName: {name}"
        f" serviceId: {service_id}"
    )
    return {"code": "DeploymentTimedOut", "statusCode": 504, "message": message}
