"""The operations as a page to be read, made of the schema: it needs nothing from elsewhere, and no script."""

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import quote

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; --line: #8886; --paper: #8881 }
body { margin: 0 }
main { max-width: 56rem; margin: 0 auto; padding: 1rem }
section { border-top: 1px solid var(--line); padding: .5rem 0 1rem }
h3 { margin: .75rem 0 .25rem }
h3 code { font-size: 1.125rem; font-weight: 700 }
h4 { margin: 1rem 0 .25rem; font-size: 1rem }
p { margin: .25rem 0 }
code, pre { font: .875rem/1.45 ui-monospace, monospace }
code { overflow-wrap: anywhere }
pre { background: var(--paper); border-radius: .5rem; margin: .25rem 0; padding: .75rem }
pre { max-height: 26rem; overflow: auto }
nav ul { columns: 20rem; list-style: none; margin: 0; padding: 0 }
nav li { break-inside: avoid; padding: .25rem 0 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line) }
td:first-child code { overflow-wrap: normal }
tr:target, section:target h3 { background: #fc63 }
@media (max-width: 40rem) {
  thead { position: absolute; clip-path: inset(50%) }
  tr, td { display: block; padding-right: 0 }
  tr { border-bottom: 1px solid var(--line); padding: .35rem 0 }
  td { border: 0; padding: 0 }
}
"""


def page(document: dict[str, Any], introduction: str, whom: dict[str, str], codes: list[tuple[str, int, str]]) -> str:
    """The whole page; `whom` says for each access who that is."""
    found = [(method, path, told) for path, methods in document["paths"].items() for method, told in methods.items()]
    contents = "".join(
        f'<li><a href="#{_anchor(method, path)}"><code>{method.upper()} {escape(path)}</code></a></li>'
        for method, path, _ in found
    )
    title = escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title} API</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/api/docs.css"><main>'
        f"<h1>{title} API</h1><p>{_text(introduction)}</p>"
        '<p><a href="/api/openapi.json">OpenAPI for machines</a></p>'
        f"<nav><h2>Operations</h2><p>All under <code>/api</code>.</p><ul>{contents}"
        '<li><a href="#codes">Codes of problems</a></li></ul></nav>'
        + "".join(_section(method, path, told, document, whom) for method, path, told in found)
        + '<h2 id="codes">Codes of problems</h2>'
        + _table(("Code", "Status", "Sentence"), ((code, str(status), sentence) for code, status, sentence in codes))
        + "</main></html>"
    )


def _section(method: str, path: str, told: dict[str, Any], document: dict[str, Any], whom: dict[str, str]) -> str:
    return (
        f'<section id="{_anchor(method, path)}"><h3><code>{method.upper()} /api{escape(path)}</code></h3>'
        f"<p>{_text(told['description'])}</p><p>For {_text(_for(told, whom))}.</p>"
        + _fields("Parameters", [_parameter(each, document) for each in told.get("parameters", [])])
        + "".join(_fields(heading, rows) for heading, rows in _bodies(told, document))
        + "".join(f"<h4>Request</h4>{_pre(request)}" for request in _requests(method, path, told))
        + "".join(_answer(status, answer) for status, answer in told["responses"].items() if status.startswith("2"))
        + "</section>"
    )


def _for(told: dict[str, Any], whom: dict[str, str]) -> str:
    persons = whom[told["x-access"]]
    return f"{persons}, and keys for `{told['x-scope']}`" if "x-scope" in told else persons


def _parameter(told: dict[str, Any], document: dict[str, Any]) -> tuple[str, str, str]:
    where = told["in"] + (", needed" if told.get("required") else "")
    return told["name"], f"{_kind(told['schema'], document)} ({where})", told.get("description", "")


def _bodies(told: dict[str, Any], document: dict[str, Any]) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    for content in told.get("requestBody", {}).get("content", {}).values():
        forms = content["schema"].get("oneOf") or content["schema"].get("anyOf") or [content["schema"]]
        for form in forms:
            shape = _resolved(form, document)
            needed = shape.get("required", [])
            heading = "Body" if len(forms) == 1 else f"Body: {shape.get('description', shape.get('title', ''))}"
            yield (
                heading,
                [
                    (name, _kind(field, document) + (" (needed)" if name in needed else ""), _about(field, document))
                    for name, field in shape.get("properties", {}).items()
                ],
            )


def _kind(schema: dict[str, Any], document: dict[str, Any]) -> str:
    """What may stand there, in a few words."""
    forms = [form for form in schema.get("anyOf") or schema.get("oneOf") or [schema] if form.get("type") != "null"]
    shape = _resolved(forms[0], document)
    if "enum" in shape:
        return " | ".join(f"`{value}`" for value in shape["enum"])
    if shape.get("type") == "array":
        return f"list of {_kind(shape['items'], document)}"
    words = [str(shape.get("format") or shape.get("type") or "value")]
    least, most = shape.get("minimum"), shape.get("maximum")
    if least is not None and most is not None and most < 2**31 - 1:
        words.append(f"{least:g} to {most:g}")
    if longest := shape.get("maxLength") if shape.get("type") == "string" else None:
        words.append(f"up to {longest}")
    return ", ".join(words)


def _about(field: dict[str, Any], document: dict[str, Any]) -> str:
    forms = [field, *(field.get("anyOf") or [])]
    found: str = next((form["description"] for form in forms if "description" in form), "")
    return found


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _requests(method: str, path: str, told: dict[str, Any]) -> list[str]:
    """As they go over the wire, one of each form, but for who sends them."""
    query, headers = [], []
    for each in told.get("parameters", []):
        value = each.get("example")
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", quote(str(value), safe=""))
        elif each["in"] == "query" and (each.get("required") or _is_shown(each)):
            query.append(f"{each['name']}={quote(str(value), safe=':')}")
        elif each["in"] == "header":
            headers.append(f"{each['name']}: {value}")
    lines = [f"{method.upper()} /api{path}" + (f"?{'&'.join(query)}" if query else "")]
    for kind, content in told.get("requestBody", {}).get("content", {}).items():
        shown = [each["value"] for each in content.get("examples", {}).values()] or [content.get("example")]
        return ["\n".join([*lines, *headers, f"Content-Type: {kind}", "", _json(each)]) for each in shown]
    return ["\n".join([*lines, *headers])]


def _is_shown(parameter: dict[str, Any]) -> bool:
    forms = [parameter["schema"], *(parameter["schema"].get("anyOf") or [])]
    return parameter["name"] != "cursor" and any(form.get("examples") for form in forms)


def _answer(status: str, answer: dict[str, Any]) -> str:
    examples = [_pre(_json(content.get("example"))) for content in answer.get("content", {}).values()]
    return f"<h4>Answer {status}</h4>" + ("".join(examples) or "<p>No body.</p>")


def _fields(heading: str, rows: list[tuple[str, str, str]]) -> str:
    return f"<h4>{_text(heading)}</h4>" + _table(("Name", "What", ""), rows) if rows else ""


def _table(heads: tuple[str, ...], rows: Any) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        f"<tr{_place(name, heads)}><td><code>{escape(name)}</code></td>"
        + "".join(f"<td>{_text(cell)}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _place(name: str, heads: tuple[str, ...]) -> str:
    """A problem's `type` leads to its code."""
    return f' id="{escape(name)}"' if heads[0] == "Code" else ""


def _anchor(method: str, path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{method}{path}".lower()).strip("-")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _pre(text: str) -> str:
    return f"<pre tabindex=0>{escape(text)}</pre>"


def _text(text: str) -> str:
    """Escaped, with what stands between backticks set as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))
