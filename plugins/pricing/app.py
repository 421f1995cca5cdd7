"""The pricing plugin: one pure step that prices an order. This file only speaks with the host;
the arithmetic is in pricing.py, which needs no sandbox to be tested."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import logging, progress
from wit_world.imports.types import (
    Context,
    PluginDescriptor,
    StepDescriptor,
    StepError,
    SuggestedLimits,
)

import pricing
import schemas

NAME = "pricing"
VERSION = "0.1.0"


class StepHandler(exports.StepHandler):
    def describe(self) -> PluginDescriptor:
        price = StepDescriptor(
            name="price",
            title="Price an order",
            description=schemas.DESCRIPTION,
            input_schema=json.dumps(schemas.INPUT),
            output_schema=json.dumps(schemas.OUTPUT),
            capabilities=[],
            limits=SuggestedLimits(fuel=None, memory_bytes=None, time_ms=10_000),
        )
        return PluginDescriptor(
            name=NAME,
            version=VERSION,
            description="Prices orders: quantity discounts, coupons, shipping and VAT",
            steps=[price],
        )

    def run(self, context: Context, step: str, input: str) -> str:
        if step != "price":
            raise problem(pricing.Refused("invalid-order", "This plugin has no such step", step))
        try:
            price = pricing.price(json.loads(input))
        except pricing.Refused as refused:
            raise problem(refused) from None
        progress.report(1.0, f"{len(price['lines'])} lines priced")
        logging.log(logging.Level.INFO, NAME, f"{price['order']}: {price['total_text']}")
        return json.dumps(price)


def problem(refused: pricing.Refused) -> Err:
    """What the arithmetic refuses, as an error of the step that no retry mends."""
    return Err(
        StepError(
            type=f"https://shop.example/problems/{refused.kind}",
            status=422,
            title=refused.title,
            detail=refused.detail,
            retryable=False,
            retry_after_ms=None,
            extensions=None,
        )
    )
