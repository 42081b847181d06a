"""Documents that are nearly pipelines: as they should be, and now and then anything in the place of a part."""

from tests import naughty
from tests.fuzzing import st

texts = st.sampled_from(naughty.texts()) | st.text(max_size=8)
KEYS = (
    "stages",
    "jobs",
    "steps",
    "variables",
    "parameters",
    "trigger",
    "pool",
    "stage",
    "job",
    "deployment",
    "script",
    "bash",
    "task",
    "checkout",
    "template",
    "extends",
    "name",
    "value",
    "group",
    "type",
    "default",
    "values",
    "dependsOn",
    "condition",
    "inputs",
    "env",
    "timeoutInMinutes",
    "environment",
    "strategy",
    "runOnce",
    "deploy",
    "displayName",
    "continueOnError",
    "resources",
    "${{ if true }}",
    "${{ else }}",
    "${{ elseif parameters.x }}",
    "${{ each x in parameters.list }}",
    "${{ insert }}",
    "${{ parameters.x }}",
    "${{ parameters }}",
)
parts = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        texts,
        st.sampled_from(
            [
                "p.yml",
                "../../x.yml",
                "/q.yml",
                "q.yml@other",
                "${{ parameters.x }}",
                "${{ variables }}",
                "NoVersion",
                "${{ convertToJson(parameters) }}",
                "Task@1",
                "self",
                "object",
                "number",
                "1e999",
            ]
        ),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=15,
)


def mostly(expected, *, of=8):
    """What a place of a file should hold, and now and then anything."""
    return st.integers(1, of).flatmap(lambda number: parts if number == of else expected)


def mapping(needed, **optional):
    """A mapping as it should be, but for its values."""
    return mostly(st.fixed_dictionaries(needed, optional=optional))


names = mostly(st.sampled_from(["A", "b_1", "A"]))
values = mostly(st.sampled_from(["x", "${{ parameters.x }}", "$(a)", "", "true", "1"]))
variables = mostly(
    st.lists(mapping({"name": names, "value": values}, group=values), max_size=2) | st.fixed_dictionaries({"a": values})
)
step = mapping(
    {"script": values},
    name=names,
    condition=values,
    env=mapping({"A": values}),
    timeoutInMinutes=values,
    enabled=values,
)
included = mapping({"template": mostly(st.sampled_from(["q.yml", "q.yml", "p.yml"]))}, parameters=mapping({"x": parts}))
chosen = st.builds(
    lambda directive, held: {f"${{{{ {directive} }}}}": held},
    st.sampled_from(
        ["if parameters.x", "if true", "elseif true", "else", "each x in parameters.x", "insert", "parameters.x"]
    ),
    mostly(st.lists(step, max_size=2)),
)
task = mapping({"task": mostly(st.sampled_from(["A@1", "B@2"]))}, inputs=mapping({"a": values}))
steps = mostly(st.lists(mostly(step | included | chosen | task | st.just({"checkout": "self"})), max_size=4))
pool = mapping({}, vmImage=values, name=values)
job = mapping(
    {"job": names, "steps": steps}, dependsOn=mostly(st.lists(names, max_size=2)), pool=pool, variables=variables
)
deployment = mapping(
    {
        "deployment": names,
        "environment": values,
        "strategy": mapping({"runOnce": mapping({"deploy": mapping({"steps": steps})})}),
    }
)
jobs = mostly(st.lists(job | deployment, max_size=3))
stages = mostly(
    st.lists(
        mapping({"stage": names, "jobs": jobs}, dependsOn=values, variables=variables, condition=values), max_size=3
    )
)
parameter = mapping(
    {"name": mostly(st.just("x"))},
    type=mostly(st.sampled_from(["object", "string", "number", "boolean"])),
    default=parts,
    values=parts,
)
declared = st.just([{"name": "x", "type": "object", "default": ["a"]}]) | mostly(st.lists(parameter, max_size=2))
about = {"parameters": declared, "variables": variables, "trigger": parts, "pool": pool, "name": values}
roots = st.one_of(
    *(
        st.fixed_dictionaries({kind: held}, optional=about)
        for kind, held in (("steps", steps), ("jobs", jobs), ("stages", stages))
    ),
    st.fixed_dictionaries({"extends": included}, optional=about),
)
