"""The film's part of the reference page of errors, made from the sentences themselves.

``python -m lucarne.cli.errors_reference`` writes the page, with everybody else's.
"""

from __future__ import annotations

from lucarne_engine.errors import ENCODER_CODES, SOURCE_CODES

HEAD = """\
<!-- Made by `python -m lucarne.cli.errors_reference`; do not edit by hand. -->

# Errors and warnings

A film that cannot be published says so in one sentence and with a stable code: on its page in the studio, in
`lucarne publish --json` (`error.code`) and in `lucarne jobs`. Codes do not change between releases; sentences may.
"""


def _fault(code: str) -> str:
    if code in SOURCE_CODES:
        return "the film's"
    return "the machine's" if code in ENCODER_CODES else "the request's"


def errors_page() -> str:
    """Return the page's beginning; the same on every machine."""
    # Imported here: sentences want Django's settings, which the caller makes first.
    from lucarne.media import text_sentences
    from lucarne.media.sentences import REFUSALS, WARNINGS

    lines = [
        HEAD,
        "## Errors",
        "",
        "| code | whose fault | sentence |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{code}` | {_fault(code)} | {sentence.format(name='film.mp4')} |"
        for code, sentence in sorted(REFUSALS.items())
    ]
    lines += ["", "## Warnings", "", "The film is published all the same.", ""]
    lines += ["| code | sentence |", "|---|---|"]
    lines += [f"| `{code}` | {text} |" for code, text in sorted(WARNINGS.items())]
    lines += ["", "## Captions", ""]
    lines += ["A file is refused, or taken with a remark on its page.", ""]
    lines += ["| code | refused | sentence |", "|---|---|---|"]
    for refused, told in (("yes", text_sentences.ERRORS), ("no", text_sentences.NOTES)):
        lines += [
            f"| `{code}` | {refused} | {text} |"
            for code, text in sorted(told.items())
        ]
    return "\n".join(lines) + "\n"
