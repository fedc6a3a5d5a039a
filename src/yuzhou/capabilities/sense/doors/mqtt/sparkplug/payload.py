"""The payload message of Sparkplug B, described to the protobuf library at run time (Sparkplug 3.0, chapter 6.4).

The field numbers are the standard's. Describing them here needs no generated code and no compiler; the library parses in C.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

_F = descriptor_pb2.FieldDescriptorProto
_TYPES = {
    "uint32": _F.TYPE_UINT32,
    "uint64": _F.TYPE_UINT64,
    "float": _F.TYPE_FLOAT,
    "double": _F.TYPE_DOUBLE,
    "bool": _F.TYPE_BOOL,
    "string": _F.TYPE_STRING,
    "bytes": _F.TYPE_BYTES,
}
_PACKAGE = "org.eclipse.tahu.protobuf"
_MESSAGES = {
    "Payload": "timestamp=1:uint64 metrics=2:*Payload.Metric seq=3:uint64 uuid=4:string body=5:bytes",
    "Payload.Metric": (
        "name=1:string alias=2:uint64 timestamp=3:uint64 datatype=4:uint32 is_historical=5:bool is_transient=6:bool"
        " is_null=7:bool metadata=8:Payload.MetaData properties=9:Payload.PropertySet"
        " |int_value=10:uint32 |long_value=11:uint64 |float_value=12:float |double_value=13:double |boolean_value=14:bool"
        " |string_value=15:string |bytes_value=16:bytes |dataset_value=17:Payload.DataSet |template_value=18:Payload.Template"
    ),
    "Payload.MetaData": (
        "is_multi_part=1:bool content_type=2:string size=3:uint64 seq=4:uint64 file_name=5:string file_type=6:string md5=7:string"
        " description=8:string"
    ),
    "Payload.PropertySet": "keys=1:*string values=2:*Payload.PropertyValue",
    "Payload.PropertySetList": "propertyset=1:*Payload.PropertySet",
    "Payload.PropertyValue": (
        "type=1:uint32 is_null=2:bool |int_value=3:uint32 |long_value=4:uint64 |float_value=5:float |double_value=6:double"
        " |boolean_value=7:bool |string_value=8:string |propertyset_value=9:Payload.PropertySet"
        " |propertysets_value=10:Payload.PropertySetList"
    ),
    "Payload.DataSet": "num_of_columns=1:uint64 columns=2:*string types=3:*uint32 rows=4:*Payload.DataSet.Row",
    "Payload.DataSet.Row": "elements=1:*Payload.DataSet.DataSetValue",
    "Payload.DataSet.DataSetValue": (
        "|int_value=1:uint32 |long_value=2:uint64 |float_value=3:float |double_value=4:double |boolean_value=5:bool"
        " |string_value=6:string"
    ),
    "Payload.Template": (
        "version=1:string metrics=2:*Payload.Metric parameters=3:*Payload.Template.Parameter template_ref=4:string"
        " is_definition=5:bool"
    ),
    "Payload.Template.Parameter": (
        "name=1:string type=2:uint32 |int_value=3:uint32 |long_value=4:uint64 |float_value=5:float |double_value=6:double"
        " |boolean_value=7:bool |string_value=8:string"
    ),
}


def _describe() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="yuzhou/sparkplug_b.proto", package=_PACKAGE, syntax="proto2")
    made: dict[str, Any] = {}
    for name, fields in _MESSAGES.items():
        above, _, short = name.rpartition(".")
        message = (made[above].nested_type if above else file.message_type).add(name=short)
        made[name] = message
        for field in fields.split():
            _add_field(message, field)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)  # a pool of our own: another library may have described the same message
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


def _add_field(message: Any, text: str) -> None:
    head, _, kind = text.partition(":")
    name, _, number = head.removeprefix("|").partition("=")
    field = message.field.add(name=name, number=int(number), label=_F.LABEL_OPTIONAL)
    if kind.startswith("*"):
        kind, field.label = kind[1:], _F.LABEL_REPEATED
    if kind in _TYPES:
        field.type = _TYPES[kind]
    else:
        field.type, field.type_name = _F.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    if head.startswith("|"):
        if not message.oneof_decl:
            message.oneof_decl.add(name="value")
        field.oneof_index = 0


Payload: Any = _describe()
"""The message class; `Payload()` makes an empty one."""


def parse(content: bytes) -> Any:
    """Read a payload; raises ValueError where it is none."""
    payload = Payload()
    try:
        payload.ParseFromString(content)
    except DecodeError as error:
        raise ValueError("this is no Sparkplug payload") from error
    return payload
