"""What a program's person may have, asked before the first byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from lucarne.api import tus
from lucarne.catalog.errors import OverQuota
from lucarne.core import clock, conf
from lucarne.media.models import Upload


@pytest.mark.django_db
def test_a_film_over_the_quota_is_not_begun(folder: Path) -> None:
    conf.load(data=folder, uploads={"reserve_bytes": 0, "person_bytes": 10})

    def begin(size: int) -> None:
        tus._begin(person_id="per_x", name="a.mp4", size_bytes=size, at=clock.now())

    begin(6)
    with pytest.raises(OverQuota) as refused:
        begin(5)
    begin(4)
    assert Upload.objects.count() == 2
    answer = tus._translated(refused.value, None)
    assert answer.status == 413
    assert b"over_quota" in answer.body
