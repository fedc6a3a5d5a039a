"""The protocols that devices speak, as people choose them: who calls whom, and what is asked of whoever enters a device."""

from dataclasses import dataclass

from yuzhou.capabilities.sense.contracts.commands import CommandField
from yuzhou.kernel.text import Text

IDENTITY = Text("设备标识", "Identity")


@dataclass(frozen=True, slots=True)
class Protocol:
    """A protocol. `calls_us`: the device comes to our port with its identity and secret; else we go to it by its connection.

    `source` names what each property of a profile says of where it is found. `port` is the setting that holds our port
    (`YUZHOU_<NAME>_PORT`) with its default. `own_secret` names what the device brings itself and may be checked by: none is
    made up for it, and where it is left empty nothing is checked.
    """

    key: str
    title: Text
    identity: Text = IDENTITY
    calls_us: bool = True
    port: tuple[str, int] = ("", 0)
    connection: tuple[CommandField, ...] = ()
    source: tuple[CommandField, ...] = ()
    has_secret: bool = True
    own_secret: Text | None = None

    @property
    def makes_secret(self) -> bool:
        """Whether a secret is made up where none is given."""
        return self.has_secret and self.own_secret is None


def _text(name: str, zh: str, en: str, *, required: bool = False, kind: str = "text") -> CommandField:
    return CommandField(name, Text(zh, en), "secret" if kind == "secret" else "text", required=required)


def _number(name: str, zh: str, en: str, low: float, high: float, *, required: bool = False) -> CommandField:
    return CommandField(name, Text(zh, en), "integer", low, high, required=required)


def _choice(name: str, zh: str, en: str, *keys: str) -> CommandField:
    return CommandField(name, Text(zh, en), "choice", choices=tuple((key, Text(key, key)) for key in keys), required=False)


OPCUA_SECURITIES = (
    ("None", Text("不加密", "Not encrypted")),
    ("Basic256Sha256-Sign", Text("签名（Basic256Sha256）", "Signed (Basic256Sha256)")),
    ("Basic256Sha256-SignAndEncrypt", Text("签名并加密（Basic256Sha256）", "Signed and encrypted (Basic256Sha256)")),
)
REGISTERS = ("holding", "input", "coil", "discrete")
TYPES = ("uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64", "bool", "bcd")
_PROTOCOLS = (
    Protocol("http", Text("HTTP 上报", "HTTP"), port=("HTTPDOOR", 9280)),
    Protocol("mqtt", Text("MQTT（JSON、CBOR）", "MQTT (JSON, CBOR)"), port=("MQTT", 1883)),
    Protocol(
        "sparkplug",
        Text("MQTT Sparkplug B", "MQTT Sparkplug B"),
        port=("MQTT", 1883),
        source=(_text("metric", "指标名（metric）", "Metric"),),
    ),
    Protocol("hj212", Text("HJ 212 数采仪", "HJ 212 data logger"), Text("MN 编码", "MN"), port=("HJ212", 9212)),
    Protocol(
        "modbus",
        Text("Modbus TCP（平台采集）", "Modbus TCP (we poll it)"),
        calls_us=False,
        has_secret=False,
        connection=(
            _text("host", "地址", "Host", required=True),
            _number("port", "端口", "Port", 1, 65535),
            _number("unit", "从站号", "Unit number of the device", 0, 255),
            _number("interval", "采集间隔（秒）", "Seconds between polls", 1, 86400),
        ),
        source=(
            _choice("register", "寄存器", "Register", *REGISTERS),
            _number("address", "地址", "Address", 0, 65535),
            _choice("type", "数据类型", "Type", *TYPES),
            _choice("order", "字节序", "Byte order", "ABCD", "CDAB", "BADC", "DCBA"),
            CommandField("scale", Text("倍率", "Scale"), "number", required=False),
            CommandField("offset", Text("偏移", "Offset"), "number", required=False),
            _number("bit", "位（布尔量）", "Bit (of truth values)", 0, 15),
            _choice("write", "可写", "May be written", "true", "false"),
        ),
    ),
    Protocol(
        "opcua",
        Text("OPC UA（平台采集）", "OPC UA (we subscribe)"),
        calls_us=False,
        has_secret=False,
        connection=(
            _text("endpoint", "端点地址（opc.tcp://…）", "Endpoint (opc.tcp://…)", required=True),
            CommandField("security", Text("安全策略", "Security"), "choice", choices=OPCUA_SECURITIES, required=False),
            _text("user", "用户名", "User name"),
            _text("password", "密码", "Password", kind="secret"),
        ),
        source=(
            _text("node", "节点（ns=2;s=…）", "Node (ns=2;s=…)"),
            _choice("write", "可写", "May be written", "true", "false"),
        ),
    ),
    Protocol(
        "gb32960",
        Text("GB/T 32960 新能源车", "GB/T 32960 electric vehicle"),
        Text("车架号 VIN（平台填用户名）", "VIN (of a platform: its user name)"),
        port=("GB32960", 32960),
        own_secret=Text("SIM 卡 ICCID（平台填密码）", "ICCID of the SIM card (of a platform: its password)"),
    ),
    Protocol(
        "jt808",
        Text("JT/T 808 车载终端", "JT/T 808 vehicle terminal"),
        Text("终端手机号（不含前导零）", "Terminal number (without leading zeros)"),
        port=("JT808", 8808),
        own_secret=Text("终端 ID", "Terminal id"),
    ),
)
PROTOCOLS = {protocol.key: protocol for protocol in _PROTOCOLS}


def protocol_of(key: str) -> Protocol:
    """The protocol of a key; one that nobody described is known by its key alone."""
    return PROTOCOLS.get(key) or Protocol(key, Text(key, key))
