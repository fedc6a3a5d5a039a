"""Addresses below /desk/: notices, and the administrator's view of events, jobs and the audit log."""

from django.urls import path

from yuzhou.ui.flow import audit, deliveries, inbox, jobs

urlpatterns = [
    path("notices/", inbox.list_notices, name="flow-notices"),
    path("notices/settings", inbox.edit_channels, name="flow-channels"),
    path("notices/trial", inbox.send_trial, name="flow-trial"),
    path("notices/read", inbox.read_all, name="flow-read-all"),
    path("notices/<uuid:notice>/open", inbox.open_notice, name="flow-notice-open"),
    path("notices/<uuid:notice>/acknowledge", inbox.acknowledge, name="flow-notice-acknowledge"),
    path("notices/<uuid:notice>/unread", inbox.put_back, name="flow-notice-unread"),
    path("admin/events/", deliveries.list_dead, name="flow-deliveries"),
    path("admin/events/<int:delivery>/", deliveries.show_dead, name="flow-delivery"),
    path("admin/events/<int:delivery>/retry", deliveries.retry, name="flow-delivery-retry"),
    path("admin/events/<int:delivery>/skip", deliveries.skip, name="flow-delivery-skip"),
    path("admin/jobs/", jobs.list_jobs, name="flow-jobs"),
    path("admin/jobs/<int:job>/", jobs.show_job, name="flow-job"),
    path("admin/jobs/<int:job>/retry", jobs.retry, name="flow-job-retry"),
    path("admin/jobs/<int:job>/forget", jobs.forget, name="flow-job-forget"),
    path("admin/audit/", audit.list_entries, name="flow-audit"),
    path("admin/audit/<uuid:entry>/", audit.show_entry, name="flow-audit-entry"),
    path("admin/audit/<uuid:entry>/proof.json", audit.download_proof, name="flow-audit-proof"),
]
