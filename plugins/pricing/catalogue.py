"""What is sold, and the tables that prices depend on. An order's input may bring its own
catalogue and exchange rates; these are used otherwise. Prices are net, in euros."""

CATALOGUE = {
    "MUG-01": {"title": "Mug, white", "price": "7.90", "vat": "standard"},
    "MUG-02": {"title": "Mug, speckled", "price": "11.50", "vat": "standard"},
    "PEN-01": {"title": "Pencil", "price": "0.85", "vat": "standard"},
    "PEN-02": {"title": "Fountain pen", "price": "34.00", "vat": "standard"},
    "BOOK-01": {"title": "Atlas of Small Rivers", "price": "28.04", "vat": "reduced"},
    "BOOK-02": {"title": "A Field Guide to Clouds", "price": "17.66", "vat": "reduced"},
    "TEA-01": {"title": "Green tea, 100 g", "price": "6.45", "vat": "reduced"},
    "TEA-02": {"title": "Smoked tea, 100 g", "price": "8.10", "vat": "reduced"},
    "LAMP-01": {"title": "Desk lamp", "price": "89.00", "vat": "standard"},
    "DESK-01": {"title": "Standing desk", "price": "449.00", "vat": "standard"},
    "RARE-01": {"title": "Star map, signed", "price": "1250.00", "vat": "standard"},
}

# One euro in other currencies.
RATES = {
    "EUR": "1",
    "GBP": "0.8562",
    "USD": "1.0874",
    "CHF": "0.9631",
    "SEK": "11.2450",
    "DKK": "7.4603",
    "PLN": "4.3118",
    "HUF": "392.15",
    "JPY": "161.34",
}

# Digits after the point (ISO 4217).
MINOR_DIGITS = {"JPY": 0}

# VAT in percent: standard and reduced. Countries that are not here are exported to: no VAT.
VAT = {
    "AT": ("20", "10"),
    "BE": ("21", "6"),
    "DE": ("19", "7"),
    "DK": ("25", "25"),
    "ES": ("21", "4"),
    "FR": ("20", "5.5"),
    "GB": ("20", "0"),
    "HU": ("27", "5"),
    "IE": ("23", "9"),
    "IT": ("22", "4"),
    "LU": ("17", "3"),
    "NL": ("21", "9"),
    "PL": ("23", "5"),
    "SE": ("25", "6"),
}

# From this quantity of one article: percent off that line.
QUANTITY_DISCOUNTS = [(100, "15"), (50, "10"), (10, "5")]

COUPONS = {
    "WELCOME10": {"percent": "10"},
    "BOOKWORM": {"percent": "15", "only": "BOOK-"},
    "FIVER": {"amount": "5.00", "minimum": "20.00"},
    "FREESHIP": {"free_shipping": True},
}

SHIPPING = {"DE": "4.90"}
SHIPPING_EU = "9.90"
SHIPPING_WORLD = "14.90"
FREE_SHIPPING_FROM = "100.00"
