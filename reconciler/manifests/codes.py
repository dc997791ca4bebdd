"""Every code of a diagnostic of manifests and configuration. Codes are stable; texts are not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means, and what to do about it."""

    meaning: str
    remedy: str


CODES: dict[str, Code] = {
    "ambiguous-scalar": Code(
        "Unquoted text that readers of YAML read differently: no, on, ~, 010, 1e3, 1_000, 12:30, dates.",
        "Quote it where text is meant; write true, false or a plain decimal number where that is meant.",
    ),
    "append-only-needs-year": Code(
        "A table is append-only and partitioned by month, by its own settings or by defaults. The service partitions "
        "append-only tables by year.",
        "Write partition: year, or appendOnly: false.",
    ),
    "conflicting-settings": Code(
        "Two lists, or a list and a link, give one table different settings.",
        "Let one of them name the table, or give both the same setting.",
    ),
    "control-character": Code("The file holds a character that YAML does not allow.", "Delete it."),
    "duplicate-environment": Code(
        "Two Environment manifests have one environmentId or url.",
        "Describe an environment once.",
    ),
    "duplicate-key": Code("A mapping has a field twice; readers of YAML would drop one.", "Delete one of the two."),
    "duplicate-link": Code(
        "Two SynapseLink manifests describe one live link: the same environment and storage account, or two Links to "
        "Fabric of one environment.",
        "Merge them. A list of tables may serve several links.",
    ),
    "duplicate-resource": Code("Two manifests of a kind have one name.", "Rename one of them."),
    "duplicate-table": Code("A list names a table twice.", "Delete one of the lines."),
    "empty-file": Code("A file holds no manifest. A warning.", "Write one, or delete the file."),
    "field-not-allowed": Code(
        "A field has no meaning beside another: a Spark pool of a csv link, data of a link that is present.",
        "Delete it, or correct the other.",
    ),
    "finops-on-csv": Code(
        "A Finance and Operations table in a link of type csv, which can't export it.",
        "Put it into a link of type delta, incremental or fabric.",
    ),
    "foreign-host": Code(
        "The url of an environment is no Dataverse address of the configured cloud. No token is sent elsewhere.",
        "Correct the url, or cloud in reconciler.yaml.",
    ),
    "interval-too-short": Code(
        "The interval of an incremental link is shorter than the service takes.", "Write 15m, or a longer time."
    ),
    "invalid-guard": Code("A guard of the configuration has a time or a name that can't be.", "Correct it."),
    "invalid-manifest": Code(
        "The schema refuses the document, for a reason that can't be told.",
        "Compare it with the schema.",
    ),
    "invalid-name": Code(
        "A label, value or other name that is free to choose has characters it may not.", "Rename it."
    ),
    "invalid-placeholder": Code("Text with ${ that is no placeholder.", "Write ${values.name}."),
    "json-syntax": Code(
        "The JSON in a link of a solution is none.",
        "Undo what was done to it by hand or script, or export the solution again.",
    ),
    "key-not-text": Code("The name of a field is a number, a boolean, a list or nothing.", "Quote it."),
    "link-to-folder": Code(
        "A symbolic link to a folder was not followed. A warning.",
        "Put the folder itself there.",
    ),
    "merge-key": Code("YAML's merge key << is not supported.", "Write the fields out, or use tableDefaults."),
    "missing-field": Code("A field is needed, and not there.", "Add it."),
    "no-manifests": Code(
        "The folder holds no manifest. It is never taken for an empty fleet.",
        "Check the path.",
    ),
    "no-such-part": Code(
        "A role assignment or lineage source names a part that the link's destination does not have.",
        "Name another part, or a resource id.",
    ),
    "no-such-path": Code("The file or folder does not exist.", "Check the path."),
    "no-tables": Code("A link exports no table.", "Name tables or lists; a link that should go needs state: absent."),
    "not-a-solution": Code(
        "A file to import from holds no link of a solution.",
        "Put the Azure Synapse Link configuration into the solution, and export it again.",
    ),
    "not-a-mapping": Code("A document is a list or a single value.", "Write one manifest a document."),
    "not-one-document": Code("The configuration is not exactly one document.", "Merge the documents."),
    "not-one-of": Code("A value is none of those that are possible.", "Write one of them."),
    "not-utf8": Code("The file is in another encoding.", "Save it as UTF-8."),
    "one-of-fields": Code("None, or more than one, of several fields is given.", "Give exactly one."),
    "out-of-range": Code("A number, text or list is too small or too large.", "Keep to the bound."),
    "outside-root": Code(
        "A symbolic link leads out of the folder of manifests, or is that folder itself and leads out of the working "
        "folder; it was not read.",
        "Put the file itself there.",
    ),
    "placeholder-not-allowed": Code(
        "A placeholder stands where nothing is filled in: names, labels, policies.",
        "Write the value itself.",
    ),
    "setting-ignored": Code(
        "Tables of an incremental, delta or fabric link say how they are to be written, of which such a link takes no "
        "notice. A warning.",
        "Take the settings out, or leave them for csv links that include the same list.",
    ),
    "tab-indentation": Code("A line is indented with a tab.", "Indent with spaces."),
    "table-name-case": Code(
        "A Dataverse table is not named by its logical name, which is in lower case.",
        "Write the logical name, or source: finops.",
    ),
    "table-present-and-absent": Code(
        "A table is in tables (or a list) and in absentTables.", "Delete one of the lines."
    ),
    "too-deep": Code("A document is nested too deeply.", "Look for brackets that are not closed."),
    "too-large": Code("A file is larger than 8 MiB, or all files than 64 MiB.", "Split it, or share lists."),
    "too-many-aliases": Code(
        "The aliases of a document multiply beyond a bound, or hold themselves.",
        "Write the values out.",
    ),
    "too-many-errors": Code(
        "A document or file has more errors than are shown.", "Mend those that are, and validate again."
    ),
    "too-many-files": Code("There are more than 20,000 files of manifests.", "Put several manifests into a file."),
    "undefined-value": Code(
        "A placeholder names a value that the link's environment does not have.",
        "Correct the name, or add the value to the environment.",
    ),
    "unknown-assumption": Code("The configuration answers a question that is not in the register.", "Correct the id."),
    "unknown-field": Code("A field does not exist there.", "Correct the name, or delete it."),
    "unknown-kind": Code("There is no such kind.", "Correct kind, or move the file out of the folder."),
    "unknown-reference": Code("A name stands for a manifest that does not exist.", "Correct it, or add the manifest."),
    "unreadable-file": Code("A file or folder can't be read, or is no regular file.", "Check its rights."),
    "unused-list": Code("No link includes a list of tables. A warning.", "Include it, or delete it."),
    "wrong-format": Code("A text is not written as it has to be.", "Write it as the diagnostic says."),
    "wrong-type": Code("A value is of the wrong type.", "Write it as the diagnostic says."),
    "xml-doctype": Code(
        "The XML of a solution declares a document type, which could make a reader open files or grow without bound.",
        "Delete it: exported solutions have none.",
    ),
    "xml-syntax": Code("The file is no valid XML.", "Export the solution again, or look at that line."),
    "yaml-syntax": Code(
        "The file is no valid YAML; it was read up to that place.", "Correct it there, or just before."
    ),
    "yaml-tag": Code("YAML tags (!name) are not supported.", "Leave the tag out."),
}
