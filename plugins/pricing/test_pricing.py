"""The arithmetic of pricing.py: `python3 -m unittest` in this folder."""

import unittest
from decimal import Decimal

import catalogue
import pricing


def order(country="DE", currency="EUR", coupon=None, lines=(("MUG-01", 2),)):
    return {
        "id": "ord-1",
        "currency": currency,
        "coupon": coupon,
        "address": {"country": country},
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
    }


def priced(**details):
    return pricing.price({"order": order(**details)})


class Pricing(unittest.TestCase):
    def test_a_small_order_pays_shipping_and_vat_at_home(self):
        price = priced()
        # 15.80 goods + 4.90 shipping = 20.70; 19 % of it is 3.933.
        self.assertEqual((price["goods"], price["shipping"], price["vat_total"]), ("15.80", "4.90", "3.93"))
        self.assertEqual((price["total"], price["total_minor"]), ("24.63", 2463))

    def test_books_and_mugs_are_taxed_at_their_own_rates(self):
        price = priced(country="FR", lines=(("BOOK-01", 1), ("MUG-01", 1)))
        rates = [(group["rate"], group["base"]) for group in price["vat"]]
        self.assertEqual(rates, [("20", "17.80"), ("5.5", "28.04")])

    def test_what_is_exported_is_not_taxed(self):
        self.assertEqual(priced(country="US", currency="USD")["vat_total"], "0.00")

    def test_ten_of_one_article_are_five_percent_off(self):
        line = priced(lines=(("MUG-01", 10),))["lines"][0]
        self.assertEqual((line["discount_percent"], line["net"]), ("5", "75.05"))

    def test_a_coupon_is_spread_over_the_lines_to_the_last_cent(self):
        price = priced(coupon="FIVER", lines=(("PEN-01", 7), ("MUG-01", 1), ("TEA-01", 3)))
        shares = sum(Decimal(line["coupon_discount"]) for line in price["lines"])
        self.assertEqual((str(shares), price["coupon_discount"]), ("5.00", "5.00"))

    def test_a_coupon_for_books_leaves_the_rest_alone(self):
        price = priced(coupon="BOOKWORM", lines=(("BOOK-01", 1), ("MUG-01", 1)))
        self.assertEqual([line["coupon_discount"] for line in price["lines"]], ["4.21", "0.00"])

    def test_a_currency_without_cents_has_none(self):
        price = priced(country="JP", currency="JPY", lines=(("PEN-02", 1),))
        self.assertEqual((price["lines"][0]["unit_price"], price["total"]), ("5486", "7890"))
        self.assertEqual(price["total_minor"], 7890)

    def test_what_cannot_be_priced_is_refused_by_name(self):
        cases = {
            "unknown-article": {"lines": (("NONE-01", 1),)},
            "unknown-coupon": {"coupon": "NOPE"},
            "coupon-not-applicable": {"coupon": "FIVER", "lines": (("PEN-01", 1),)},
            "unknown-currency": {"currency": "XXX"},
        }
        for kind, details in cases.items():
            with self.assertRaises(pricing.Refused) as caught:
                priced(**details)
            self.assertEqual(caught.exception.kind, kind)

    def test_a_catalogue_that_is_wrong_is_refused(self):
        for price in ("free", "NaN", "-1", "1e9", None):
            with self.assertRaises(pricing.Refused) as caught:
                pricing.price({"order": order(), "catalogue": {"MUG-01": {"price": price}}})
            self.assertEqual(caught.exception.kind, "invalid-catalogue")

    def test_totals_always_add_up(self):
        for country in [*catalogue.VAT, "US", "CH", "JP"]:
            for currency in catalogue.RATES:
                for coupon in [None, "WELCOME10", "FREESHIP", "BOOKWORM"]:
                    lines = (("BOOK-02", 3), ("PEN-01", 55), ("TEA-02", 1))
                    price = priced(country=country, currency=currency, coupon=coupon, lines=lines)
                    names = ("goods", "coupon_discount", "shipping", "vat_total", "total")
                    amount = {name: Decimal(price[name]) for name in names}
                    expected = amount["goods"] - amount["coupon_discount"] + amount["shipping"] + amount["vat_total"]
                    self.assertEqual(amount["total"], expected)
                    self.assertEqual(sum(Decimal(line["net"]) for line in price["lines"]), amount["goods"])


if __name__ == "__main__":
    unittest.main()
