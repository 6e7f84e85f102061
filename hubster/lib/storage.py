"""Where files are kept: what Django is told of it."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

CONNECT_WITHIN, ANSWER_WITHIN = 3, 10  # seconds


def files(local: str, folder: str, bucket: str, endpoint: str, region: str) -> dict[str, Any]:
    """The storage of files that people send: an S3 bucket when one is named, else a folder for the owner's eyes only.

    `local` is the class of that folder's storage.

    Keys of the bucket are found as boto3 finds them: in its own variables, or given to the machine.
    """
    if not bucket:
        options = {"location": folder, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {"BACKEND": local, "OPTIONS": options}
    if not (find_spec("storages") and find_spec("boto3")):
        raise ImproperlyConfigured("HUBSTER_FILES_BUCKET needs more packages: pip install -r requirements-s3.lock.")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint or None,
            "region_name": region or None,
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
            "client_config": _client(),
        },
    }


def _client() -> Any:
    """Time-outs for a bucket: the library's own five attempts of a minute each would hold a thread as long."""
    config = import_module("botocore.config")
    once = {"total_max_attempts": 1}
    return config.Config(
        signature_version="s3v4", connect_timeout=CONNECT_WITHIN, read_timeout=ANSWER_WITHIN, retries=once
    )
