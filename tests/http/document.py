"""docs/openapi.yaml as a judge of answers: every one must have a status, a type and a body that are described."""

import json
import os
import re

import jsonschema
import yaml

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


def close_objects(schema):
    """No member but those that are described: clients must bear others, but here they are an omission."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            close_objects(part)
    elif isinstance(schema, list):
        for part in schema:
            close_objects(part)


class Document:
    def __init__(self):
        path = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../docs/openapi.yaml")
        with open(path, encoding="utf-8") as file:
            self.document = yaml.safe_load(file)
        close_objects(self.document["components"])
        close_objects(self.document["paths"])
        self.seen = set()

    def resolve(self, part):
        while "$ref" in part:
            target = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            part = target
        return part

    def templates(self):
        return list(self.document["paths"])

    def methods(self, template):
        return sorted(method.upper() for method in self.document["paths"][template] if method in METHODS)

    def operation(self, method, template):
        return self.document["paths"][template][method.lower()]

    def template_of(self, path):
        path = path.split("?")[0]
        for template in self.templates():
            pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", template))
            if re.fullmatch(pattern, path):
                return template
        return None

    def errors(self, schema, value):
        """What is wrong with a value by a schema of the document."""
        whole = {"allOf": [schema], "components": self.document["components"]}
        found = jsonschema.Draft202012Validator(whole).iter_errors(value)
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in found]

    def judge(self, method, path, answer):
        """What is wrong with an answer; [] where it is as described."""
        template = self.template_of(path)
        operation = self.document["paths"].get(template, {}).get("get" if method == "HEAD" else method.lower())
        if operation is None:
            return [f"{method} {path} is not described"]
        response = operation["responses"].get(str(answer.status))
        if response is None:
            return [f"status {answer.status} is not described"]
        response = self.resolve(response)
        if method != "HEAD":
            self.seen.add((method, template, str(answer.status)))
        found = self.judge_headers(response, answer)
        if "content" not in response:
            return found + (["a body"] if answer.body else [])
        if answer.type not in response["content"]:
            return found + [f"type {answer.type} is not described"]
        if method == "HEAD":
            return found + (["a body"] if answer.body else [])
        return found + self.judge_body(response["content"][answer.type]["schema"], answer)

    def judge_headers(self, response, answer):
        found = []
        for name, header in response.get("headers", {}).items():
            header = self.resolve(header)
            value = answer.headers.get(name.lower())
            if value is not None:
                found += self.errors(header["schema"], value)
            elif header.get("required"):
                found.append(f"no header {name}")
        return found

    def judge_body(self, schema, answer):
        is_json = answer.type.endswith("json") and answer.type != "application/x-ndjson"
        try:
            body = json.loads(answer.body.decode()) if is_json else answer.body.decode("latin-1" if "frames" in answer.type else "utf-8")
        except ValueError as failure:
            return [f"the body is malformed: {failure}"]
        found = self.errors(schema, body)
        if "problem" in answer.type and body.get("status") != answer.status:
            found.append(f"the problem's status is {body.get('status')}")
        return found

    def described(self):
        """Every (method, template, status) that the document promises."""
        return {(method, template, status) for template in self.templates() for method in self.methods(template)
                for status in self.operation(method, template)["responses"]}
