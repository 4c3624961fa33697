"""One sentence for what is wrong with a caption file: the line, the fault, what to do."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext, gettext_noop, ngettext

from lucarne_engine.captions.model import Finding

ERRORS: Final = {
    "empty": gettext_noop("The file is empty. Export the captions once more."),
    "too_large": gettext_noop(
        "The file is larger than 4 MB, which no captions are. Choose another one."
    ),
    "archive": gettext_noop(
        "The file is an archive. Unpack it and choose the captions inside."
    ),
    "not_text": gettext_noop(
        "The file is not text. Export the captions as WebVTT, SRT or TTML."
    ),
    "unknown_format": gettext_noop(
        "The file is neither WebVTT, SRT nor TTML. Export the captions in one of these."
    ),
    "no_cues": gettext_noop(
        "The file holds no captions with times. Export it once more, as WebVTT or SRT."
    ),
    "too_many_cues": gettext_noop(
        "Line {line}: here the captions pass 20,000, the most that are taken. Cut them."
    ),
    "bad_time": gettext_noop(
        "Line {line}: “{text}” is not a time from when to when. "
        "Write it like 00:01:02.500 --> 00:01:05.000."
    ),
    "backwards": gettext_noop(
        "Line {line}: “{text}” ends before it begins. Correct one of the two times."
    ),
    "long_cue": gettext_noop(
        "Line {line}: this caption has more than 2,000 characters. "
        "Break it up; perhaps an empty line is missing."
    ),
    "bad_xml": gettext_noop(
        "Line {line}: the XML of this TTML file is broken ({text}). Export it once more."
    ),
    "has_doctype": gettext_noop(
        "Line {line}: a document type (DOCTYPE) is not read. Export plain TTML."
    ),
    "all_beyond": gettext_noop(
        "Line {line}: all captions come after the film’s end. Choose those of this "
        "film, with times that count from its beginning (not from 10:00:00)."
    ),
}
_WITHOUT_TEXT: Final = {
    "bad_time": gettext_noop(
        "Line {line}: this caption does not say until when it is shown. Add its end."
    ),
}
NOTES: Final = {
    "encoding_guessed": gettext_noop(
        "Line {line}: the file is not in UTF-8, so its encoding was guessed. "
        "Look whether accents are right."
    ),
    "out_of_order": gettext_noop(
        "Line {line}: this caption begins before the one above it. It was put in order."
    ),
    "overlap": gettext_noop(
        "Line {line}: this caption begins while another is shown. Both are shown."
    ),
    "beyond_end": gettext_noop(
        "Line {line}: this caption comes after the film’s end. It was left out."
    ),
    "tag_dropped": gettext_noop(
        "Line {line}: {text} means nothing in captions. The mark was left out, its "
        "words were kept."
    ),
    "style_dropped": gettext_noop(
        "Line {line}: the file’s own looks were left out: viewers choose size and colors."
    ),
    "empty_cue": gettext_noop("Line {line}: this caption is empty. It was left out."),
    "stray_text": gettext_noop(
        "Line {line}: “{text}” belongs to no time. It was left out."
    ),
    "bad_setting": gettext_noop(
        "Line {line}: “{text}” says nothing about a caption’s place. It was left out."
    ),
}


def sentence(finding: Finding) -> str:
    """Return the sentence in the active language."""
    template = ERRORS.get(finding.code) or NOTES[finding.code]
    if not finding.text:
        template = _WITHOUT_TEXT.get(finding.code, template)
    said = gettext(template).format(line=finding.line, text=finding.text)
    if not finding.more:
        return said
    pattern = ngettext(
        "{sentence} ({count} more like it.)",
        "{sentence} ({count} more like it.)",
        finding.more,
    )
    return pattern.format(sentence=said, count=finding.more)
