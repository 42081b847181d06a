"""PublishTestResults@2: results of tests in JUnit's form, counted for the run."""

from pathlib import Path
from xml.etree import ElementTree

from wizard.sandbox.agent.step_run import FAILED, ISSUES, SUCCEEDED, StepRun


def run(step: StepRun) -> str:
    """Read the files that were asked for, and keep what they say."""
    kind = step.input("testResultsFormat", "testRunner", default="JUnit")
    if kind.lower() != "junit":
        step.log.issue("error", f"Test results in the form {kind} are not read here; JUnit ones are.")
        return FAILED
    folder = step.job.machine.sources / step.input("searchFolder")
    patterns = step.input("testResultsFiles", default="**/TEST-*.xml").split("\n")
    files = sorted({file for pattern in patterns if pattern.strip() for file in _matching(folder, pattern.strip())})
    if not files:
        step.log.issue("warning", f"No test result files matching '{patterns}' were found.")
        return ISSUES
    passed = failed = skipped = 0
    for file in files:
        try:
            cases = list(ElementTree.parse(file).iter("testcase"))  # noqa: S314 - the job's own file
        except ElementTree.ParseError as error:
            step.log.issue("warning", f"Failed to read {file}. Error : {error}.")
            continue
        bad = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
        left_out = sum(1 for case in cases if case.find("skipped") is not None)
        failed, skipped, passed = failed + bad, skipped + left_out, passed + len(cases) - bad - left_out
    step.job.host.add_tests(passed, failed, skipped)
    step.log.line(f"Result Attachments will be stored in LogStore. Passed {passed}, failed {failed}, skipped {skipped}")
    if failed and step.input("failTaskOnFailedTests").lower() == "true":
        step.log.issue("error", "There are one or more test failures detected in result files.")
        return FAILED
    return SUCCEEDED


def _matching(folder: Path, pattern: str) -> list[Path]:
    if Path(pattern).is_absolute():
        return [Path(pattern)] if Path(pattern).is_file() else []
    return [file for file in folder.glob(pattern) if file.is_file()]
