"""A run of a pipeline as the fake engine tells it: `run-going`, `run-failed`, `run-done`, `run-empty` or `run-odd`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

STEP = ("devops.run-test", "test", "Pipeline run")
LINK = "https://dev.azure.com/contoso/wine/_build/results?buildId=7"
ODD = "[bold]not bold[/bold] [/subscriptions/x] \x1b[31mred\x1b[0m"
LONG = "a name that goes on and on so that no terminal of any usual width has room for all of it " * 2
# id, parent, kind, name, seconds it took: what comes after the step where it stands has not begun
PARTS = (
    ("s1", "", "stage", "Check and pack the jobs", 84),
    ("j1", "s1", "job", "Lint, test, pack", 82),
    ("t1", "j1", "step", "Initialize job", 2),
    ("t2", "j1", "step", "Checkout", 4),
    ("t3", "j1", "step", "Test the jobs", 71),
    ("t4", "j1", "step", "Pack", 5),
    ("s2", "", "stage", "Train and deploy in test", 725),
    ("j2", "s2", "job", "Train, deploy, test", 721),
    ("t5", "j2", "step", "Checkout", 4),
    ("t6", "j2", "step", "Train on the cluster", 312),
    ("t7", "j2", "step", "Deploy", 377),
    ("t8", "j2", "step", "Smoke test", 28),
    ("s3", "", "stage", "Train and deploy in prod", 0),
)
DEPLOY = [
    "Starting: Deploy",
    "sk-learn-linear-reg-model version 1, of run 1327ed39e87e457894e4c5153c0fbd45",
    "registered in Azure ML as sk-learn-linear-reg-model:1",
    "cluster aks-wine is ready",
    "making service wine-quality",
    *(f"2026-02-03 10:0{minute}:00+00:00 Checking the status of deployment wine-quality..." for minute in range(6)),
]
ERROR = (
    "error: The service is not healthy: CrashLoopBackOff in its container: ModuleNotFoundError: No module named "
    "'sklearn.linear_model._coordinate_descent_fast'; see the deployment's log for the whole of it"
)


def moment(seconds: int) -> str:
    minutes, left = divmod(seconds, 60)
    return (
        f"2026-02-03T09:{55 + minutes:02d}:{left:02d}+00:00"
        if minutes < 5
        else (f"2026-02-03T10:{minutes - 5:02d}:{left:02d}+00:00")
    )


def lines(scenarios: set[str]) -> Iterator[dict[str, str]]:
    at, ends = 10, {"run-going": "t7", "run-failed": "t7", "run-odd": "t7"}
    stop = next((ends[each] for each in ends if each in scenarios), "")
    stopped = False
    above = {"t7": ("j2", "s2", "t7")}.get(stop, ())
    for id_, parent, kind, name, seconds in PARTS:
        odd = "run-odd" in scenarios
        line = {"id": id_, "parent": parent, "kind": kind, "name": f"{name} {ODD} {LONG}" if odd else name}
        begun, ended = moment(at), moment(at + seconds)
        if id_ in above:
            failed = "run-going" not in scenarios
            end = moment(at + (400 if id_ != "t7" else 77))
            line |= {"state": "ended" if failed else "running", "result": "fail" if failed else "", "started": begun}
            line |= {"finished": end if failed else "", "problem": ERROR if failed and id_ == "t7" else ""}
            stopped = stopped or id_ == "t7"
        elif id_ == "s3" and "run-going" not in scenarios:
            line |= {"state": "ended", "result": "skipped", "finished": begun}
            line |= {"remark": "expected: prod is set up later"}
        elif stopped or id_ == "s3":
            line |= {"state": "waiting"} if "run-going" in scenarios else {"state": "ended", "result": "skipped"}
        else:
            line |= {"state": "ended", "result": "ok", "started": begun, "finished": ended}
        at += seconds if kind == "step" else 0
        yield {"result": "", "started": "", "finished": "", "problem": "", "remark": "", **line}


def show(say: Callable[..., None], scenarios: set[str]) -> None:
    """Say the run and its logs."""
    where = {"step": STEP[0], "environment": STEP[1]}
    state, result = ("running", "") if "run-going" in scenarios else ("ended", "fail")
    result = "ok" if "run-done" in scenarios else result
    if "run-empty" in scenarios:
        say("timeline", **where, title="run 20260203.1", link=LINK, state="waiting", result="", problem="", lines=[])
        return
    say(
        "timeline", **where, title="run 20260203.1", link=LINK, state=state, result=result, problem="",
        lines=list(lines(scenarios)),
    )  # fmt: skip
    written = {"t6": ["Starting: Train on the cluster", "r2=0.3797"], "t7": DEPLOY}
    if "run-done" in scenarios:
        written = {"t8": ["Starting: Smoke test", "5 rows answered with 5 numbers from 5.040 to 7.491"]}
    for part, texts in written.items():
        extra = [f"{ODD} {LONG}"] if "run-odd" in scenarios else []
        for number, text in enumerate([*texts, *extra], start=1):
            say("output", **where, stream="stdout", text=text, part=part, number=number)
    if result == "fail":
        say("output", **where, stream="stderr", text=ERROR, part="t7", number=len(DEPLOY) + len(extra) + 1)
