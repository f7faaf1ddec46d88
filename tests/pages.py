"""Every page of the product, once: who opens it and where. The walk over all pages reads this list (tests/e2e/test_look.py),
and a page that is not in it fails tests/mcu/test_page_list.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.urls import URLPattern, URLResolver, get_resolver

OKT: Final = "/oktyabrsky/"
ROW: Final = ".row__link"


@dataclass(frozen=True)
class Page:
    """A page as one person opens it: its address, or the first link of that kind on the page at the address («→» goes on)."""

    name: str  # of the address
    who: str | None
    address: str
    follow: str = ""
    main: bool = False  # one of those that people have open all day

    def __str__(self) -> str:
        return f"{self.name} · {self.who or 'никто'} · {self.address}{' → ' + self.follow if self.follow else ''}"


PAGES: Final = (
    # Before anybody has signed in, and one's own account.
    Page("account_login", None, "/accounts/login/", main=True),
    Page("account_reset_password", None, "/accounts/password/reset/"),
    Page("account_reset_password_done", None, "/accounts/password/reset/done/"),
    Page("account_reset_password_from_key", None, "/accounts/password/reset/key/1-none/"),
    Page("account_reset_password_from_key_done", None, "/accounts/password/reset/key/done/"),
    Page("account_signup", None, "/accounts/signup/"),
    Page("account_inactive", None, "/accounts/inactive/"),
    Page("one_time_link", None, "/link/none/"),
    Page("satisfaction", None, "/s/none/"),
    Page("satisfaction", "okt.head", f"{OKT}messages/ОКТ-2026-000010/", follow='input[value*="/s/"]'),
    Page("account_change_password", "okt.property", "/accounts/password/change/"),
    Page("account_logout", "okt.property", "/accounts/logout/"),
    Page("mfa_index", "okt.property", "/accounts/2fa/"),
    Page("mfa_activate_totp", "okt.property", "/accounts/2fa/totp/activate/"),
    # The Center, for people of different work.
    Page("desk", "okt.head", OKT, main=True),
    Page("desk", "okt.im", OKT, main=True),
    Page("desk", "okt.roads", OKT, main=True),
    Page("desk", "okt.roads.curator", OKT, main=True),
    Page("desk", "okt.curator", OKT, main=True),
    Page("desk", "okt.glava", OKT, main=True),
    Page("desk", "okt.tech", OKT, main=True),
    Page("desk", "okt.support", OKT),
    Page("messages:list", "okt.head", f"{OKT}messages/", main=True),
    Page("messages:list", "okt.roads", f"{OKT}messages/?state=all&q=снег"),
    Page("messages:list", "okt.im", f"{OKT}messages/?q=такого-слова-нет"),
    Page("messages:list", "okt.tech", f"{OKT}messages/"),
    Page("messages:settings", "okt.head", f"{OKT}settings/"),
    Page("lists:lists", "okt.head", f"{OKT}settings/lists/"),
    Page("lists:topics", "okt.head", f"{OKT}settings/lists/topics/"),
    Page("lists:recipients", "okt.support", f"{OKT}settings/lists/recipients/"),
    Page("lists:people", "okt.tech", f"{OKT}settings/lists/people/"),
    Page("messages:clients", "okt.tech", f"{OKT}settings/clients/", main=True),
    Page("messages:client", "okt.tech", f"{OKT}settings/clients/", follow="tbody th a"),
    Page("messages:new-client", "okt.tech", f"{OKT}settings/clients/new/"),
    Page("messages:rotate-client", "okt.tech", f"{OKT}settings/clients/", follow='tbody th a → a[href$="/key/"]'),
    Page("messages:change-client", "okt.tech", f"{OKT}settings/clients/", follow='tbody th a → a[href$="/change/"]'),
    Page("messages:block-client", "okt.tech", f"{OKT}settings/clients/", follow='tbody th a → .page__head a[href$="/block/"]'),
    Page("messages:block-key", "okt.tech", f"{OKT}settings/clients/", follow='tbody th a → tbody a[href$="/block/"]'),
    Page("messages:new", "okt.im", f"{OKT}messages/new/", main=True),
    Page("messages:new", "okt.head", f"{OKT}messages/new/"),
    Page("messages:lessons", "okt.head", f"{OKT}settings/suggestions/"),
    Page("messages:mailboxes", "okt.tech", f"{OKT}settings/mailboxes/"),
    Page("messages:mailbox-new", "okt.tech", f"{OKT}settings/mailboxes/new/"),
    Page("messages:conditions", "okt.head", f"{OKT}messages/conditions/"),
    Page("messages:filters", "okt.head", f"{OKT}messages/filters/"),
    Page("messages:exports", "okt.head", f"{OKT}messages/exports/"),
    Page("messages:imports", "okt.head", f"{OKT}messages/imports/"),
    Page("messages:sorting", "okt.im", f"{OKT}sorting/", main=True),
    Page("messages:sorting", "okt.fz59", f"{OKT}sorting/"),
    Page("messages:case", "okt.im", OKT, follow=ROW),
    Page("messages:case", "okt.roads", OKT, follow=ROW, main=True),
    Page("messages:case", "okt.fz59", OKT, follow=ROW),
    Page("messages:case", "okt.roads.curator", f"{OKT}approval/", follow=ROW),
    Page("messages:case", "okt.head", f"{OKT}messages/ОКТ-2026-000010/"),
    Page("messages:versions", "okt.head", f"{OKT}messages/ОКТ-2026-000010/versions/"),
    Page("messages:suggestions", "okt.roads", f"{OKT}messages/?state=drafting", follow=f'{ROW} → a[href$="/templates/"]'),
    Page("messages:templates", "okt.head", f"{OKT}templates/", main=True),
    Page("messages:new_template", "okt.roads", f"{OKT}templates/new/"),
    Page("messages:template", "okt.head", f"{OKT}templates/", follow='tbody a[href*="/templates/"]'),
    Page("messages:terms", "okt.head", f"{OKT}terms/", main=True),
    Page("messages:terms", "okt.roads", f"{OKT}terms/?view=week"),
    Page("messages:overdue", "okt.head", f"{OKT}terms/overdue/", main=True),
    Page("messages:overdue", "okt.support", f"{OKT}terms/overdue/?done=1"),
    Page("messages:lateness", "okt.head", f"{OKT}terms/overdue/", follow=".odue__say"),
    Page("messages:feed", "okt.roads", f"{OKT}terms/feed/"),
    Page("messages:rules", "okt.head", f"{OKT}terms/rules/", main=True),
    Page("messages:rules", "okt.roads", f"{OKT}terms/rules/"),
    Page("messages:new-rule", "okt.head", f"{OKT}terms/rules/new/"),
    Page("messages:rule", "okt.head", f"{OKT}terms/rules/", follow='tbody a[href*="/terms/rules/"]'),
    Page("messages:auto-rules", "okt.head", f"{OKT}settings/auto-rules/", main=True),
    Page("messages:auto-rules", "okt.im", f"{OKT}settings/auto-rules/"),
    Page("messages:auto-rule-new", "okt.head", f"{OKT}settings/auto-rules/new/"),
    Page("messages:auto-rule", "okt.head", f"{OKT}settings/auto-rules/", follow='tbody a[href*="/auto-rules/"]'),
    Page(
        "messages:auto-rule-edit",
        "okt.support",
        f"{OKT}settings/auto-rules/",
        follow='tbody a[href*="/auto-rules/"] → a[href$="/edit/"]',
    ),
    Page(
        "messages:auto-rule-trial",
        "okt.head",
        f"{OKT}settings/auto-rules/",
        follow='tbody a[href*="/auto-rules/"] → form.auto-sample',
    ),
    Page("messages:approval", "okt.roads.curator", f"{OKT}approval/", main=True),
    Page("messages:approval", "okt.head", f"{OKT}approval/"),
    Page("notices", "okt.roads", f"{OKT}notices/", main=True),
    Page("notices_settings", "okt.roads", f"{OKT}notices/settings/"),
    Page("blocks:duty", "okt.head", f"{OKT}roster/duty/"),
    Page("blocks:add_duty", "okt.head", f"{OKT}roster/duty/add/"),
    Page("blocks:delivery", "okt.tech", f"{OKT}roster/delivery/"),
    Page("blocks:roster", "okt.head", f"{OKT}roster/", main=True),
    Page("blocks:roster", "okt.roads", f"{OKT}roster/"),
    Page("blocks:substitution", "okt.roads.curator", f"{OKT}roster/substitution/"),
    Page("blocks:substitution", "okt.roads", f"{OKT}roster/substitution/"),
    Page("blocks:history", "okt.head", f"{OKT}roster/history/"),
    Page("blocks:invite", "okt.head", f"{OKT}roster/invite/"),
    Page("blocks:add_role", "okt.head", f"{OKT}roster/roles/add/"),
    Page("blocks:end_role", "okt.head", f"{OKT}roster/", follow='a[href*="/roles/"][href$="/end/"]'),
    Page("blocks:substitute", "okt.head", f"{OKT}roster/", follow='a[href$="/substitute/"]'),
    Page("blocks:block_person", "okt.head", f"{OKT}roster/", follow='a[href$="/block/"]'),
    Page("blocks:new_link", "okt.head", f"{OKT}roster/", follow='a[href$="/link/"]'),
    Page("reports:now", "okt.head", OKT, follow='a[href*="/now/"]'),
    Page("reports:board", "okt.head", f"{OKT}reports/board/", main=True),
    Page("reports:heat", "okt.head", f"{OKT}reports/heat/", main=True),
    Page("reports:heat", "okt.roads", f"{OKT}reports/heat/?by=recipient&measure=in_time"),
    Page("reports:planning", "okt.support", f"{OKT}reports/planning/?rows=topic&columns=month&period=2026"),
    Page("reports:index", "okt.support", f"{OKT}reports/", main=True),
    Page("reports:report", "okt.support", f"{OKT}reports/", follow='a[href*="/problemator/2"]', main=True),
    Page("reports:report", "okt.head", f"{OKT}reports/?kind=note", follow='a[href*="/note/2"]'),
    Page("reports:report", "okt.head", f"{OKT}reports/?kind=indicators", follow='a[href*="/indicators/2"]', main=True),
    Page("reports:text", "okt.support", f"{OKT}reports/?kind=note", follow='a[href*="/note/2"] → a[href*="/text/summary/"]'),
    Page("reports:rows", "okt.head", f"{OKT}reports/?kind=indicators", follow='a[href*="/indicators/2"] → a[href*="/rows/"]'),
    Page("reports:now", "okt.head", f"{OKT}reports/now/overdue/"),
    Page("reports:registers", "okt.support", f"{OKT}reports/registers/", main=True),
    Page("reports:register", "okt.support", f"{OKT}reports/registers/publications/", main=True),
    Page("reports:register", "okt.head", f"{OKT}reports/registers/hearings/?q=такого-слова-нет"),
    Page("reports:roadmaps", "okt.roads.curator", f"{OKT}reports/roadmaps/", main=True),
    Page("reports:register_row", "okt.head", f"{OKT}reports/registers/campaigns/1/"),
    Page("reports:register_new", "okt.support", f"{OKT}reports/registers/proposals/new/"),
    Page("reports:register_edit", "okt.head", f"{OKT}reports/registers/risks/1/edit/"),
    Page("reports:register_upload", "okt.support", f"{OKT}reports/registers/hearings/file/"),
    Page("reports:cases", "okt.support", f"{OKT}reports/", follow='a[href*="/problemator/2"] → a[href*="/cases/"]'),
)

_OPEN311: Final = ("discovery", "services", "service", "requests", "request", "token", "unknown")
# What answers a GET and is no page of ours to look at, and why.
NOT_PAGES: Final = {
    "healthz": "for machines",
    "readyz": "for machines",
    "home": "leads to the desk",
    "account_reauthenticate": "asks for the password only when the sign-in is old: the same form as mfa_reauthenticate",
    "account_set_password": "for those without a password, of whom there are none: leads to the change of password",
    "mfa_authenticate": "for those with a code: tests/e2e/test_look.py walks it by itself",
    "mfa_reauthenticate": "asks for a code only when the sign-in is old",
    "mfa_deactivate_totp": "for those with a code: tests/e2e/test_look.py walks it by itself",
    "mfa_view_recovery_codes": "for those with a code: tests/e2e/test_look.py walks it by itself",
    "mfa_generate_recovery_codes": "for those with a code: tests/e2e/test_look.py walks it by itself",
    "mfa_download_recovery_codes": "a file",
    "notice_open": "leads to what the notice is about",
    "notices_bell": "asked by the page: how many are new",
    "notices_latest": "a part of every page: the bell's panel",
    "push_worker": "a script",
    "messages:bulk-run": "stands while a run goes on: tests/messages and tests/e2e open it",
    "messages:export": "stands while a file is made: tests/messages and tests/e2e open it",
    "messages:export-file": "a file",
    "messages:mailbox": "the form of a mailbox, of which the demo has none: as messages:mailbox-new",
    "messages:import": "stands after a file was brought: tests/messages/test_import_pages.py opens it",
    "messages:import-report": "a file",
    "messages:rule-change": "stands after a change of a rule: tests/messages and tests/e2e open it",
    "messages:file": "a file",
    "ical": "a file",
    "messages:letter_file": "a file",
    "messages:filter-counts": "a part of the register: the menu of kept filters",
    "messages:tags": "a part of pages: options of a field",
    "messages:similar": "a part of the case's page",
    "messages:here": "asked by the page: who else has the case open",
    "reports:document": "a file",
    "reports:making": "a part of a report's page while it is counted",
    "reports:register_import": "stands after a file is brought: tests/reports open it",
    "reports:register_template": "a file",
    **{f"open311:{name}": "for programs" for name in _OPEN311},
    **{f"lists:{code}-{what}": "a file" for code in ("topics", "recipients", "people") for what in ("file", "template")},
    "reports:register_export": "a file",
    "reports:board-figures": "a part of the board, asked for every half a minute",
    "blocks:end_substitution": "a form of a substitution, of which the demo may have none",
    "blocks:unblock_person": "a form of a blocked person, of whom the demo has none",
    "api:docs": "Swagger UI, for those who write clients",
    "reports:planning_file": "a file",
}


def methods(view: Any) -> set[str] | None:
    """The methods that the view was bound to by ``require_POST`` and its like; ``None`` when it names none."""
    while view is not None:
        for cell in getattr(view, "__closure__", None) or ():
            held = cell.cell_contents
            if isinstance(held, list | tuple) and held and set(held) <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}:
                return set(held)
        view = getattr(view, "__wrapped__", None)
    return None


def named(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every named address of the product; those of the REST interface but its page are no pages."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from named(one, f"{space}{one.namespace}:" if one.namespace else space)
        elif one.name and (not space.startswith("api:") or one.name == "docs"):
            yield space + one.name, one


def pages_of_the_product() -> set[str]:
    """The names of all addresses that answer a GET."""
    return {name for name, pattern in named() if "GET" in (methods(pattern.callback) or {"GET"})}
