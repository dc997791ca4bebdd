"""reconciler schema."""

from __future__ import annotations

import click


@click.command()
@click.argument("kind", required=False)
def schema(kind: str | None) -> None:
    """Print the JSON Schema of manifests of all kinds, or of one KIND; 'plan' is that of saved plans.

    \b
    Examples:
      reconciler schema > manifest.schema.json
      reconciler schema SynapseLink
      reconciler schema Configuration
      reconciler schema plan
    """
    from reconciler.manifests.references import nearest_name
    from reconciler.manifests.schemas import KINDS, PLAN, schema_text

    known = (*KINDS, PLAN)
    if kind is not None and kind not in known:
        nearest = nearest_name(kind, known)
        question = f" Did you mean '{nearest}'?" if nearest else ""
        raise click.UsageError(f"There is no kind {kind!r}.{question} Kinds: {', '.join(known)}.")
    click.echo(schema_text(kind), nl=False)
