"""What goes over the wire, judged by the server's own OpenAPI document.

Every request that the server takes has to fit the schema of its path, and every answer has to be one
that the document names, in the shape that it says. A request that is refused is not judged: it is
meant to be wrong, and `calls.py` lists it by its refusal.
"""

import json
import re

from jsonschema import Draft202012Validator, FormatChecker

FORM_FIELD = re.compile(rb'^Content-Disposition: form-data;.*?\bname="([^"]*)"', re.I | re.M)


class Document:
    """An OpenAPI 3.1 document whose references are all its own."""

    def __init__(self, document):
        self._document = document
        self._paths = [(path, re.compile(pattern(path)), item) for path, item in document["paths"].items()]

    def template(self, path):
        """The document's path that a request's path is one of, fixed parts first; none if none is."""
        fits = [known for known, fit, _ in self._paths if fit.fullmatch(path)]
        return min(fits, key=lambda known: known.count("{"), default=None)

    def complaints(self, method, path, sent, status, got):
        """What is wrong with one exchange, as sentences; `sent` and `got` are bodies."""
        template = self.template(path)
        operation = self._document["paths"].get(template, {}).get(method.lower())
        if operation is None:
            return [] if status in (404, 405) else [f"{method} {path} is not in the document"]
        found = list(self._answer(operation, str(status), got))
        if status < 400:
            found += self._request(operation, sent)
        return [f"{method} {template} {status}: {problem}" for problem in found]

    def shape(self, name, body):
        """What is wrong with a JSON body that should have a named shape."""
        return list(self._fits({"$ref": f"#/components/schemas/{name}"}, body))

    def _request(self, operation, sent):
        content = operation.get("requestBody", {}).get("content", {})
        if "multipart/form-data" in content:
            names = [name.decode() for name in FORM_FIELD.findall(sent)]
            return self._errors(content["multipart/form-data"]["schema"], dict.fromkeys(names, "file"))
        if "application/json" in content:
            return self._fits(content["application/json"]["schema"], sent)
        return []

    def _answer(self, operation, status, got):
        answer = operation["responses"].get(status)
        if answer is None:
            return [f"the document names no such answer: {got[:200]!r}"]
        content = self._follow(answer).get("content", {})
        if "application/json" not in content:
            return []
        return self._fits(content["application/json"]["schema"], got)

    def _fits(self, schema, body):
        try:
            value = json.loads(body)
        except ValueError:
            return [f"not JSON: {body[:200]!r}"]
        return self._errors(schema, value)

    def _errors(self, schema, value):
        whole = {**schema, "components": self._document["components"]}
        judge = Draft202012Validator(whole, format_checker=FormatChecker())
        return [f"{error.json_path} {error.message[:300]}" for error in judge.iter_errors(value)]

    def _follow(self, value):
        """What a reference into this document leads to."""
        while "$ref" in value:
            parts = value["$ref"].removeprefix("#/").split("/")
            value = self._document
            for part in parts:
                value = value[part]
        return value


def pattern(path):
    """A regular expression for the paths that a templated one stands for."""
    parts = re.split(r"\{[^}]*\}", path)
    return "[^/]+".join(re.escape(part) for part in parts)
