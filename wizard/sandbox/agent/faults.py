"""Why a pipeline cannot be run: what the service tells instead of running it."""


class PipelineError(Exception):
    """The pipeline is not valid; the message is the service's, for the run's validation results."""


def at(file: str, place: object, message: str) -> PipelineError:
    """An error at a place of a file, where the place (a text of the file) is known."""
    line, column = getattr(place, "line", 0), getattr(place, "column", 0)
    where = f"/{file} (Line: {line}, Col: {column})" if line else f"/{file}"
    return PipelineError(f"{where}: {message}")
