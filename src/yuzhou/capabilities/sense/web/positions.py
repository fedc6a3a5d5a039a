"""Where devices are, on the map of the city."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device
from yuzhou.capabilities.sense.contracts.positions import DevicePosition
from yuzhou.ui.maps import Layer, MapPoint, MapView, points_response

STATES = "device"


def position_map(request: HttpRequest, device: Device) -> MapView | None:
    """The map with the newest position of a device; nothing for one that does not say where it is."""
    if not api.list_positions(actor=request.actor, device_ids=[device.id]):
        return None
    layer = Layer(reverse("sense:device-position", args=[device.id]), device.title, states=STATES)
    return MapView(
        _("Last position"), [layer], districts=reverse("places:districts"), height="small", live=f"sense.device.{device.id}"
    )


@require_safe
def positions(request: HttpRequest) -> HttpResponse:
    """Every device that the actor may see and that says where it is, as a layer of the city map."""
    request.actor.require("sense.device:read")
    return points_response([_point(found) for found in api.list_positions(actor=request.actor)], STATES)


@require_safe
def position(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """One device, as a layer."""
    found = api.get_device(actor=request.actor, device_id=device_id)
    return points_response([_point(one) for one in api.list_positions(actor=request.actor, device_ids=[found.id])], STATES)


def _point(found: DevicePosition) -> MapPoint:
    words = [f"{localtime(found.at):%Y-%m-%d %H:%M:%S}"]
    words += [] if found.is_sure else [_("without a fix")]
    words += [_("simulated")] if found.device.simulated else []
    url = reverse("sense:device", args=[found.device.id])
    return MapPoint(found.longitude, found.latitude, found.device.title, found.device.state, " · ".join(words), url)
