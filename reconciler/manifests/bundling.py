"""``python -m reconciler.manifests.bundling schemas``: writes manifest.schema.json from the schemas of the kinds."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from reconciler.manifests.schemas import bundle


def render_bundle() -> str:
    """The text of ``manifest.schema.json``."""
    return json.dumps(bundle(), indent=2, ensure_ascii=False) + "\n"


def main(folder: Path) -> None:
    """Writes the file into a folder."""
    (folder / "manifest.schema.json").write_text(render_bundle(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
