"""Pages of a Center's cases, under ``/<center>/``."""

from __future__ import annotations

from django.urls import path

from blocks.selectors.frame import count_in_rail
from messages.selectors.desk import for_approval
from messages.selectors.sorting import to_sort
from messages.views import approval, case, drafts, lessons, letters, mailboxes, quick, settings, sorting, templates, together
from messages.views.auto_rules import form as auto_form
from messages.views.auto_rules import pages as auto_pages
from messages.views.clients import changes as client_changes
from messages.views.clients import hooks
from messages.views.clients import page as clients
from messages.views.imports import pages as imports
from messages.views.register import bulk, exports, page, saved, tags
from messages.views.terms import rules
from messages.views.terms.calendar import calendar
from messages.views.terms.feed import feed
from messages.views.terms.overdue import explain, overdue

app_name = "messages"

# What waits in the sections of the rail, which stands below and may not ask by itself.
count_in_rail("messages:sorting", to_sort)
count_in_rail("messages:approval", for_approval)

urlpatterns = [
    path("settings/", settings.settings, name="settings"),
    path("settings/clients/", clients.clients, name="clients"),
    path("settings/clients/new/", client_changes.new, name="new-client"),
    path("settings/clients/<int:client>/", clients.client, name="client"),
    path("settings/clients/<int:client>/key/", client_changes.rotate, name="rotate-client"),
    path("settings/clients/<int:client>/change/", client_changes.change, name="change-client"),
    path("settings/clients/<int:client>/block/", client_changes.block, name="block-client"),
    path("settings/clients/<int:client>/keys/<int:key>/block/", client_changes.block_key, name="block-key"),
    path("settings/clients/<int:client>/hooks/", hooks.add, name="add-webhook"),
    path("settings/clients/<int:client>/hooks/<int:hook>/<slug:do>/", hooks.change, name="webhook"),
    path("settings/suggestions/", lessons.suggestions, name="lessons"),
    path("settings/mailboxes/", mailboxes.listing, name="mailboxes"),
    path("settings/mailboxes/new/", mailboxes.edit, name="mailbox-new"),
    path("settings/mailboxes/<int:mailbox>/", mailboxes.edit, name="mailbox"),
    path("settings/mailboxes/<int:mailbox>/check/", mailboxes.check, name="mailbox-check"),
    path("settings/mailboxes/<int:mailbox>/pause/", mailboxes.pause, name="mailbox-pause"),
    path("messages/", page.register_page, name="list"),
    # Before the numbers of cases, which are words too.
    path("messages/new/", quick.new, name="new"),
    path("messages/new/earlier/", quick.lookup, name="earlier"),
    path("messages/new/applicant/", quick.applicant, name="earlier-applicant"),
    path("messages/conditions/", page.conditions, name="conditions"),
    path("messages/columns/", saved.columns, name="columns"),
    path("messages/filters/", saved.filters, name="filters"),
    path("messages/filters/counts/", saved.filter_counts, name="filter-counts"),
    path("messages/filters/<int:saved>/<slug:do>/", saved.change_filter, name="filter"),
    path("messages/selected/", bulk.selected, name="selected"),
    path("messages/selected/<int:run>/", bulk.bulk_run, name="bulk-run"),
    path("messages/imports/", imports.imports, name="imports"),
    path("messages/imports/<int:brought>/", imports.one, name="import"),
    path("messages/imports/<int:brought>/rows/", imports.report, name="import-report"),
    path("messages/imports/<int:brought>/<slug:do>/", imports.decide, name="import-decide"),
    path("messages/exports/", exports.exports, name="exports"),
    path("messages/exports/<int:export>/", exports.export, name="export"),
    path("messages/exports/<int:export>/file/", exports.export_file, name="export-file"),
    path("messages/tags/", tags.suggest, name="tags"),
    path("sorting/", sorting.desk, name="sorting"),
    path("sorting/<str:number>/", sorting.desk, name="sorting"),
    path("sorting/<str:number>/<slug:step>/", sorting.decide, name="sort"),
    path("settings/auto-rules/", auto_pages.rules, name="auto-rules"),
    path("settings/auto-rules/new/", auto_form.edit, name="auto-rule-new"),
    path("settings/auto-rules/<int:auto>/", auto_pages.rule, name="auto-rule"),
    path("settings/auto-rules/<int:auto>/edit/", auto_form.edit, name="auto-rule-edit"),
    path("settings/auto-rules/<int:auto>/trial/", auto_pages.trial, name="auto-rule-trial"),
    path("settings/auto-rules/<int:auto>/<slug:do>/", auto_form.act, name="auto-rule-do"),
    path("terms/", calendar, name="terms"),
    path("terms/feed/", feed, name="feed"),
    path("terms/overdue/", overdue, name="overdue"),
    path("terms/overdue/<int:term>/", explain, name="lateness"),
    path("terms/rules/", rules.rules, name="rules"),
    path("terms/rules/new/", rules.rule, name="new-rule"),
    path("terms/rules/<int:rule>/", rules.rule, name="rule"),
    path("terms/rules/<int:rule>/end/", rules.end_rule, name="end-rule"),
    path("terms/rules/changes/<int:change>/", rules.rule_change, name="rule-change"),
    path("approval/", approval.desk, name="approval"),
    path("approval/decide/", approval.decide, name="decide"),
    path("approval/<int:pk>/edit/", approval.edit, name="edit_at_approval"),
    path("messages/<str:number>/", case.case, name="case"),
    path("messages/<str:number>/draft/", case.draft, name="draft"),
    path("messages/<str:number>/classify/", case.classify, name="classify"),
    path("messages/<str:number>/control/", case.control, name="control"),
    path("messages/<str:number>/contacts/", case.contacts, name="contacts"),
    path("messages/<str:number>/keep/", drafts.keep, name="autosave"),
    path("messages/<str:number>/drop/", drafts.drop, name="drop"),
    path("messages/<str:number>/take/", drafts.take, name="take"),
    path("messages/<str:number>/here/", drafts.here, name="here"),
    path("messages/<str:number>/versions/", drafts.versions, name="versions"),
    path("messages/<str:number>/restore/", drafts.restore, name="restore"),
    path("messages/<str:number>/templates/", templates.suggestions, name="suggestions"),
    path("messages/<str:number>/templates/<int:pk>/", templates.use, name="use_template"),
    path("templates/", templates.listing, name="templates"),
    path("templates/new/", templates.edit, name="new_template"),
    path("templates/<int:pk>/", templates.edit, name="template"),
    path("templates/<int:pk>/close/", templates.close, name="close_template"),
    path("messages/<str:number>/letter/", letters.draw_up, name="letter"),
    path("messages/<str:number>/letter/<int:letter>/delivery/", letters.deliver, name="letter_delivery"),
    path("messages/<str:number>/letter/<int:letter>/<slug:kind>/", letters.file, name="letter_file"),
    path("messages/<str:number>/tags/", tags.change, name="case-tags"),
    path("messages/<str:number>/comment/", together.comment, name="comment"),
    path("messages/<str:number>/files/", together.files, name="files"),
    path("messages/<str:number>/files/<int:file>/", together.file, name="file"),
    path("messages/<str:number>/files/<int:file>/remove/", together.remove_file, name="remove_file"),
    path("messages/<str:number>/parts/", together.ask, name="ask"),
    path("messages/<str:number>/parts/<int:part>/", together.give, name="give"),
    path("messages/<str:number>/parts/<int:part>/decline/", together.decline, name="decline"),
    path("messages/<str:number>/parts/<int:part>/withdraw/", together.withdraw, name="withdraw"),
    path("messages/<str:number>/score/", together.rate, name="rate"),
    path("messages/<str:number>/score/keep/", together.keep, name="keep"),
    path("messages/<str:number>/similar/", together.similar, name="similar"),
    path("messages/<str:number>/<slug:name>/", case.step, name="step"),
]
