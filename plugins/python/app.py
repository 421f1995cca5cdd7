"""The Python plugin: one pure step that runs a script. This file only speaks with the host;
script.py and step.py need no sandbox to be tested."""

import json

import library  # noqa: F401  (imported so that scripts find it: nothing is imported later)
from componentize_py_types import Err
from wit_world import exports
from wit_world.imports.types import (
    Context,
    PluginDescriptor,
    StepDescriptor,
    StepError,
    SuggestedLimits,
)

import script
import step

library.forget_paths()


class StepHandler(exports.StepHandler):
    def describe(self) -> PluginDescriptor:
        run = StepDescriptor(
            name="run",
            title="Run a script in Python",
            description=step.DESCRIPTION,
            input_schema=json.dumps(step.INPUT),
            output_schema=json.dumps(step.OUTPUT),
            capabilities=[],
            limits=SuggestedLimits(fuel=None, memory_bytes=None, time_ms=None),
        )
        return PluginDescriptor(
            name="python",
            version="1.0.0",
            description="Python scripts: what `run: script` of the workflow language runs in",
            steps=[run],
        )

    def run(self, context: Context, name: str, input: str) -> str:
        # Bound before a script can change what the names mean.
        dumps = json.dumps
        try:
            return dumps(step.result(json.loads(input), script.run))
        except step.Failed as failed:
            raise Err(
                StepError(
                    type=failed.type,
                    status=500,
                    title=failed.title,
                    detail=failed.detail,
                    retryable=False,
                    retry_after_ms=None,
                    extensions=dumps(failed.extensions),
                )
            ) from None
