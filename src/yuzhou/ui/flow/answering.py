"""Acts without a question before them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from yuzhou.kernel.errors import YuzhouError, message_for


def act_and_return(request: HttpRequest, act: Callable[[], Any], done: Any, back: str) -> HttpResponse:
    """Act and go back with a message; a refusal undoes the act and becomes the message."""
    try:
        with transaction.atomic():
            act()
    except YuzhouError as error:
        messages.error(request, message_for(error))
    else:
        messages.success(request, done)
    return redirect(back)
