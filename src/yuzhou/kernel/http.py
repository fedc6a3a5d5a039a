"""The kernel's JSON API: the router of each of its apps, below the app's own name."""

from ninja import Router

from yuzhou.kernel.part import DECLARATIONS
from yuzhou.kernel.registry import resolve

router = Router()
for declaration in DECLARATIONS:
    if declaration.api:
        name = declaration.key.removeprefix("kernel.")
        router.add_router(f"/{name}", resolve(declaration.api), tags=[name])
