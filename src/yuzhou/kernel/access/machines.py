"""Where machine clients get their access tokens (RFC 6749 section 4.4)."""

from allauth.core.internal.ratelimit import consume
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from oauth2_provider.views import TokenView

RATES = {"token": "60/m/ip"}


@csrf_exempt
@require_POST
def issue_token(request: HttpRequest) -> HttpResponse:
    """An access token for a client that shows its id and secret; at most 60 requests a minute from one address.

    Only the client-credentials grant is served, whatever a client's record says.
    """
    if not consume(request, app="yuzhou.kernel.access", action="token", config=RATES):
        return JsonResponse({"error": "slow_down"}, status=429)
    if request.POST.get("grant_type") != "client_credentials":
        return JsonResponse({"error": "unsupported_grant_type"}, status=400)
    return TokenView.as_view()(request)
