"""The rules of docs/websocket-api.md that hold for every frame a server sends."""
import json

import jsonschema

from harness.program import SOURCE

_SCHEMA = json.loads((SOURCE / "docs/websocket-api.schema.json").read_text())
_VALIDATOR = jsonschema.Draft202012Validator(_SCHEMA)


def violation(frame: dict) -> str | None:
    """What of the schema a frame does not keep to."""
    error = jsonschema.exceptions.best_match(_VALIDATOR.iter_errors(frame))
    return error and f"{error.message} in {json.dumps(frame)}"


def is_last(frame: dict) -> bool:
    return frame["status"] in ("complete", "error")
