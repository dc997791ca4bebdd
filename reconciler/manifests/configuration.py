"""reconciler.yaml, the trusted configuration: read and checked like a manifest, by a schema of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.manifests.checking import check_document
from reconciler.manifests.documents import Document, DocumentReader
from reconciler.manifests.files import read_file
from reconciler.manifests.findings import Finding, Place
from reconciler.manifests.guarding import check_guarding, guarding
from reconciler.manifests.places import locate
from reconciler.manifests.references import nearest_name
from reconciler.manifests.schemas import CONFIGURATION
from reconciler.model.assumption import BY_ID
from reconciler.model.cloud import CLOUDS
from reconciler.model.configuration import BlobLease, Configuration, SignIn
from reconciler.model.diagnostic import Location, sorted_diagnostics
from reconciler.model.errors import InvalidInput
from reconciler.model.limits import Limits, Service, Share

DEFAULT_FILE = Path("reconciler.yaml")


def load_configuration(path: Path | None) -> Configuration:
    """The configuration in a file. Without a path, ``reconciler.yaml`` where it exists, and the defaults otherwise.

    Raises InvalidInput, with every mistake, for a file that is missing or wrong.
    """
    if path is None:
        if not DEFAULT_FILE.exists():
            return Configuration()
        path = DEFAULT_FILE
    findings: list[Finding] = []
    data = _read(path, findings)
    if findings or data is None:
        raise InvalidInput(sorted_diagnostics(locate(findings)))
    return _configuration(data, str(path))


def _read(path: Path, findings: list[Finding]) -> Mapping[str, Any] | None:
    content = read_file(path, findings)
    if content is None:
        return None
    documents = list(DocumentReader().read(str(path), content, findings))
    for document in documents:
        findings += check_document(document, (CONFIGURATION,))
    if len(documents) != 1 and not findings:
        findings.append(_not_one(path, documents))
    if findings:
        return None
    data: Mapping[str, Any] = documents[0].data
    findings += _check_assumptions(str(path), documents[0].index, data.get("assumptions", {}))
    findings += check_guarding(data, str(path), documents[0].index)
    return data


def _configuration(data: Mapping[str, Any], file: str) -> Configuration:
    default = Configuration()
    return Configuration(
        cloud=CLOUDS[data.get("cloud", default.cloud.name)],
        manifests=data.get("manifests", default.manifests),
        concurrency=int(data.get("concurrency", default.concurrency)),
        sign_in=SignIn(data.get("signIn", default.sign_in)),
        assumptions=dict(sorted(data.get("assumptions", {}).items())),
        limits=_limits(data.get("limits", {})),
        lock=_lock(data.get("lock", {})),
        **guarding(data, file)._asdict(),
    )


def _lock(data: Mapping[str, Any]) -> BlobLease | None:
    if data.get("type") != "blob":
        return None
    return BlobLease(data["storageAccount"], data["container"], data["tenantId"].lower(), data.get("prefix", ""))


def _limits(data: Mapping[str, Any]) -> Limits:
    default = Limits()
    return Limits(
        {
            service: Share(data[service].get("percent", Share().percent), data[service].get("concurrent"))
            for service in Service
            if service in data
        },
        data.get("minutesPerEnvironment", default.minutes_per_environment),
        data.get("minutesPerChange", default.minutes_per_change),
    )


def _not_one(path: Path, documents: list[Document]) -> Finding:
    return Finding(
        code="not-one-document",
        summary="The configuration is one document.",
        place=documents[1].location if documents else Location(str(path)),
        found=f"{len(documents)} documents",
        expected="one document of kind Configuration",
        remedy="Merge them." if documents else "Write apiVersion and kind at least, or delete the file.",
    )


def _check_assumptions(file: str, document: int, assumptions: Mapping[str, str]) -> list[Finding]:
    findings = []
    for name, answer in assumptions.items():
        known = BY_ID.get(name)
        if known is None:
            findings.append(
                Finding(
                    code="unknown-assumption",
                    summary=f"There is no assumption '{name}'.",
                    place=Place(file, document, ("assumptions", name), key=True),
                    found=name,
                    expected="one of " + ", ".join(sorted(BY_ID)),
                    nearest=nearest_name(name, BY_ID),
                    remedy="Correct the id, or delete the line. docs/fidelity.md lists the assumptions.",
                )
            )
        elif answer not in known.answers:
            findings.append(
                Finding(
                    code="not-one-of",
                    summary=f"'{answer}' is no answer to: {known.question}",
                    place=Place(file, document, ("assumptions", name)),
                    found=answer,
                    expected="one of " + ", ".join(known.answers),
                    nearest=nearest_name(answer, known.answers),
                    remedy="Write one of the answers.",
                )
            )
    return findings
