"""A small engine that speaks the protocol and touches nothing: `python fake_engine.py [SCENARIO ...]`.

It is really started as a child process. Its checks find what its own `done` says; its actions add to it. Scenarios:
`device-code` (signing in waits for `release`), `held` (actions wait for the file named in RELEASE), `fails` (the
cluster's action fails), `odd-names` (markup and escape sequences in texts), `dies` (at the first apply),
`dies-always` (at the start), `flood` (a check writes very much), `all-ok` (everything is done already), `wide` (a
checklist of over 40 steps), `whole` (the same with test and prod), `halfway` (what does not wait for the cluster is
done), `refused` (two services refuse to say who one is), `nobody` (there is no service to ask), `slow-identity` (one
answers at `release`), `slow-diff` (so does the comparison), `replica` (prod is one of test), `guarded` (prod has to be
armed), `asks` (the cluster's name is needed before its action).
`odd-everywhere`: markup and whatever a terminal would obey in every text that is shown.
`run-...` as in `fake_run.py`: a step more, with a pipeline's run.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import threading
import time
from pathlib import Path

import fake_deeds
import fake_outline
import fake_status

SCENARIOS = set(sys.argv[1:])
ODD = "[/subscriptions/x] [bold]not bold[/bold] \x1b[31mred\x1b[0m"

STEPS = (
    (0, "signin.azure", "", "Sign in to Azure", ()),
    (0, "plan.names", "", "Region and names", ("signin.azure",)),
    (0, "azure.groups", "dev", "Resource group", ("plan.names",)),
    (0, "databricks.workspaces", "dev", "Databricks workspace", ("azure.groups@dev",)),
    (0, "storage.accounts", "dev", "Storage account", ("azure.groups@dev",)),
    (1, "databricks.token", "dev", "Access token for the workspace", ("databricks.workspaces@dev",)),
    (1, "databricks.cluster", "dev", "Cluster", ("databricks.token@dev",)),
    (1, "storage.dataset", "dev", "Wine data set", ("storage.accounts@dev",)),
    (1, "jobs.train-from-local", "dev", "Train from this machine", ("databricks.cluster@dev", "storage.dataset@dev")),
)
if SCENARIOS & {"wide", "whole"}:
    STEPS = fake_outline.steps(whole="whole" in SCENARIOS)
HAS_RUN = any(each.startswith("run-") for each in SCENARIOS)
if HAS_RUN:
    import fake_run

    STEPS = (*STEPS, (1, *fake_run.STEP, ()))
STAGES = {0: "Prerequisites", 1: "Local development"}
if "whole" in SCENARIOS:
    STAGES |= {2: "Test environment", 3: "Deploy to prod"}
RISKS = {"databricks.workspaces": "costs money", "databricks.cluster": "costs money"}
MESSAGES = {
    "signin.azure": "rita@contoso.example, subscription Rehearsal, 58 minutes left",
    "jobs.train-from-local": "run 42 succeeded; version 1 of sk-learn-linear-reg-model carries its id",
}
QUESTIONS = {
    "signin.azure": (("signin.method", "How to sign in", ("service principal", "device code", "browser")),),
    "plan.names": (("prefix", "Prefix of all names", ()), ("region", "Region", ("westeurope", "northeurope"))),
    "databricks.cluster": (("dev.cluster", "Name of the cluster", ()),),
}
if SCENARIOS & {"wide", "whole"}:
    QUESTIONS = {**QUESTIONS, **fake_outline.questions()}
QUOTA = (
    "Please raise the quota of standardDSv2Family cores in westeurope from 10 to 14. " * 3
    + "The subscription is Rehearsal (11111111-2222-3333-4444-555555555555).\n"
    + "\n".join(f"az quota update --resource-name standardDSv2Family --limit {number}" for number in range(10, 24))
)
EXPIRES = "2026-02-03T11:00:00+00:00"  # 53 minutes after the clock of the pictures
MONTHS = "2026-05-03T10:07:00+00:00"
SOON = "2026-02-08T10:07:00+00:00"
WORKSPACE = {"service": "Databricks workspace", "place": "adb-7405607170254123.3.azuredatabricks.net"}
IDENTITIES = (
    {"service": "Azure Resource Manager", "place": "management.azure.com", "environment": "", "kind": "sign-in",
     "credential": "Entra, signed in by service principal", "name": "rita@contoso.example", "expires": EXPIRES,
     "tenant": "72f988bf-86f1-41af-91ab-2d7cd011db47",
     "shadowed_by": ["AZURE_TENANT_ID: sign-ins go to tenant 72f988bf-86f1-41af-91ab-2d7cd011db47"]},
    {**WORKSPACE, "environment": "dev", "kind": "sign-in", "credential": "Entra", "name": "rita@contoso.example",
     "expires": EXPIRES, "shadowed_by": ["DATABRICKS_TOKEN: wins over profiles and `az login`"]},
    {**WORKSPACE, "environment": "dev", "kind": "token", "credential": "token kept in the keyring",
     "name": "rita@contoso.example", "expires": SOON, "shadowed_by": []},
    {**WORKSPACE, "environment": "prod", "kind": "token", "credential": "token kept in the keyring",
     "name": "rita@contoso.example", "expires": MONTHS, "shadowed_by": []},
    {"service": "Azure DevOps", "place": "https://dev.azure.com/contoso", "environment": "", "kind": "token",
     "credential": "the token in AZURE_DEVOPS_EXT_PAT", "name": "rita@contoso.example", "expires": "",
     "shadowed_by": ["AZURE_DEVOPS_EXT_PAT: wins over `az devops login` and `az login`"]},
)  # fmt: skip
REFUSED = {
    "Databricks workspace": ("fail", "Invalid access token: it was revoked.", "make a new one: step databricks.token"),
    "Azure DevOps": ("unknown", "no answer from dev.azure.com", "see whether the network is up, then ask again"),
}

GUARD = {"environment": "prod", "word": "rg-wine-prod", "risks": [], "minutes": 10}

lock = threading.Lock()
armed: set[str] = set()
answers: dict[str, str] = {}
done: set[str] = {key for _, key, env, *_ in STEPS} if SCENARIOS & {"all-ok", "halfway"} else set()
done -= {"databricks.cluster", "azure.quota"} if "halfway" in SCENARIOS else set()
cancelled = threading.Event()
confirmed: dict[str, bool] = {}
confirm_came = threading.Condition()


GONE_BY = ("verdict", "kind", "key", "state")
SHOWN = {
    *("title", "message", "proof", "fix", "why", "manual", "prompt", "help", "command", "action", "text", "problem"),
    *("remark", "advice", "remarks", "name", "section", "first", "second", "thing", "loses", "kept", "shadowed_by"),
    *("credential", "place", "tenant", "message_to_send", "who", "link", "docs", "choices", "cells"),
}
WORSE = f"{ODD} \x1b]0;t\x07\x1b]52;c;aGk=\x07\x9b31m\u202eback\u2028\ud800"


def spoiled(value: object, shown: bool = False) -> object:
    """The same data with odd things in the texts that people see, not in what the screens go by."""
    if isinstance(value, dict):
        return {name: spoiled(held, name in SHOWN or (shown and name not in GONE_BY)) for name, held in value.items()}
    if isinstance(value, list):
        return [spoiled(held, shown) for held in value]
    return f"{value} {WORSE}" if shown and isinstance(value, str) and value else value


def say(event: str, **more: object) -> None:
    if "odd-everywhere" in SCENARIOS:
        kept = {"started": {"command"}, "summary": {"command"}, "differences": {"first", "second"}}.get(event, set())
        more |= {name: held if name in kept else spoiled(held, name in SHOWN) for name, held in more.items()}
    with lock:
        sys.stdout.write(json.dumps({"event": event, **more}) + "\n")
        sys.stdout.flush()


def key_of(step: str, environment: str) -> str:
    return f"{step}@{environment}" if environment else step


def default(name: str) -> str:
    prefix = answers.get("prefix", "mlops")
    return {"prefix": "mlops", "region": "westeurope", "dev.cluster": f"{prefix}-dev"}.get(
        name,
        "" if name.endswith(".skip") else f"{prefix}-{name}" if SCENARIOS & {"wide", "whole"} else "service principal",
    )


def show_checklist() -> None:
    stages = []
    for number, title in STAGES.items():
        steps = [describe(*step[1:]) for step in STEPS if step[0] == number]
        stages.append({"number": number, "title": title, "steps": steps})
    say("checklist", stages=stages, guards=[GUARD] if "guarded" in SCENARIOS else [])


def describe(step: str, environment: str, title: str, needs: tuple[str, ...]) -> dict[str, object]:
    inputs = [
        {
            "name": name,
            "prompt": prompt,
            "help": "3 to 10 small letters" if name == "prefix" else "",
            "value": answers.get(name, ""),
            "default": default(name),
            "choices": list(choices),
            "secret": False,
        }
        for name, prompt, choices in QUESTIONS.get(step, ())
    ]
    return {
        "key": key_of(step, environment),
        "id": step,
        "environment": environment,
        "title": f"{title} {ODD}" if "odd-names" in SCENARIOS else title,
        "why": "Later steps build on it. Its proof is read from the service itself.",
        "needs": list(needs),
        "docs": "https://learn.microsoft.com/azure/databricks/",
        "manual": "",
        "inputs": inputs,
        "last": None,
    }


def check(step: str, environment: str, needs: tuple[str, ...], status: dict[str, str]) -> None:
    key = key_of(step, environment)
    where = {"step": step, "environment": environment}
    blocking = next((need for need in needs if status.get(need, "ok") != "ok" and need not in left_out()), None)
    if answers.get(f"{step}.skip"):
        found = {"status": "skip", "message": f"left out: {answers[f'{step}.skip']}", "proof": ""}
    elif blocking is not None:
        found = {"status": "skip", "message": f"waiting for {title_of(blocking)}", "proof": ""}
    else:
        say("step.checking", **where)
        if "flood" in SCENARIOS:
            for number in range(3000):
                say("output", **where, stream="stdout", text=f"line {number} of {step}")
        if HAS_RUN and step.startswith("devops.run"):
            fake_run.show(say, SCENARIOS)
        found = {"status": "todo", "message": "not there yet", "proof": ""}
        if thing(step, environment) in done:
            proof = f"GET https://management.azure.com/{step}: 200, state Succeeded"
            found = {"status": "ok", "message": MESSAGES.get(step, "there, as planned"), "proof": proof}
        elif step in failed:
            found = {
                "status": "fail",
                "message": failed[step],
                "proof": "",
                "fix": "ask for more cores, or take another node",
                "who": "an owner of the subscription" if "halfway" in SCENARIOS else "you",
                "message_to_send": QUOTA if "halfway" in SCENARIOS else "",
            }
        if "odd-names" in SCENARIOS:
            found["message"] += f" {ODD}"
    status[key] = found["status"]
    say("step.checked", **where, seconds=0.01, **found)


failed: dict[str, str] = {"azure.quota": "4 cores wanted, 0 left"} if "halfway" in SCENARIOS else {}


def left_out() -> set[str]:
    return {name.removesuffix(".skip") for name, reason in answers.items() if name.endswith(".skip") and reason}


def title_of(key: str) -> str:
    return next(title for _, step, environment, title, _ in STEPS if key_of(step, environment) == key)


def actions_of(step: str) -> list[dict[str, str]]:
    command = f"az resource create --name {answers.get('prefix', 'mlops')}-{step.rpartition('.')[2]}"
    return [{"title": f"Create the {step.rpartition('.')[2]}", "command": command, "risk": RISKS.get(step, "none")}]


def act(step: str, environment: str) -> bool:
    where = {"step": step, "environment": environment}
    action = actions_of(step)[0]
    say("action.started", **where, action=action["title"], command=action["command"])
    if "dies" in SCENARIOS and step != "signin.azure" and not Path(os.environ["DIED"]).exists():
        Path(os.environ["DIED"]).touch()
        os.kill(os.getpid(), 9)
    if step == "signin.azure" and "device-code" in SCENARIOS:
        page = "https://microsoft.com/devicelogin"
        say("notice", **where, message="Open the page and type the code.", copy="H7KQ-29XW", link=page)
        wait_for_release()
    elif "held" in SCENARIOS and step != "signin.azure":
        say("progress", **where, message="the service works on it", fraction=0.4)
        wait_for_release()
    if "fails" in SCENARIOS and step == "databricks.cluster":
        failed[step] = "AZURE_QUOTA_EXCEEDED_EXCEPTION: 4 cores wanted, 0 left"
        more = {
            "message": failed[step],
            "fix": "ask for more cores, or take another node",
            "diagnosis": "F12",
            "who": "an owner of the subscription",
            "message_to_send": "Please raise the quota of standardDSv2Family cores in westeurope from 10 to 14.",
        }
        say("action.failed", **where, action=action["title"], seconds=0.1, **more)
        return False
    if step == "jobs.train-from-local":
        for number, figure in enumerate((0.91, 0.72, 0.66, 0.64)):
            say("output", **where, stream="stdout", text=f"fold {number}: rmse {figure}")
            say("metric", **where, name="rmse", value=figure)
        say("metric", **where, name="r2", value=0.3514)
    done.add(thing(step, environment))
    say("action.finished", **where, action=action["title"], seconds=0.1)
    return True


def wait_for_release() -> None:
    while not Path(os.environ["RELEASE"]).exists() and not cancelled.is_set():
        time.sleep(0.01)


def confirm(step: str, environment: str, actions: list[dict[str, str]], word: str = "") -> bool:
    number = f"c-{step}"
    word = word or (GUARD["word"] if must_be_armed(environment) else "")
    say("confirm", id=number, step=step, environment=environment, actions=actions, word=word)
    with confirm_came:
        confirm_came.wait_for(lambda: number in confirmed or cancelled.is_set())
    return confirmed.pop(number, False)


def ask(step: str, environment: str) -> None:
    """Wait for an answer without which the action cannot begin."""
    name, prompt, choices = QUESTIONS[step][0]
    asked = {"name": name, "prompt": prompt, "help": "the name of a cluster that is free", "default": "mlops-dev"}
    say("question", step=step, environment=environment, **asked, choices=list(choices), secret=False)
    with confirm_came:
        confirm_came.wait_for(lambda: name in answers or cancelled.is_set())


def thing(step: str, environment: str) -> str:
    """What an action makes: one for all environments, but for the guarded one."""
    return key_of(step, environment) if "guarded" in SCENARIOS and environment == GUARD["environment"] else step


def must_be_armed(environment: str) -> bool:
    return "guarded" in SCENARIOS and environment == GUARD["environment"] and environment not in armed


def arm(environment: str, word: str) -> None:
    right = word == GUARD["word"]
    armed.update({environment} if right else ())
    say("armed", environment=environment, seconds=600.0 if right else 0.0, complaint="" if right else "wrong")


def walk(command: dict[str, object]) -> None:
    cancelled.clear()
    verb, chosen = command["do"], command.get("steps") or [key_of(step, env) for _, step, env, *_ in STEPS]
    say("started", command=verb, steps=chosen)
    if verb == "run":
        for number in range(3):
            say("output", step="run", environment="dev", stream="stdout", text=f"job line {number}")
        say("metric", step="run", environment="dev", name="r2", value=0.3514)
    status: dict[str, str] = {}
    actions_run = 0
    for _, step, environment, _, needs in STEPS if verb != "run" else ():
        if cancelled.is_set():
            break
        check(step, environment, needs, status)
        key = key_of(step, environment)
        if verb == "check" or key not in chosen or status[key] in ("ok", "skip"):
            continue
        actions = actions_of(step)
        say("step.planned", step=step, environment=environment, actions=actions, manual="")
        if verb == "apply" and (
            (command.get("yes") and not must_be_armed(environment)) or confirm(step, environment, actions)
        ):
            if step == "databricks.cluster" and "asks" in SCENARIOS:
                ask(step, environment)
            actions_run += 1
            if act(step, environment):
                check(step, environment, needs, status)
            else:
                status[key] = "fail"
    counts = {each: list(status.values()).count(each) for each in dict.fromkeys(status.values())}
    good = all(each == "ok" for each in status.values())
    more = {"critical_path": [], "critical_seconds": 0.1, "exit_code": 0 if good else 1}
    say("summary", command=verb, counts=counts, actions=actions_run, seconds=0.5, **more)


def tell_who(_: dict[str, object]) -> None:
    say("started", command="whoami", steps=[])
    asked = () if "nobody" in SCENARIOS else IDENTITIES
    for each in asked:
        say("identity.asked", **{name: each[name] for name in ("service", "place", "environment", "credential")})
    for number, each in enumerate(asked):
        if number == 1 and "slow-identity" in SCENARIOS:
            wait_for_release()
        status, message, fix = (
            REFUSED.get(each["service"], ("ok", "", "")) if "refused" in SCENARIOS else ("ok", "", "")
        )
        known = each if status == "ok" else {**each, "name": "", "expires": ""}
        say("identity", **{"tenant": "", **known}, status=status, message=message, fix=fix)
    say(
        "summary",
        command="whoami",
        counts={},
        actions=0,
        seconds=0.1,
        critical_path=[],
        critical_seconds=0,
        exit_code=0,
    )


def tell_differences(_: dict[str, object]) -> None:
    say("started", command="diff", steps=[])
    if "slow-diff" in SCENARIOS:
        wait_for_release()
    lines = [dict(zip(("section", "name", "first", "second", "verdict", "remark"), each, strict=True))
             for each in (fake_outline.REPLICA if "replica" in SCENARIOS else fake_outline.DIFFERENCES)]  # fmt: skip
    say("differences", first="test", second="prod", lines=lines)
    more = {"critical_path": [], "critical_seconds": 0, "exit_code": 0 if "replica" in SCENARIOS else 1}
    say("summary", command="diff", counts={}, actions=0, seconds=0.1, **more)


def tell_status(command: dict[str, object]) -> None:
    say("started", command="status", steps=[])
    if "slow-status" in SCENARIOS:
        wait_for_release()
    for area in fake_status.areas("unwell" in SCENARIOS, "empty" in SCENARIOS, int(command.get("pages", 1))):
        say("status.area", **area, read_at=0.0, seconds=0.2)
    more = {"critical_path": [], "critical_seconds": 0, "exit_code": 1 if "unwell" in SCENARIOS else 0}
    say("summary", command="status", counts={}, actions=0, seconds=0.3, **more)


def main() -> None:
    if "dies-always" in SCENARIOS:
        print("no such module: engine", file=sys.stderr)
        sys.exit(3)
    say("engine.ready", version="0.1.0", cloud="sandbox", pid=os.getpid(), protocol=1)
    show_checklist()
    worker: threading.Thread | None = None
    for line in sys.stdin:
        command = json.loads(line)
        verb = command["do"]
        if verb == "quit":
            break
        if verb == "cancel":
            cancelled.set()
        elif verb == "confirm":
            if "word" in command:
                arm("prod", command["word"])
            confirmed[command["id"]] = command["yes"]
        elif verb == "arm":
            arm(command["environment"], command["word"])
        elif verb == "disarm":
            armed.discard(command["environment"])
            say("armed", environment=command["environment"], seconds=0.0, complaint="")
        elif verb == "describe":
            show_checklist()
        elif verb == "answer":
            wrong = command["name"] == "prefix" and not (
                command["value"].isalpha() and 3 <= len(command["value"]) <= 10
            )
            complaint = "3 to 10 small letters are needed, because a storage account's name has no room for more"
            if not wrong:
                answers[command["name"]] = command["value"]
            say("answered", name=command["name"], value=command["value"], complaint=complaint if wrong else "")
            if not wrong:
                show_checklist()
        elif worker is not None and worker.is_alive():
            worker.join(0.5)  # the summary is out, the thread is about to end
            if worker.is_alive():
                say("problem", message="The engine is busy.", code="busy")
                continue
        if verb in ("check", "plan", "apply", "run", "whoami", "diff", "status", *fake_deeds.VERBS):
            told = {"whoami": tell_who, "diff": tell_differences, "status": tell_status}
            deed = functools.partial(fake_deeds.tell, say, confirm)
            target = deed if verb in fake_deeds.VERBS else told.get(verb, walk)
            worker = threading.Thread(target=target, args=(command,), daemon=True)
            worker.start()
        with confirm_came:
            confirm_came.notify_all()


main()
