"""Units between UCUM, which the house writes, and UN/CEFACT Recommendation 20, which unitCode has (clause 5.2.5)."""

_PAIRS = """Cel CEL|K KEL|[degF] FAH|% P1|1 C62|m MTR|mm MMT|cm CMT|km KMT|um 4H|m2 MTK|km2 KMK|har HAR|m3 MTQ|L LTR|mL MLT
s SEC|min MIN|h HUR|d DAY|ms C26|kg KGM|g GRM|mg MC|t TNE|m/s MTS|km/h KMH|m3/s MQS|m3/h MQH|L/s G51|L/min L2|L/h E32
mg/m3 GP|ug/m3 GQ|g/m3 A93|kg/m3 KMQ|mg/L M1|ug/L H29|g/L GL|mol/m3 C36|mmol/L M33|Pa PAL|hPa A97|kPa KPA|MPa MPA|bar BAR
mbar MBR|V VLT|mV 2Z|kV KVT|A AMP|mA 4K|uA B84|W WTT|kW KWT|MW MAW|kW.h KWH|W.h WHR|MW.h MWH|J JOU|kJ KJO|MJ 3B|GJ GV
V.A D46|kV.A KVA|MV.A MVA|var D44|kvar KVR|kvar.h K3|Hz HTZ|kHz KHZ|MHz MHZ|Ohm OHM|kOhm B49|MOhm B75|S SIE|S/m D10
uS/cm G42|mS/cm H61|lx LUX|lm LUM|cd CDL|W/m2 D54|deg DD|rad C81|/min RPM|{r}/min RPM|dB[SPL] 2N|dB 2N|[pH] Q30
Bq BQL|Bq/m3 A19|Sv D13|uSv/h P72|N NEW|kN B47|N.m NU|mm/h H67|[ppm] 59|[ppb] 61|By AD|kBy 2P|MBy 4L|{count} C62|mo MON|a ANN
J/kg J2|kJ/kg B42|kg/h E93|kg/s KGS|g/s F56|t/h E18|m/s2 MSK|/s C97|kW.h/m3 E46""".replace("\n", "|")  # fmt: skip

CEFACT: dict[str, str] = dict(pair.rsplit(" ", 1) for pair in _PAIRS.split("|"))
UCUM: dict[str, str] = {code: ucum for ucum, code in reversed(CEFACT.items())}


def unit_code(ucum: str) -> str | None:
    """The UN/CEFACT code of a unit; the unit itself where the list has none; nothing for no unit."""
    return CEFACT.get(ucum, ucum) or None


def ucum_unit(code: str) -> str:
    """The UCUM unit of a code; a code that is unknown is taken for a unit of UCUM itself."""
    return UCUM.get(code, code)
