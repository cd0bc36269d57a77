"""Languages of performance: codes of ISO 639 that the allowed values have, without script or region."""

from __future__ import annotations

from typing import Final

from distro_plugins.ern382.settings import AllowedValues

_CODES_OF_2020: Final = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bho bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee
    el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it
    iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt
    my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu raj rm rn ro ru rw sa sc sd se sg si sk sl
    sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za
    zh zu
"""
_CODES_SINCE_2020: Final = """
    aaa aar abk ace ach ada ady afa afh afr ain aka akk ale alg alt amh ang anp apa ara arc arg arn arp art arw asm
    ast ath aus ava ave awa aym aze bad bai bak bal bam ban bas bat bej bel bem ben ber bgc bih bik bin bis bla bnt
    bod bos bra bre btk bua bug bul byn cad cai car cat cau ceb cel ces cha chb che chg chk chm chn cho chp chr chu
    chv chy cmc cmn cnr cop cor cos cpe cpf cpp cre crh crp csb cus cym dak dan dar day del den deu dgr din div doi
    dra dsb dua dum dyu dzo efi egy eka ell elx eng enm epo est eus ewe ewo fan fao fas fat fij fil fin fiu fon fra
    frm fro frr frs fry ful fur gaa gay gba gbm gcf gem gez gil gla gle glg glv gmh goh gon gor got grb grc grn gsw
    guj gwi hai hat hau haw heb her hil him hin hit hmn hmo hne hrv hsb hun hup hye iba ibo ido iii ijo iku ile ilo
    ina inc ind ine inh ipk ira iro isl ita jam jav jbo jpn jpr jrb kaa kab kac kal kam kan kar kas kat kau kaw kaz
    kbd key kha khi khm kho khw kik kin kir kmb kok kom kon kor kos kpe krc krl kro kru kua kum kur kut lad lah lam
    lao lat lav lez lim lin lit lol loz ltz lua lub lug lui lun luo lus mad mag mah mai mak mal man map mar mas mcm
    mdf mdr men mga mic min mis mkd mkh mlg mlt mnc mni mno moh mon mos mri msa mul mun mus mwl mwr mya myn myv nah
    nai nap nau nav nbl nde ndo nds nep new nia nic niu nld nno nob nog non nor nqo nso nub nwc nya nym nyn nyo nzi
    oci oji ori orm osa oss ota oto paa pag pal pam pan pap pau peo phi phn pli pol pon por pra pro pus qqa qqb qqc
    qqd qqe qqf qqg qqh qqi qqj que rap rar roa roh rom ron run rup rus sad sag sah sai sal sam san sas sat sck scl
    scn sco sel sem sga sgn shn sid sin sio sit sla slk slv sma sme smi smj smn smo sms sna snd snk sog som son sot
    spa spv sqi srd srn srp srr ssa ssw suk sun sus sux swa swe syc syr tah tai tam tat tcy tel tem ter tet tgk tgl
    tha tig tir tiv tkl tlh tli tmh tog ton tpi tsi tsn tso tuk tum tup tur tut tvl twi tyv udm uga uig ukr umb und
    urd uzb vai ven vie vol vot wak wal war was wen wln wol xal xho yao yap yid yor ypk zap zbl zen zgh zha zho znd
    zul zun zxx zza
"""

_OF_2020: Final = frozenset(_CODES_OF_2020.split())
_SINCE_2020: Final = frozenset(_CODES_SINCE_2020.split())


def performance_language(tag: str) -> str:
    """The language of a tag of BCP 47, such as ``pt`` of ``pt-BR``."""
    return tag.partition("-")[0].lower()


def is_told(tag: str, values: AllowedValues) -> bool:
    """Whether the state of the allowed values has a code for the language."""
    language = performance_language(tag)
    return language in _OF_2020 or (values is AllowedValues.OF_2025 and language in _SINCE_2020)
