"""Help pages and steps go together."""

import re

from wizard.help.page import BY_HAND_ONLY, PASSAGES, pages
from wizard.steps.checklist import CHECKLIST

WIDEST = 150


def test_every_step_has_a_page_that_says_something():
    found = pages(CHECKLIST)
    assert list(found) == list(dict.fromkeys(each.step.id for each in CHECKLIST.instances))
    for each in found.values():
        assert each.title, each.id
        assert each.why, each.id
        assert each.check, each.id
        assert each.docs or each.passage, each.id
        assert each.does != BY_HAND_ONLY or each.manual, each.id


def test_no_passage_is_of_a_step_that_is_not_there():
    assert {file.stem for file in PASSAGES.glob("*.md")} - pages(CHECKLIST).keys() == set()


def test_steps_and_answers_that_passages_name_are_there():
    known = set(pages(CHECKLIST)) | {name for name, _ in CHECKLIST.questions()}
    areas = "|".join(sorted({name.partition(".")[0] for name in known if "." in name}))
    for file in PASSAGES.glob("*.md"):
        text = file.read_text(encoding="utf-8")
        named = set(re.findall(rf"(?<![\w/.-])(?:{areas})\.[a-z][\w-]*", text)) - {"mlops-wizard.toml"}
        assert named - known == set(), file.name


def test_passages_are_of_paragraphs_lists_and_commands_alone():
    for file in PASSAGES.glob("*.md"):
        lines = file.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if line.startswith(("#", "|", "```", ">")) or len(line) > WIDEST] == [], (
            file.name
        )
