from __future__ import annotations

import logging
import sys

from lucarne.site.log import OneLine


def _record(message: str, *, with_error: bool = False) -> logging.LogRecord:
    info = None
    if with_error:
        try:
            _ = {}["x\ny"]
        except KeyError:
            info = sys.exc_info()
    return logging.LogRecord("lucarne.x", logging.ERROR, "f", 1, message, (), info)


def test_one_line_each() -> None:
    for record in (_record("a\nb"), _record("it broke", with_error=True)):
        assert "\n" not in OneLine().format(record)


def test_it_says_what_and_where() -> None:
    line = OneLine().format(_record("it broke", with_error=True))
    assert "ERROR lucarne.x: it broke [KeyError" in line
    assert "test_log.py:" in line
