"""The widget's script: fresh at its plain address, for ever at its versioned one, usable from any page."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest

from engine.files.kinds import KINDS
from webchat import bundle

PLAIN = "/pub/scripts/webchat/hubster-webchat-1.0.min.js"


def test_the_plain_address_is_revalidated_each_time(client):
    first = client.get(PLAIN)
    assert first.status_code == 200
    assert first["Content-Type"] == "text/javascript; charset=utf-8"
    assert first["Cache-Control"] == "public, no-cache"
    again = client.get(PLAIN, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]


def test_it_is_packed_for_those_who_take_it(client):
    plain, packed = client.get(PLAIN), client.get(PLAIN, HTTP_ACCEPT_ENCODING="br, gzip;q=0.8")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["Vary"] == plain["Vary"] == "Accept-Encoding"
    assert packed["ETag"] != plain["ETag"]


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.0", "identity, gzip;q=0.00"])
def test_it_is_plain_for_those_who_do_not(client, accepted):
    assert "Content-Encoding" not in client.get(PLAIN, HTTP_ACCEPT_ENCODING=accepted)


def test_any_page_may_load_it(client):
    first = client.get(PLAIN)
    for answer in (first, client.get(PLAIN, HTTP_IF_NONE_MATCH=first["ETag"])):
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_the_versioned_address_is_named_by_its_content_and_never_changes(client):
    build = bundle.current()
    answer = client.get(build.versioned_path)
    assert hashlib.sha256(answer.content).hexdigest()[:12] in build.versioned_path
    assert base64.b64encode(hashlib.sha384(answer.content).digest()).decode() == build.integrity.removeprefix("sha384-")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"


def test_an_older_build_is_served_as_long_as_its_file_is_there(client, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "DIST", tmp_path)
    (tmp_path / "hubster-webchat-1.0.min.js").write_text("new")
    (tmp_path / "hubster-webchat-1.0.before.min.js").write_text("old")
    version = hashlib.sha256(b"old").hexdigest()[:12]
    assert client.get(f"/pub/scripts/webchat/hubster-webchat-1.0.{version}.min.js").content == b"old"
    assert client.get(PLAIN).content == b"new"


@pytest.mark.parametrize("version", ["000000000000", "before", "..-..-manage"])
def test_an_unknown_version_is_not_found(client, version):
    assert client.get(f"/pub/scripts/webchat/hubster-webchat-1.0.{version}.min.js").status_code == 404


def test_it_can_only_be_read(client):
    assert client.post(PLAIN).status_code == 405
    assert client.head(PLAIN).status_code == 200


def test_the_core_is_at_the_versioned_address_that_the_button_asks_for(client):
    core = bundle.core()
    start = bundle.current().plain.decode()
    assert core.versioned_path.rpartition("/")[2] in start
    assert core.integrity in start
    assert client.get(core.versioned_path).content == core.plain
    current = client.get("/pub/scripts/webchat/hubster-webchat-1.0-core.min.js")
    assert (current.content, current["Cache-Control"]) == (core.plain, "public, no-cache")


def test_little_is_loaded_until_the_button_is_there():
    assert len(bundle.current().packed) < 5_000
    assert len(bundle.current().packed) + len(bundle.core().packed) < 60_000


def test_a_visitor_can_choose_every_kind_of_file_that_the_service_accepts():
    source = Path("webchat/src/uploads.js").read_text()
    listed = re.search(r"const ENDINGS = ([^;]+);", source)[1]
    endings = set("".join(re.findall(r"'([^']+)'", listed)).split(","))
    assert endings == {ending for kind in KINDS for ending in kind.endings}
