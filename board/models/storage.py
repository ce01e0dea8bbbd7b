"""Where uploaded files are kept."""

from django.core.files.storage import Storage, storages


def private_files() -> Storage:
    """Nothing in it has an address of its own: views serve it to those who may see it."""
    return storages["files"]
