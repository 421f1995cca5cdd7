"""Prices an order: from lines to a total, in exact decimal arithmetic.

The order of things: unit prices are converted and rounded first, so that what a customer can
multiply by hand is what is charged; then the quantity discount of each line; then the coupon,
spread over the lines it is for; then shipping; then VAT once for each rate, on the sum of what
it applies to. Every amount is rounded half up to the currency's smallest unit."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import catalogue

# The largest price of one article that is believed, in euros: beyond it the data is wrong.
MAX_PRICE = Decimal("1000000")


class Refused(Exception):
    """Why an order cannot be priced. `kind` is the last part of the problem's type."""

    def __init__(self, kind: str, title: str, detail: str):
        super().__init__(f"{title}: {detail}")
        self.kind, self.title, self.detail = kind, title, detail


def price(request: dict) -> dict:
    """Prices `request["order"]` (as `order/validate` returns it); `catalogue` and `rates` in
    the request replace the built-in tables. Amounts come back as decimal text, and the total
    also as a whole number of smallest units."""
    order = request["order"]
    money = Money(order["currency"], request.get("rates") or catalogue.RATES)
    goods = request.get("catalogue") or catalogue.CATALOGUE
    lines = [price_line(line, goods, money) for line in order["lines"]]
    before_coupon = sum((line["net"] for line in lines), money.zero)

    coupon = find_coupon(order.get("coupon"))
    reduction = apply_coupon(coupon, order.get("coupon"), lines, money)
    net_goods = before_coupon - reduction
    country = order["address"]["country"]
    shipping = shipping_cost(country, net_goods, coupon, money)

    vat = vat_by_rate(country, lines, shipping, money)
    vat_total = sum((group["amount"] for group in vat), money.zero)
    total = net_goods + shipping + vat_total
    return {
        "order": order["id"],
        "currency": money.currency,
        "lines": [shown_line(line) for line in lines],
        "goods": str(before_coupon),
        "coupon_discount": str(reduction),
        "shipping": str(shipping),
        "vat": [{key: str(value) for key, value in group.items()} for group in vat],
        "vat_total": str(vat_total),
        "total": str(total),
        "total_minor": money.minor(total),
        "total_text": f"{total} {money.currency}",
    }


class Money:
    """One currency: converting into it and rounding in it."""

    def __init__(self, currency: str, rates: dict):
        if currency not in rates:
            raise Refused("unknown-currency", "There is no exchange rate", currency)
        self.currency = currency
        self.rate = decimal(rates[currency], "the exchange rate")
        self.unit = Decimal(1).scaleb(-catalogue.MINOR_DIGITS.get(currency, 2))
        self.zero = self.round(Decimal(0))

    def from_euros(self, amount: Decimal) -> Decimal:
        return self.round(amount * self.rate)

    def round(self, amount: Decimal) -> Decimal:
        return amount.quantize(self.unit, rounding=ROUND_HALF_UP)

    def minor(self, amount: Decimal) -> int:
        return int(amount / self.unit)


def price_line(line: dict, goods: dict, money: Money) -> dict:
    sku, quantity = line["sku"], line["quantity"]
    article = goods.get(sku)
    if article is None:
        raise Refused("unknown-article", "The catalogue has no such article", sku)
    unit_price = money.from_euros(decimal(article["price"], f"the price of {sku}"))
    percent = next((Decimal(off) for least, off in catalogue.QUANTITY_DISCOUNTS if quantity >= least), Decimal(0))
    gross = unit_price * quantity
    return {
        "sku": sku,
        "title": article.get("title", sku),
        "quantity": quantity,
        "unit_price": unit_price,
        "discount_percent": percent,
        "net": gross - money.round(gross * percent / 100),
        "coupon_discount": money.zero,
        "vat_class": article.get("vat", "standard"),
    }


def find_coupon(code: str | None) -> dict:
    if code is None:
        return {}
    if code not in catalogue.COUPONS:
        raise Refused("unknown-coupon", "The coupon is not valid", code)
    return catalogue.COUPONS[code]


def apply_coupon(coupon: dict, code: str | None, lines: list, money: Money) -> Decimal:
    """Takes the coupon off the lines it is for and returns how much that is."""
    prefix = coupon.get("only", "")
    eligible = [line for line in lines if line["sku"].startswith(prefix)]
    base = sum((line["net"] for line in eligible), money.zero)
    if "percent" in coupon:
        reduction = money.round(base * Decimal(coupon["percent"]) / 100)
    elif "amount" in coupon:
        minimum = money.from_euros(Decimal(coupon["minimum"]))
        if base < minimum:
            raise Refused("coupon-not-applicable", "The order is too small for the coupon", f"{code} from {minimum}")
        reduction = min(base, money.from_euros(Decimal(coupon["amount"])))
    else:
        return money.zero
    spread(reduction, base, eligible, money)
    return reduction


def spread(reduction: Decimal, base: Decimal, lines: list, money: Money) -> None:
    """Shares a reduction out in proportion, to the last smallest unit: each line gets its share
    of what is left, so that the shares add up exactly."""
    left, left_base = reduction, base
    for line in lines:
        share = money.round(left * line["net"] / left_base) if left_base else money.zero
        left, left_base = left - share, left_base - line["net"]
        line["coupon_discount"] = share


def shipping_cost(country: str, net_goods: Decimal, coupon: dict, money: Money) -> Decimal:
    if coupon.get("free_shipping") or net_goods >= money.from_euros(Decimal(catalogue.FREE_SHIPPING_FROM)):
        return money.zero
    outside = catalogue.SHIPPING_EU if country in catalogue.VAT else catalogue.SHIPPING_WORLD
    return money.from_euros(Decimal(catalogue.SHIPPING.get(country, outside)))


def vat_by_rate(country: str, lines: list, shipping: Decimal, money: Money) -> list:
    """One entry for each rate, the highest first. Shipping is taxed at the standard rate."""
    standard, reduced = catalogue.VAT.get(country, ("0", "0"))
    bases: dict[Decimal, Decimal] = {}
    taxed = [(line["vat_class"], line["net"] - line["coupon_discount"]) for line in lines]
    for vat_class, amount in [*taxed, ("standard", shipping)]:
        rate = Decimal(reduced if vat_class == "reduced" else standard)
        bases[rate] = bases.get(rate, money.zero) + amount
    groups = [(rate, base) for rate, base in sorted(bases.items(), reverse=True) if base]
    return [{"rate": rate, "base": base, "amount": money.round(base * rate / 100)} for rate, base in groups]


def shown_line(line: dict) -> dict:
    amounts = ("unit_price", "discount_percent", "net", "coupon_discount")
    shown = {key: str(line[key]) for key in amounts}
    return {"sku": line["sku"], "title": line["title"], "quantity": line["quantity"], **shown}


def decimal(text: str, what: str) -> Decimal:
    try:
        value = Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        raise Refused("invalid-catalogue", "The catalogue is not valid", f"{what} is no decimal number") from None
    if not value.is_finite() or not 0 < value <= MAX_PRICE:
        raise Refused("invalid-catalogue", "The catalogue is not valid", f"{what} is out of range")
    return value
