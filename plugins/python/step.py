"""The step around a script: what it takes, what it returns, and which ends are errors."""

import json

ERRORS = "https://open-workflow-specification.org/spec/1.0.0/errors/"
# How much of the end of stderr an error shows, in characters.
TAIL_CHARACTERS = 2000

_PLAIN = ["string", "number", "boolean", "null"]

DESCRIPTION = (
    "Runs a script in a sandbox without network, files or clock, with the standard library of Python 3.14. "
    "Its output is what it wrote to stdout, unless `return` asks for something else."
)
INPUT = {
    "type": "object",
    "required": ["code"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string", "description": "The script"},
        "arguments": {
            "type": ["array", "object", "null"],
            "items": {"type": _PLAIN},
            "additionalProperties": {"type": _PLAIN},
            "description": "`sys.argv` from its second item on; `{name: value}` is `--name value`",
        },
        "environment": {
            "type": ["object", "null"],
            "additionalProperties": {"type": _PLAIN},
            "description": "`os.environ`",
        },
        "stdin": {"description": "The standard input; what is no text is JSON"},
        "return": {
            "enum": ["stdout", "stderr", "code", "all", "none", None],
            "description": "What the output is; stdout if absent",
        },
    },
}
OUTPUT = {
    "description": "A text for `stdout` and `stderr`, a number for `code`, all three for `all`, null for `none`",
    "type": ["string", "integer", "object", "null"],
    "properties": {"code": {"type": "integer"}, "stdout": {"type": "string"}, "stderr": {"type": "string"}},
}


class Failed(Exception):
    """Why a step has no output."""

    def __init__(self, title: str, detail: str, extensions: dict):
        super().__init__(f"{title}: {detail}")
        self.type = ERRORS + "runtime"
        self.title, self.detail, self.extensions = title, detail, extensions


def result(request: dict, run):
    """Runs what is asked for, and returns what is asked for."""
    ended = run(
        request["code"],
        arguments=_arguments(request.get("arguments") or []),
        environment={
            name: _text(value) for name, value in (request.get("environment") or {}).items() if value is not None
        },
        stdin=_input(request.get("stdin")),
    )
    if ended.too_much is not None:
        detail = f"more than {ended.limit} bytes to {ended.too_much}: write less, or write a part of it"
        raise Failed("The script wrote too much", detail, {"stream": ended.too_much})
    wanted = request.get("return") or "stdout"
    if wanted == "code":
        return ended.code
    if wanted == "all":
        return {"code": ended.code, "stdout": ended.stdout, "stderr": ended.stderr}
    if ended.code != 0:
        tail = ended.stderr
        if len(tail) > TAIL_CHARACTERS:
            tail = "…" + tail[-TAIL_CHARACTERS:]
        detail = f"the script ended with code {ended.code}" + (f":\n{tail}" if tail else "")
        raise Failed("The script failed", detail, {"code": ended.code})
    return {"stdout": ended.stdout, "stderr": ended.stderr, "none": None}[wanted]


def _arguments(values) -> list[str]:
    if isinstance(values, dict):
        values = [part for name, value in values.items() for part in (f"--{name}", value)]
    return [_text(value) for value in values]


def _text(value) -> str:
    """A value of JSON as the text of an argument: as JSON writes it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _input(value) -> str:
    return "" if value is None else _text(value)
