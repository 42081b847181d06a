"""From the classic route to the current one: data in volumes instead of mounts, models in Unity Catalog.

Nothing of the old route is deleted. Steps look where the new answers say, find what is missing there and make it; the
pipeline's stages train again, so that the new registry's first version has a run, a commit and a service.
"""

ENVIRONMENTS = ("dev", "test", "prod")
ANSWERS = {"registry_route": "catalog", **{f"{each}.data_route": "volume" for each in ENVIRONMENTS}}
STEPS = (
    "databricks.mount",
    "jobs.train-from-local",
    "repo.push",  # which brings the new answers to the repository
    "cmr.registry",
    "devops.variables",
    "devops.run-test",
    "registry.model-test",
    "service.test",
    "devops.run-prod",
    "registry.model-cmr",
    "service.prod",
)


def command(*, apply: bool) -> dict[str, object]:
    """The engine's command: a plan with the new answers, or an apply that keeps them."""
    common = {"stages": [], "steps": list(STEPS), "answers": ANSWERS, "keep": apply}
    return {"do": "apply" if apply else "plan", "yes": apply, "armed": apply, **common}
