"""Units of measurement as people write them."""

SYMBOLS = {
    "1": "",
    "[pH]": "",
    "Cel": "℃",
    "deg": "°",
    "m2": "m²",
    "m3": "m³",
    "m3/s": "m³/s",
    "mg/m3": "mg/m³",
    "ug/m3": "µg/m³",
    "ng/m3": "ng/m³",
    "ug/L": "µg/L",
    "uS/cm": "µS/cm",
    "{colour}": "度",
    "{count}/L": "1/L",
    "dB[SPL]": "dB(A)",
    "t/km2/mo": "t/(km²·月)",
}


def unit_symbol(ucum: str) -> str:
    """A UCUM code as people write it: `mg/m3` → mg/m³; nothing for plain numbers and pH."""
    return SYMBOLS.get(ucum, ucum)
