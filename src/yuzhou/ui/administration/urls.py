"""Addresses below /desk/admin/."""

from django.urls import path

from yuzhou.ui.administration import applications, invitations, organisations, people, profile, roles, tokens

urlpatterns = [
    path("people/", people.list_people, name="administration-people"),
    path("people/new/", people.add_person, name="administration-person-new"),
    path("people/<uuid:user>/", people.show_person, name="administration-person"),
    path("people/<uuid:user>/edit/", people.edit_person, name="administration-person-edit"),
    path("people/<uuid:user>/close/", people.close_person, name="administration-person-close"),
    path("people/<uuid:user>/open/", people.open_person, name="administration-person-open"),
    path("people/<uuid:user>/reset/", people.reset_person, name="administration-person-reset"),
    path("people/<uuid:user>/grant/", roles.grant, name="administration-role-grant"),
    path("roles/", roles.list_roles, name="administration-roles"),
    path("roles/<uuid:grant>/revoke/", roles.revoke, name="administration-role-revoke"),
    path("organisations/", organisations.list_organisations, name="administration-organisations"),
    path("organisations/new/", organisations.register, name="administration-organisation-new"),
    path("organisations/<uuid:organisation>/", organisations.show_organisation, name="administration-organisation"),
    path("organisations/<uuid:organisation>/edit/", organisations.edit, name="administration-organisation-edit"),
    path("organisations/<uuid:organisation>/contact/", organisations.edit_contact, name="administration-organisation-contact"),
    path("invitations/", invitations.list_invitations, name="administration-invitations"),
    path("invitations/new/", invitations.invite, name="administration-invitation-new"),
    path("invitations/<uuid:invitation>/revoke/", invitations.withdraw, name="administration-invitation-revoke"),
    path("applications/", applications.list_applications, name="administration-applications"),
    path("applications/<uuid:application>/", applications.review, name="administration-application"),
    path("tokens/", tokens.list_tokens, name="administration-tokens"),
    path("tokens/new/", tokens.make_token, name="administration-token-new"),
    path("tokens/<uuid:token>/revoke/", tokens.revoke_token, name="administration-token-revoke"),
    path("clients/", tokens.list_clients, name="administration-clients"),
    path("clients/new/", tokens.register_client, name="administration-client-new"),
    path("clients/<uuid:client>/revoke/", tokens.revoke_client, name="administration-client-revoke"),
    path("profile/", profile.edit_profile, name="administration-profile"),
]
