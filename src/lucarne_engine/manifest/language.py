"""Language tags for manifests: the shortest code there is (RFC 5646 clause 2.2.1)."""

from __future__ import annotations

from typing import Final

# ISO 639-2 codes (terminology and bibliography) that have two letters in ISO 639-1:
# three letters, then two.
_TABLE: Final = """
    aaraa abkab afraf akaak albsq amham araar argan armhy asmas avaav aveae aymay
    azeaz bakba bambm baqeu belbe benbn bihbh bisbi bodbo bosbs brebr bulbg burmy
    catca cescs chach chece chizh chucu chvcv corkw cosco crecr cymcy czecs danda
    deude divdv dutnl dzodz ellel engen epoeo estet euseu eweee faofo fasfa fijfj
    finfi frafr frefr fryfy fulff geoka gerde glagd glega glggl glvgv greel grngn
    gujgu hatht hauha hebhe herhz hinhi hmoho hrvhr hunhu hyehy iboig iceis idoio
    iiiii ikuiu ileie inaia indid ipkik islis itait javjv jpnja kalkl kankn kasks
    katka kaukr kazkk khmkm kikki kinrw kirky komkv konkg korko kuakj kurku laolo
    latla lavlv limli linln litlt ltzlb lublu luglg macmk mahmh malml maomi marmr
    mayms mkdmk mlgmg mltmt monmn mrimi msams myamy nauna navnv nblnr ndend ndong
    nepne nldnl nnonn nobnb norno nyany ocioc ojioj orior ormom ossos panpa perfa
    plipi polpl porpt pusps quequ rohrm ronro rumro runrn rusru sagsg sansa sinsi
    slksk slosk slvsl smese smosm snasn sndsd somso sotst spaes sqisq srdsc srpsr
    sswss sunsu swasw swesv tahty tamta tattt telte tgktg tgltl thath tibbo tirti
    tonto tsntn tsots tuktk turtr twitw uigug ukruk urdur uzbuz venve vievi volvo
    welcy wlnwa wolwo xhoxh yidyi yoryo zhaza zhozh zulzu
"""  # fmt: skip
_SHORT: Final = {entry[:3]: entry[3:] for entry in _TABLE.split()}


def tag_of(code: str) -> str:
    """Give the tag for an ISO 639-2 code: ``fra`` and ``fre`` are ``fr``.

    What is no code of two or three letters, and ``und``, is "" (not known).
    """
    plain = code.strip().lower()
    if not (plain.isascii() and plain.isalpha() and len(plain) in {2, 3}):
        return ""
    return "" if plain == "und" else _SHORT.get(plain, plain)
