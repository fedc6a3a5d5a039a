"""My own name, contact and language."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuzhou.kernel.access import api
from yuzhou.ui.administration.acting import actor_of, for_people, form_page, try_act
from yuzhou.ui.parts import Crumb


class ProfileForm(forms.Form):
    """What I say of myself. The password is asked for where the e-mail address changes, since it recovers the account."""

    display_name = forms.CharField(label=gettext_lazy("Full name"), max_length=120)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=32, required=False)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), required=False, help_text=gettext_lazy("Where notices and password resets go.")
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=gettext_lazy("Needed only to change the e-mail address."),
    )

    def __init__(self, *args: object, request: HttpRequest, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.request = request

    def clean(self) -> dict[str, str]:
        """Ask for the password where the address changes."""
        cleaned: dict[str, str] = super().clean() or {}
        password = cleaned.pop("password", "")
        if cleaned.get("email") != self.request.user.email and not self.request.user.check_password(password):  # type: ignore[union-attr]  # for_people let only users in
            self.add_error("password", _("Enter your password to change the e-mail address."))
        return cleaned


@for_people()
def edit_profile(request: HttpRequest) -> HttpResponse:
    """Change my profile."""
    actor = actor_of(request)
    account = api.get_account(actor=actor, user=actor.id)  # type: ignore[arg-type]  # a person has an id
    initial = {field: getattr(account, field) for field in ("display_name", "phone", "email", "language")}
    form = ProfileForm(request.POST or None, initial=initial, request=request)
    back = reverse("ui-account")
    if (
        request.method == "POST"
        and form.is_valid()
        and try_act(form, lambda: api.change_profile(actor=actor, user=account, **form.cleaned_data))
    ):
        messages.success(request, _("Saved."))
        response = redirect(back)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"], samesite="Lax", secure=request.is_secure()
        )
        return response
    crumbs = [Crumb(_("Account and security"), back), Crumb(_("My profile"))]
    return form_page(request, form, title=_("My profile"), button=_("Save"), back=back, crumbs=crumbs)
