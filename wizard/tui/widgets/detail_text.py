"""The words of the detail pane: all that is known of one step, as styled text. Nothing in it is ever markup."""

from __future__ import annotations

from textual.content import Content

from wizard.tui.board import Board
from wizard.tui.commands import key_of
from wizard.tui.looks import look, run_look
from wizard.tui.rows import StepRow

Part = tuple[str, str]
HEADING = "bold $text-primary"
MUTED = "$foreground-muted"
CODE = "$text-accent"
YOU = "you"  # who must act, where that is the reader
BAR_CELLS = 30
STYLE_OF = {token: f"$text-{token}" for token in ("success", "primary", "warning", "error", "accent")}
STYLE_OF["muted"] = MUTED
RISKS = {"costs money": "$text-warning", "hard to undo": "$text-error"}


def detail(board: Board, row: StepRow) -> Content:
    """Status first, then what to do, then why and how."""
    sections = (
        _status(row, board),
        _at_work(row, board),
        _run(row, board),
        _notice(row, board),
        _fix(row, board),
        _block("Why", row.why),
        _block("Optional", _optional(row, board)),
        _block("Proof", row.proof),
        _plan(row),
        _inputs(row),
        _needs(row, board),
        _works(row, board),
        _block("By hand", row.manual),
        _links(row),
    )
    return Content.assemble(*(part for section in sections for part in section))


def as_text(row: StepRow) -> str:
    """What is worth copying of a step: status, message, fix, proof, commands."""
    _, word, _, _ = look(row.status, row.remembered)
    lines = [f"{row.key}: {word}: {row.message}"]
    lines += [f"next action: {row.fix}"] if row.fix else []
    lines += [f"diagnosis: {row.diagnosis}"] if row.diagnosis else []
    lines += [f"to send to {row.who}: {row.message_to_send}"] if row.message_to_send else []
    lines += [f"proof: {row.proof}"] if row.proof else []
    lines += [action["command"] for action in row.plan or () if action.get("command")]
    lines += list(row.links)
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Minutes and seconds, as a clock shows them."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def progress_bar(fraction: float, cells: int = BAR_CELLS) -> list[Part]:
    """A bar of so many cells and the percentage."""
    filled = round(max(0.0, min(1.0, fraction)) * cells)
    return [("━" * filled, "$success"), ("─" * (cells - filled), MUTED), (f" {fraction:4.0%}\n", "")]


def _block(title: str, text: str) -> list[Part]:
    return [(f"{title}\n", HEADING), (f"{text.strip()}\n\n", "")] if text.strip() else []


def _optional(row: StepRow, board: Board) -> str:
    if row.reason is None or row.settled:
        return ""
    return f"You can leave this step out: press {key_of(board, 'leave-out')} and give a reason."


def _status(row: StepRow, board: Board) -> list[Part]:
    glyph, word, _, token = look(row.shown_status, row.remembered and not row.busy)
    parts: list[Part] = [
        (f"{row.title}\n", "bold"),
        (f"{row.key}\n\n", MUTED),
        (f"{glyph} {word}", f"bold {STYLE_OF[token]}"),
    ]
    if row.message:
        before = "before: " if row.busy else ""  # what is being done now stands below
        parts.append((f"  {before}{row.message}", MUTED if row.busy else ""))
    if row.remembered and not row.busy:
        since = f" on {row.checked.replace('T', ' ')[:16]}" if row.checked else ""
        parts.append((f"\nThis is a memory{since}; a live check will replace it.", MUTED))
    elif row.left_out:
        parts.append((f"\nNothing is done about it. Press {key_of(board, 'leave-out')} to take it in again.", MUTED))
    elif row.status == "skip":
        blocking = next((need for key in row.needs if (need := board.rows.get(key)) and not need.good), None)
        if blocking is not None and blocking.fix:
            parts.append((f"\nThere: {blocking.fix}", MUTED))
    return [*parts, ("\n\n", "")]


def _at_work(row: StepRow, board: Board) -> list[Part]:
    if not row.busy:
        return []
    parts: list[Part] = [
        (f"▸ {duration(board.now() - row.since)}  ", f"bold {CODE}"),
        (f"{row.progress or row.busy}\n", ""),
    ]
    if row.fraction is not None:
        parts += progress_bar(row.fraction)
    return [*parts, ("\n", "")]


