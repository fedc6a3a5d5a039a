"""What the places declare."""

from yuzhou.kernel.declarations import Mount, Part, Provider
from yuzhou.kernel.text import Text

places = Part(
    key="kernel.places",
    title=Text("行政区划", "Places"),
    api="yuzhou.kernel.places.http:router",
    mounts=(Mount("places/", "yuzhou.kernel.places.urls"),),
    reference_data=(Provider("places", "yuzhou.kernel.places.importing:load_carried_data"),),
)
