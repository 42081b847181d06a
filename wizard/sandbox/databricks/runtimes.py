"""The Databricks runtimes that a workspace offers.

Versions, Spark versions and long-term support as of late 2026:
https://learn.microsoft.com/azure/databricks/release-notes/runtime/. From 18 on a runtime has one key for all of
its minor versions ("18.x-scala2.13").
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Release:
    """One release; every release comes in the same four variants."""

    version: str  # as the key has it
    title: str
    spark: str
    scala: tuple[str, ...]


_RELEASES = (
    _Release("19.x", "19", "4.2.0", ("2.13",)),
    _Release("18.x", "18 LTS", "4.1.0", ("2.13",)),
    _Release("17.3.x", "17.3 LTS", "4.0.0", ("2.13",)),
    _Release("16.4.x", "16.4 LTS", "3.5.2", ("2.13", "2.12")),
    _Release("15.4.x", "15.4 LTS", "3.5.0", ("2.12",)),
    _Release("14.3.x", "14.3 LTS", "3.5.0", ("2.12",)),
)


def _versions() -> dict[str, str]:
    found = {}
    for release in _RELEASES:
        for scala in release.scala:
            engine, tail = f"includes Apache Spark {release.spark}", f"Scala {scala}"
            key = f"{release.version}-{{}}scala{scala}"
            found[key.format("")] = f"{release.title} ({engine}, {tail})"
            found[key.format("photon-")] = f"{release.title} Photon ({engine}, {tail})"
            found[key.format("cpu-ml-")] = f"{release.title} ML ({engine}, {tail})"
            found[key.format("gpu-ml-")] = f"{release.title} ML ({engine}, GPU, {tail})"
    return found


SPARK_VERSIONS = _versions()  # key -> name
