"""The JSON Schemas (2020-12) of the step `price`, and what it says about itself."""

DESCRIPTION = """Prices an order as `order/validate` returns it, in exact decimal arithmetic:
quantity discounts, one coupon, shipping, and the VAT of the country it goes to. Amounts are
decimal text; `total_minor` is the total in the currency's smallest unit.

Ends in one of these (422, not retryable), all below `https://shop.example/problems/`:
`unknown-article`, `unknown-coupon`, `coupon-not-applicable`, `unknown-currency`,
`invalid-catalogue`."""

DRAFT = "https://json-schema.org/draft/2020-12/schema"
AMOUNT = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
TEXT = {"type": "string"}


def closed(properties: dict, optional: tuple = ()) -> dict:
    """An object with exactly these members."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


ORDER = {
    "type": "object",
    "properties": {
        "id": TEXT,
        "currency": TEXT,
        "coupon": {"type": ["string", "null"]},
        "address": {"type": "object", "properties": {"country": TEXT}, "required": ["country"]},
        "lines": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
                "type": "object",
                "properties": {"sku": TEXT, "quantity": {"type": "integer", "minimum": 1, "maximum": 999}},
                "required": ["sku", "quantity"],
            },
        },
    },
    "required": ["id", "currency", "address", "lines"],
}

ARTICLE = closed(
    {"title": TEXT, "price": TEXT, "vat": {"enum": ["standard", "reduced"]}},
    optional=("title", "vat"),
)

INPUT = {
    "$schema": DRAFT,
    **closed(
        {
            "order": ORDER,
            "catalogue": {"type": ["object", "null"], "additionalProperties": ARTICLE},
            "rates": {"type": ["object", "null"], "additionalProperties": TEXT},
        },
        optional=("catalogue", "rates"),
    ),
}

LINE = closed(
    {
        "sku": TEXT,
        "title": TEXT,
        "quantity": {"type": "integer"},
        "unit_price": AMOUNT,
        "discount_percent": AMOUNT,
        "net": AMOUNT,
        "coupon_discount": AMOUNT,
    }
)

OUTPUT = {
    "$schema": DRAFT,
    **closed(
        {
            "order": TEXT,
            "currency": TEXT,
            "lines": {"type": "array", "items": LINE},
            "goods": AMOUNT,
            "coupon_discount": AMOUNT,
            "shipping": AMOUNT,
            "vat": {"type": "array", "items": closed({"rate": AMOUNT, "base": AMOUNT, "amount": AMOUNT})},
            "vat_total": AMOUNT,
            "total": AMOUNT,
            "total_minor": {"type": "integer", "minimum": 0},
            "total_text": TEXT,
        }
    ),
}