def _run(row: StepRow, board: Board) -> list[Part]:
    """The stages of the step's run, and how to see more of it."""
    run = row.timeline
    if run is None or not run.title:
        return []
    glyph, word, _, token = run_look(run.status)
    parts: list[Part] = [
        (f"{run.title[:1].upper()}{run.title[1:]}", HEADING),
        (f"  {glyph} {word}", STYLE_OF[token]),
        (f"   {key_of(board, 'output')} shows jobs, steps and logs\n", MUTED),
    ]
    for line in (each for each in run.lines if not each.depth):
        glyph, word, _, token = run_look(line.status)
        seconds = line.seconds(board.wall())
        after = line.remark or ("" if seconds is None else duration(seconds))
        style = MUTED if line.remark else STYLE_OF[token]
        parts += [(f"{glyph} {word:<10}", style), (line.name, ""), (f"  {after}\n", MUTED)]
    return [*parts, ("\n", "")]


def _notice(row: StepRow, board: Board) -> list[Part]:
    if row.notice is None:
        return []
    parts: list[Part] = [("Your turn\n", "bold $text-warning"), (f"{row.notice.message}\n", "")]
    if row.notice.copy:
        parts.append((f"  {row.notice.copy}\n", "bold reverse"))
    if row.notice.link:
        parts.append((f"  {row.notice.link}\n", "underline $text-primary"))
    return [*parts, (f"asked {duration(board.now() - row.notice.since)} ago\n\n", MUTED)]


def _fix(row: StepRow, board: Board) -> list[Part]:
    if row.good:
        return []
    return (
        _block("Next action", row.fix)
        + _block("Who must act", row.who if row.who != YOU and not row.message_to_send else "")
        + _to_send(row.who, row.message_to_send, board)
        + _block("Diagnosis", row.diagnosis)
    )


def _to_send(who: str, message: str, board: Board) -> list[Part]:
    """A message to somebody else, and how to take it along."""
    if not message.strip():
        return []
    return [
        (f"Send this to {who}", HEADING),
        (f"   {key_of(board, 'copy-message')} copies it\n", MUTED),
        (f"{message.strip()}\n\n", ""),
    ]


def _plan(row: StepRow) -> list[Part]:
    if row.plan is None or (not row.plan and not row.good):
        return []
    if not row.plan:
        return [("Plan\n", HEADING), ("Nothing to do: the check found it as it should be.\n\n", MUTED)]
    parts: list[Part] = [("Plan\n", HEADING)]
    for number, action in enumerate(row.plan, start=1):
        parts += action_parts(number, action)
    return [*parts, ("\n", "")]


def action_parts(number: int, action: dict[str, str]) -> list[Part]:
    """One action of a plan: title, risk, and the command a person could type."""
    risk = action.get("risk", "none")
    parts: list[Part] = [(f"{number}. {action.get('title', '')}", "")]
    if risk != "none":
        parts.append((f"  ({risk})", RISKS.get(risk, "$text-warning")))
    parts.append(("\n", ""))
    return [*parts, (f"   {action['command']}\n", CODE)] if action.get("command") else parts


def _inputs(row: StepRow) -> list[Part]:
    inputs = [each for each in row.inputs if not each.leaves_out]
    if not inputs:
        return []
    parts: list[Part] = [("Inputs\n", HEADING)]
    width = max(len(each.prompt) for each in inputs)
    for each in inputs:
        value = "(kept secret)" if each.secret else each.shown or "(no answer yet)"
        remark = "  proposed" if each.default and not each.value and not each.secret else ""
        parts += [(f"{each.prompt:<{width}}  ", MUTED), (value, ""), (f"{remark}\n", MUTED)]
    return [*parts, ("\n", "")]


def _needs(row: StepRow, board: Board) -> list[Part]:
    needs = [board.rows[key] for key in row.needs if key in board.rows]
    if not needs:
        return []
    parts: list[Part] = [("Needs\n", HEADING)]
    for need in needs:
        glyph, word, _, token = look(need.shown_status, need.remembered)
        where = f" ({need.environment})" if need.environment else ""
        parts += [(f"{glyph} {word:<8}", STYLE_OF[token]), (f" {need.title}{where}\n", "")]
    return [*parts, ("\n", "")]


def _works(row: StepRow, board: Board) -> list[Part]:
    if not row.works:
        return []
    parts: list[Part] = [("Done in this session\n", HEADING)]
    for work in row.works:
        status = "fail" if work.failed else "ok" if work.ended is not None else "working"
        glyph, _, _, token = look(status)
        parts += [
            (f"{glyph} ", STYLE_OF[token]),
            (work.title, ""),
            (f"  {duration(work.seconds(board.now()))}\n", MUTED),
        ]
        parts += [(f"   {work.command}\n", CODE)] if work.command else []
    return [*parts, ("\n", "")]


def _links(row: StepRow) -> list[Part]:
    links = [*row.links, *([row.docs] if row.docs else [])]
    if not links:
        return []
    return [("Links\n", HEADING), *((f"{link}\n", "underline") for link in links)]
