from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "yuzhou.kernel.files"
    label = "kernel_files"
    default_auto_field = "django.db.models.BigAutoField"
