"""The machine of a job: its folders, its Python, and an environment made from nothing."""

import contextlib
import importlib
import os
import sys
import sysconfig
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

# All that a job inherits from the sandbox's own environment, besides pip's settings: nothing that names an account.
_INHERITED = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "JAVA_HOME")
# The way into this cloud; who one is there is the pipeline's business.
_WAY = (
    "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "MLFLOW_DISABLE_TELEMETRY",
    "GIT_TERMINAL_PROMPT",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """The folders of one job, below its work folder."""

    work: Path

    @property
    def sources(self) -> Path:
        """Where the repository is checked out."""
        return self.work / "s"

    @property
    def temporary(self) -> Path:
        """Agent.TempDirectory."""
        return self.work / "_temp"

    @property
    def staging(self) -> Path:
        """Build.ArtifactStagingDirectory."""
        return self.work / "a"

    @property
    def python(self) -> Path:
        """The job's Python environment."""
        return self.work / "_tool" / "Python" / "3.11" / "x64"

    def prepare(self) -> None:
        """Make the folders and the Python environment, in which all is installed that the sandbox's own has."""
        for folder in (self.sources, self.temporary, self.staging, self.work / "b", self.work / "home"):
            folder.mkdir(parents=True, exist_ok=True)
        venv.EnvBuilder(symlinks=True).create(self.python)
        own = Path(sysconfig.get_path("purelib"))
        added = self.python / "lib" / f"python3.{sys.version_info.minor}" / "site-packages" / "machine.pth"
        added.write_text(f"{own}\n")
        self._scripts(Path(sysconfig.get_path("scripts")))

    def _scripts(self, own: Path) -> None:
        """Give the environment the commands of the installed packages, run by its own Python."""
        for script in own.iterdir():
            place = self.python / "bin" / script.name
            if place.exists() or place.is_symlink() or not script.is_file() or script.name.startswith("python"):
                continue
            content = script.read_bytes()
            begin = f"#!{own}/".encode()
            if content.startswith(begin):
                line, _, rest = content.partition(b"\n")
                place.write_bytes(line.replace(begin, f"#!{self.python}/bin/".encode()) + b"\n" + rest)
                place.chmod(0o755)
            elif not content.startswith(b"#"):
                place.symlink_to(script)

    def environment(self, way: Mapping[str, str]) -> dict[str, str]:
        """What every process of the job sees, before variables; `way` is how one gets into this cloud."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        inherited |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        found = inherited | {name: way[name] for name in _WAY if name in way} | _pip(way)
        own = str(Path(sysconfig.get_path("scripts")))
        path = [each for each in os.environ.get("PATH", os.defpath).split(os.pathsep) if each != own]
        return found | {
            "PATH": os.pathsep.join([str(self.python / "bin"), *path]),
            "HOME": str(self.work / "home"),
            "TMPDIR": str(self.temporary),
            "AZURE_CONFIG_DIR": str(self.temporary / ".azclitask"),
            "VSTS_AGENT": "1",
            "TF_BUILD": "True",
        }


def _pip(way: Mapping[str, str]) -> dict[str, str]:
    """How pip gets to packages as it does outside of jobs: its own files, and around this cloud's proxy."""
    found: dict[str, str] = {}
    file = Path.home() / ".config" / "pip" / "pip.conf"
    if file.is_file() and "PIP_CONFIG_FILE" not in os.environ:
        found["PIP_CONFIG_FILE"] = str(file)
    outside = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    if outside and outside != way.get("HTTPS_PROXY"):
        return found | {"PIP_PROXY": outside}
    direct = ",".join(each for each in (way.get("NO_PROXY", ""), *_package_hosts()) if each)
    return found | {"NO_PROXY": direct, "no_proxy": direct}


def _package_hosts() -> list[str]:
    """Where packages come from, outside of this cloud: the index that pip is told of, and the one it knows itself."""
    told = (os.environ.get(name, "") for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"))
    hosts = [urlsplit(url).hostname or "" for urls in told for url in urls.split()]
    with contextlib.suppress(ImportError, AttributeError):
        index = importlib.import_module("pip._internal.models.index").PyPI
        hosts += [index.netloc, index.file_storage_domain]
    return hosts
