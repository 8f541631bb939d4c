"""The documentation page of the API: the OpenAPI document as HTML for people.

The page is made on the server, without a script and without an asset of another host, so that it
reads alike on a network that is closed to the world. The policy of the page allows its own style
sheet, by digest, and nothing else.
"""

from __future__ import annotations

import base64
import json
import re
from functools import cached_property
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any, Final

from fastapi.responses import HTMLResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fastapi import FastAPI

Schema = dict[str, Any]
PATH: Final = "/api/v1/docs"
_REF: Final = "#/components/schemas/"
_NAMES: Final = {"string": "text", "integer": "whole number", "null": "null"}
_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid; }
section { margin: 1.5rem 0; }
h3 { font-size: 1rem; margin-bottom: .3rem; overflow-wrap: anywhere; }
code, pre { font: .9rem/1.4 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .7rem; border: 1px solid; border-radius: .3rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; }
td { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
.note { font-size: .9rem; opacity: .8; }
"""
_POLICY: Final = (
    "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(sha256(_STYLE.encode()).digest()).decode("ascii")
    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def install(app: FastAPI) -> None:
    """Make `app` serve the page of its own description, to anybody."""
    made = _Once(app)

    @app.get(PATH, include_in_schema=False)
    def get_docs() -> HTMLResponse:
        """Return the page."""
        return HTMLResponse(made.page, headers={"Content-Security-Policy": _POLICY})


class _Once:
    def __init__(self, app: FastAPI) -> None:
        self._app = app

    @cached_property
    def page(self) -> str:
        """The page, made at the first request."""
        return page(self._app.openapi())


def page(document: Mapping[str, Any]) -> str:
    """Return an OpenAPI document as an HTML page: operations by tag, then schemas by name."""
    title = escape(f"{document['info']['title']} API {document['info']['version']}")
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width">',
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>",
        f"<p>{_inline(document['info'].get('description', ''))}</p>",
        '<p>For programs: <a href="openapi.json">openapi.json</a>.</p>',
        *_body(document),
        "</body></html>",
    ]
    return "\n".join(parts)


def _body(document: Mapping[str, Any]) -> Iterator[str]:
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            text = "\n".join(_operation(method.upper(), path, operation))
            by_tag.setdefault(operation.get("tags", ["other"])[0], []).append(text)
    links = [f'<a href="#tag-{escape(tag)}">{escape(tag)}</a>' for tag in by_tag]
    links.append('<a href="#schemas">schemas</a>')
    yield f"<nav>{' | '.join(links)}</nav>"
    for tag, operations in by_tag.items():
        yield f'<h2 id="tag-{escape(tag)}">{escape(tag)}</h2>'
        yield from operations
    yield '<h2 id="schemas">schemas</h2>'
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f'<section id="{escape(name)}"><h3>{escape(name)}</h3>'
        yield _paragraphs(schema.get("description", ""))
        yield from _schema(schema)
        yield "</section>"


def _operation(method: str, path: str, operation: Schema) -> Iterator[str]:
    name = escape(operation["operationId"])
    yield f'<section id="{name}"><h3><code>{method} {escape(path)}</code></h3>'
    yield _paragraphs(operation.get("description", ""))
    if "x-permission" in operation:
        yield (
            f'<p class="note">Permission: {escape(operation["x-permission"])}. '
            f"Custody: {escape(operation['x-custody'])}.</p>"
        )
    parameters = [
        (one["name"], one["in"], one["schema"], one.get("required", False))
        for one in operation.get("parameters", ())
    ]
    if parameters:
        yield _table(("parameter", "in", "value", ""), map(_row, parameters))
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body: {_value(body['schema'])} as <code>{escape(kind)}</code>.</p>"
    yield "<ul>"
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        given = [
            f"<code>{escape(kind)}</code> {_value(of['schema']) if of.get('schema') else ''}"
            for kind, of in content.items()
        ]
        told = " or ".join(given) or escape(answer["description"])
        yield f"<li>{escape(status)}: {told}</li>"
    yield "</ul></section>"


def _schema(schema: Schema) -> Iterator[str]:
    if "properties" not in schema:
        yield f"<p>{_value(schema)}</p>"
        return
    required = schema.get("required", ())
    members = [(name, "", of, name in required) for name, of in schema["properties"].items()]
    yield _table(("member", "", "value", ""), map(_row, members))


def _row(named: tuple[str, str, Schema, bool]) -> tuple[str, ...]:
    name, where, schema, required = named
    told = [_inline(schema.get("description", ""))]
    if schema.get("default") not in (None, "", []):
        told.append(f"Without: <code>{escape(json.dumps(schema['default']))}</code>.")
    if examples := schema.get("examples"):
        told.append(f"E.g. <code>{escape(json.dumps(examples[0], ensure_ascii=False))}</code>.")
    name = f"<code>{escape(name)}</code>{'' if required else ' <span class=note>optional</span>'}"
    return (name, escape(where), _value(schema), " ".join(filter(None, told)))


def _value(schema: Schema) -> str:
    """Return the form of a value in words, with links to the schemas it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].removeprefix(_REF))
        return f'<a href="#{name}">{name}</a>'
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(map(_value, schema[several]))
    if "enum" in schema:
        return " | ".join(f"<code>{escape(json.dumps(one))}</code>" for one in schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_value(schema.get('items', {}))}"
    return _NAMES.get(kind, escape(kind)) + _bounds(schema)


def _bounds(schema: Schema) -> str:
    words = {
        "minimum": "from {}",
        "maximum": "to {}",
        "minLength": "at least {} long",
        "maxLength": "at most {} long",
    }
    told = [text.format(schema[name]) for name, text in words.items() if name in schema]
    return f" {escape(', '.join(told))}" if told else ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    first = "".join(f"<th>{name}</th>" for name in head)
    rest = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{first}</tr>{rest}</table>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_inline(part)}</p>" for part in text.split("\n\n") if part)


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
