"""The door to organisations and persons."""

from yuzhou.kernel.parties.contracts import Contact, OrganisationKind, OrganisationRef, PersonView
from yuzhou.kernel.parties.organisations import (
    check_name,
    get_contact,
    get_organisation,
    list_organisations,
    register_organisation,
    set_contact,
    update_organisation,
)
from yuzhou.kernel.parties.persons import (
    find_person_by_id_number,
    get_person,
    list_persons,
    register_person,
    reveal_birth_date,
    reveal_id_number,
)
from yuzhou.kernel.parties.rules.credit_code import CreditCode, complete_credit_code, parse_credit_code
from yuzhou.kernel.parties.rules.id_number import IdNumber, Sex, parse_id_number

__all__ = [
    "Contact",
    "CreditCode",
    "IdNumber",
    "OrganisationKind",
    "OrganisationRef",
    "PersonView",
    "Sex",
    "check_name",
    "complete_credit_code",
    "find_person_by_id_number",
    "get_contact",
    "get_organisation",
    "get_person",
    "list_organisations",
    "list_persons",
    "parse_credit_code",
    "parse_id_number",
    "register_organisation",
    "register_person",
    "reveal_birth_date",
    "reveal_id_number",
    "set_contact",
    "update_organisation",
]
