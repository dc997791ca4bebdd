"""Small manifests to build cases from."""

from __future__ import annotations

from pathlib import Path

from reconciler.manifests import LoadResult, load
from reconciler.model.cloud import CLOUDS
from reconciler.model.diagnostic import Diagnostic

SUBSCRIPTION = "6c9b7a52-3c1e-4a56-9d0b-2f7f5a1c8e11"
ACCOUNT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/lake/providers/Microsoft.Storage/storageAccounts"
WORKSPACE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/lake/providers/Microsoft.Synapse/workspaces/contoso"


def environment(name: str = "prod", number: int = 1, values: str = "{}", url: str = "") -> str:
    return f"""\
apiVersion: reconciler/v1
kind: Environment
metadata:
  name: {name}
spec:
  environmentId: 0f1d3c5b-7a92-4e86-b1d4-{number:012d}
  url: {url or f"https://contoso{number}.crm4.dynamics.com"}
  tenantId: 2b8e4d6f-1a3c-4c5e-8f70-9a1b2c3d4e5f
  values: {values}
"""


def link(name: str = "sales", rest: str = "  tables: [account]\n", env: str = "prod", account: str = "lakeone") -> str:
    return f"""\
apiVersion: reconciler/v1
kind: SynapseLink
metadata:
  name: {name}
spec:
  environment: {env}
  destination:
    type: csv
    storageAccount: {ACCOUNT}/{account}
    container: dataverse-contoso
{rest}"""


def tables(name: str = "team", rest: str = "  tables: [lead]\n") -> str:
    return f"""\
apiVersion: reconciler/v1
kind: ExportedTables
metadata:
  name: {name}
spec:
{rest}"""


def documents(*texts: str) -> str:
    return "---\n".join(texts)


def loaded(folder: Path, *texts: str | bytes) -> LoadResult:
    """The result for a folder with one file a text: 0.yaml, 1.yaml and so on."""
    for number, text in enumerate(texts):
        content = text if isinstance(text, bytes) else text.encode()
        (folder / f"{number}.yaml").write_bytes(content)
    return load(folder, CLOUDS["public"])


def only(result: LoadResult) -> Diagnostic:
    assert len(result.diagnostics) == 1, [(str(d.location), d.code, d.summary) for d in result.diagnostics]
    return result.diagnostics[0]
