"""The OAuth2 door for machines: tokens only, no page of any browser flow."""

from django.urls import path

from yuzhou.kernel.access.machines import issue_token

urlpatterns = [path("token/", issue_token, name="oauth2-token")]
