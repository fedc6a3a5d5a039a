"""For mypy: every HttpRequest has the `actor` and the `id` that our middleware puts on it."""

from collections.abc import Callable

from mypy.nodes import MDEF, MypyFile, SymbolTableNode, Var
from mypy.plugin import ClassDefContext, Plugin
from mypy.types import AnyType, Type, TypeOfAny

REQUEST = "django.http.request.HttpRequest"
ADDED = {"actor": "yuzhou.kernel.actor.Actor", "id": "builtins.str"}


class RequestPlugin(Plugin):
    """Adds the attributes to django-stubs' class."""

    def get_additional_deps(self, file: MypyFile) -> list[tuple[int, str, int]]:
        """The class of the actor must be known where the request's is."""
        return [(10, "yuzhou.kernel.actor", -1)] if file.fullname == "django.http.request" else []

    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        """Called for each class."""
        return add_attributes if fullname == REQUEST else None


def add_attributes(context: ClassDefContext) -> None:
    """Put the attributes into the class's table."""
    info = context.cls.info
    for name, class_name in ADDED.items():
        kind: Type | None = context.api.named_type_or_none(class_name, [])
        variable = Var(name, kind or AnyType(TypeOfAny.special_form))
        variable.info = info
        variable._fullname = f"{info.fullname}.{name}"
        info.names[name] = SymbolTableNode(MDEF, variable, plugin_generated=True)


def plugin(version: str) -> type[Plugin]:
    """The entry point that mypy asks for."""
    return RequestPlugin
