"""What a probe found, as text, Markdown for a public issue, and JSON. Everything here comes from a type that holds no
value of a tenant's; names of fields are escaped all the same."""

from __future__ import annotations

from reconciler.live.probe.report import Field, Observation, Report, Section, Verdict
from reconciler.model.assumption import BY_ID
from reconciler.model.canonical import JsonValue
from reconciler.model.phrases import number_of
from reconciler.reports.escape import code

FORMAT_VERSION = 1
_FOLD = 6


def probe_document(report: Report) -> dict[str, JsonValue]:
    """The report as a JSON document; docs/probe.md describes it."""
    return {
        "formatVersion": FORMAT_VERSION,
        "toolVersion": report.tool_version,
        "cloud": report.cloud,
        "environments": report.environments,
        "assumptions": [
            {
                "id": each.id,
                "verdict": each.verdict.value,
                "assumed": BY_ID[each.id].assumed,
                "seen": dict(each.seen),
                "why": each.why.value if each.why else None,
            }
            for each in report.observations
        ],
        "shapes": [_section_document(section) for section in report.sections],
    }


def _section_document(section: Section) -> dict[str, JsonValue]:
    return {
        "name": section.name,
        "documents": section.documents,
        "fields": [
            {
                "name": each.name,
                "known": each.known,
                "forms": list[JsonValue](sorted(form.value for form in each.forms)),
                "numbers": list[JsonValue](sorted(each.numbers)),
                "words": list[JsonValue](sorted(each.words)),
            }
            for each in section.fields
        ],
        "missing": list[JsonValue](section.missing),
        "unnamed": section.unnamed,
        "unread": {reason.value: number for reason, number in section.unread.items()},
    }


def render_probe(report: Report) -> str:
    """A line for each assumption, then what could not be read, then what looked otherwise than is known."""
    lines = [f"Probe: {_counts(report)}"]
    width = max((len(each.id) for each in report.observations), default=0)
    lines += [f"  {each.verdict.value:<7} {each.id.ljust(width)}  {_seen(each)}" for each in report.observations]
    lines += [
        f"  not read: {section.name} ({_unread(section)})"
        for section in report.sections
        if section.unread and "." not in section.name
    ]
    for section in report.sections:
        strange = [each.name for each in section.fields if not each.known]
        if strange or section.unnamed:
            lines.append(
                f"  unknown fields of {section.name}: {', '.join(strange) or 'none that is named'}{_more(section)}"
            )
        if section.missing:
            rest = len(section.missing) - _FOLD
            more = f" and {rest} more" if rest > 0 else ""
            lines.append(f"  known fields that {section.name} lacks: {', '.join(section.missing[:_FOLD])}{more}")
    return "\n".join(lines) + "\n"


def render_probe_markdown(report: Report) -> str:
    """The report for an issue: the assumptions, then the shapes folded away."""
    lines = [
        "## What a tenant shows",
        "",
        f"`reconciler probe` {code(report.tool_version)}, cloud {code(report.cloud)}: {_counts(report)}.",
        "Counts are of environments. Nothing here is a name, an id, an address or a content.",
        "",
        "| assumption | verdict | assumed | seen |",
        "|---|---|---|---|",
        *(
            f"| {code(each.id)} | {each.verdict.value} | {code(BY_ID[each.id].assumed)} | {_seen(each)} |"
            for each in report.observations
        ),
        "",
        "<details><summary>Shapes</summary>",
        "",
    ]
    for section in report.sections:
        lines += _section_markdown(section)
    return "\n".join([*lines, "</details>"]) + "\n"


def _section_markdown(section: Section) -> list[str]:
    read = f": not read ({_unread(section)})" if section.unread and not section.documents else ""
    lines = [f"### {code(section.name)}{read}", ""]
    if not section.documents:
        return [*lines, *([] if read else ["No documents.", ""])]
    if section.unread:
        lines += [f"Not read everywhere: {_unread(section)}.", ""]
    lines += ["| field | forms | values of choices |", "|---|---|---|"]
    lines += [_field_row(each) for each in section.fields]
    lines += ["", *([f"Never there: {', '.join(map(code, section.missing))}.", ""] if section.missing else [])]
    return [*lines, *([f"{_more(section).strip(' ,').capitalize()}.", ""] if section.unnamed else [])]


def _field_row(field: Field) -> str:
    name = code(field.name) + ("" if field.known else " (unknown)")
    forms = ", ".join(sorted(form.value for form in field.forms))
    return f"| {name} | {forms} | {', '.join([*map(str, sorted(field.numbers)), *sorted(field.words)])} |"


def _counts(report: Report) -> str:
    verdicts = [each.verdict for each in report.observations]
    counted = ", ".join(f"{verdicts.count(verdict)} {verdict.value}" for verdict in Verdict if verdict in verdicts)
    return f"{number_of(report.environments, 'environment')}; {counted or 'nothing asked'}"


def _seen(observation: Observation) -> str:
    if observation.why:
        return observation.why.value
    return ", ".join(f"{answer} in {number}" for answer, number in observation.seen.items())


def _unread(section: Section) -> str:
    return ", ".join(f"{reason.value} in {number}" for reason, number in section.unread.items())


def _more(section: Section) -> str:
    return f", {section.unnamed} whose names are not told" if section.unnamed else ""
