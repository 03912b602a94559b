"""The words a person can be found by, and the word a search asks for.

Names are stored encrypted; what can be compared is a keyed hash of a whole word. So every word somebody may type is
stored beforehand, and a search looks for exactly one.

Stored for 王小明 / Leo Wang / E0107: its Chinese parts (王, 王小, 王小明, 小, 小明, 明), pinyin syllable by
syllable from each name (wang, wangxiao, wangxiaoming, xiaoming), initials (w, wx, wxm, xm), each English word and
both orders together (leo, wang, leowang, wangleo), the number, then the beginnings of the pinyin and of the English
words as one types them, as many as fit into `MOST_TOKENS`.
A surname is read as a surname (单 shàn, 曾 zēng, 仇 qiú, 尉迟 yùchí). Given names with characters of two common
readings (乐 lè or yuè), and with ü (吕 lv, lu or lyu), are found by either.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import islice, product

from pypinyin import Style, lazy_pinyin

MOST_TOKENS = 24
"""Beginnings are stored until there are so many words; for the usual names that is all of them."""
MOST_SURE = 32
"""Long names in two scripts have more words than that which are sure; they are all stored up to this."""
_NOT_LETTERS = re.compile(r"[\W_]+")
_HAN = re.compile(r"(?:(?=\w)[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af])+")
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+")
_MOST_HAN = 12
_MOST_READINGS = 4
_MOST_WORDS = 6
_U_SOUND = re.compile("([ln])v")

# Family names that are read otherwise than the same character elsewhere.
_SURNAMES = {
    "单": "shan", "仇": "qiu", "曾": "zeng", "解": "xie", "查": "zha", "任": "ren", "区": "ou", "尉": "wei",
    "盖": "ge", "华": "hua", "朴": "piao", "折": "she", "员": "yun", "种": "chong", "缪": "miao", "乐": "yue",
    "召": "shao", "重": "chong", "翟": "zhai", "葛": "ge", "逄": "pang", "黑": "he", "秘": "bi", "卜": "bu",
    "褚": "chu", "洗": "xian", "冼": "xian", "佘": "she", "隗": "wei", "祭": "zhai", "宓": "mi", "薄": "bo",
    "繁": "po", "贾": "jia", "覃": "qin", "晁": "chao", "阚": "kan", "谌": "chen", "郗": "xi", "郇": "xun",
    "纪": "ji", "应": "ying", "宁": "ning", "盛": "sheng", "石": "shi", "车": "che", "沈": "shen", "洪": "hong",
    "吕": "lv", "万": "wan", "长": "chang", "哈": "ha", "那": "na", "牟": "mou", "相": "xiang", "殷": "yin",
    "瞿": "qu", "臧": "zang",
}  # fmt: skip
_LONG_SURNAMES = {
    "欧阳": "ou yang", "司马": "si ma", "上官": "shang guan", "诸葛": "zhu ge", "东方": "dong fang",
    "皇甫": "huang fu", "尉迟": "yu chi", "公孙": "gong sun", "慕容": "mu rong", "令狐": "ling hu",
    "长孙": "zhang sun", "宇文": "yu wen", "司徒": "si tu", "夏侯": "xia hou", "端木": "duan mu", "万俟": "mo qi",
    "澹台": "tan tai", "呼延": "hu yan", "轩辕": "xuan yuan", "南宫": "nan gong", "独孤": "du gu", "赫连": "he lian",
    "太史": "tai shi", "申屠": "shen tu", "濮阳": "pu yang", "公羊": "gong yang", "淳于": "chun yu",
    "单于": "chan yu", "钟离": "zhong li", "鲜于": "xian yu", "闾丘": "lv qiu", "西门": "xi men", "第五": "di wu",
    "拓跋": "tuo ba", "纳兰": "na lan",
}  # fmt: skip
# Characters of given names whose bearers are called by either reading.
_TWO_READINGS = {
    "乐": ("le", "yue"), "行": ("xing", "hang"), "朝": ("chao", "zhao"), "晟": ("sheng", "cheng"),
    "茜": ("qian", "xi"), "柏": ("bai", "bo"), "蔚": ("wei", "yu"), "长": ("chang", "zhang"),
    "重": ("chong", "zhong"), "曾": ("zeng", "ceng"), "参": ("shen", "can"), "翟": ("zhai", "di"),
}  # fmt: skip


def tokens_to_store(name: str, name_en: str, number: str) -> list[str]:
    """The words to store for a person, the surest first, without repetition."""
    sure: list[str] = [token_to_search(number)]
    late: list[str] = []
    latin = name
    if not name.isascii():
        plain = unicodedata.normalize("NFKC", name)
        han = "".join(_HAN.findall(plain))
        latin = _HAN.sub(" ", plain)
        if han:
            _chinese_parts(han, sure)
            _pinyin(han, sure, late)
    _english(_words(latin), sure, late)
    _english(_words(name_en), sure, late)
    tokens = dict.fromkeys(sure)
    tokens.pop("", None)
    for token in late:
        if len(tokens) >= MOST_TOKENS:
            break
        tokens[token] = None
    return list(tokens)[:MOST_SURE]


def token_to_search(query: str) -> str:
    """The word that a search asks for: case, width, spaces and signs do not matter; ü is v. Empty for nothing."""
    if query.isascii():
        return _NOT_LETTERS.sub("", query).casefold()
    return _NOT_LETTERS.sub("", _without_marks(unicodedata.normalize("NFKC", query).casefold()))


def pinyin_name(name: str) -> str:
    """A Chinese name as written in Latin letters in China, given name first: 王小明 is `Xiaoming Wang`."""
    surname, given = _split("".join(_HAN.findall(name)))
    family = "".join(_surname_syllables(surname))
    personal = "".join(_syllables_of(char)[0] for char in given)
    return f"{personal.capitalize()} {family.capitalize()}".strip()


def family_and_given(name: str, name_en: str) -> tuple[str, str]:
    """Family name and given name as a form with two fields asks for them: 王 and 小明, or `Wang` and `Leo`.

    Of a name in Latin letters the last word is the family name; of one word alone there is no given name.
    """
    han = "".join(_HAN.findall(name))
    if han:
        return _split(han)
    given, _, family = (name.strip() or name_en.strip()).rpartition(" ")
    return family, given.strip()


def _chinese_parts(han: str, sure: list[str]) -> None:
    """All parts of names of up to three characters; of longer ones the beginnings and the ends."""
    sure.append(han)
    for cut in range(1, min(len(han), _MOST_HAN)):
        sure += han[:cut], han[cut:]
    if len(han) == 3:
        sure.append(han[1])


def _pinyin(han: str, sure: list[str], late: list[str]) -> None:
    """Adds what a Chinese name is surely searched by, and what one types on the way to it."""
    surname, given = _split(han[:_MOST_HAN])
    family = _surname_syllables(surname)
    readings = [_syllables_of(char) for char in given]
    syllables = [*family, *(reading[0] for reading in readings)]
    whole, initials, own = _spelled(syllables, len(family))
    sure += whole, initials, own, initials[len(family) :]
    at = 0
    for count, syllable in enumerate(syllables, 1):
        at += len(syllable)
        sure += initials[:count], whole[:at]
    if given:
        sure.append(syllables[-1])
    late += [whole[:end] for end in range(2, len(whole))]
    for personal in islice(product(*readings), 1, _MOST_READINGS):
        sure += _spelled([*family, *personal], len(family))
    if "lv" in whole or "nv" in whole:
        # Written lu on bank cards, lyu in passports.
        sure += (_U_SOUND.sub(rf"\1{vowel}", whole) for vowel in ("u", "yu"))


def _spelled(syllables: list[str], family: int) -> tuple[str, str, str]:
    """The whole name, its initials, and the given name."""
    return "".join(syllables), "".join([each[0] for each in syllables]), "".join(syllables[family:])


def _english(words: list[str], sure: list[str], late: list[str]) -> None:
    """Adds words, both orders together and initials; and the beginnings of the words and of the whole."""
    if not words:
        return
    first, last = words[0], words[-1]
    sure += words[:_MOST_WORDS]
    late += [first[:end] for end in range(1, len(first))]
    if len(words) > 1:
        whole = "".join(words)
        sure += whole, last + "".join(words[:-1]), "".join([word[0] for word in words])
        late += [last[:end] for end in range(1, len(last))]
        late += [whole[:end] for end in range(len(first) + 1, len(whole))]


def _words(text: str) -> list[str]:
    if text.isascii():
        words = _WORDS.findall(text.casefold())
        return [word.replace("'", "") for word in words] if "'" in text else words
    found = (token_to_search(word) for word in _WORDS.findall(unicodedata.normalize("NFKC", text)))
    return [word for word in found if word]


def _without_marks(text: str) -> str:
    """Latin letters without accents, ü as v: José is jose, 吕 may be typed lü or lv."""
    if _HAN.fullmatch(text):
        return text
    text = text.replace("ü", "v")
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def _split(han: str) -> tuple[str, str]:
    """Family name and given name. A name of two characters has a family name of one."""
    length = 2 if len(han) > 2 and han[:2] in _LONG_SURNAMES else 1
    return han[:length], han[length:]


@lru_cache(maxsize=4096)
def _surname_syllables(surname: str) -> tuple[str, ...]:
    if surname in _LONG_SURNAMES:
        return tuple(_LONG_SURNAMES[surname].split())
    return (_SURNAMES.get(surname) or _syllables_of(surname)[0],)


@lru_cache(maxsize=32_768)
def _syllables_of(char: str) -> tuple[str, ...]:
    """The readings of one character, the usual one first; the character itself when it has none."""
    if char in _TWO_READINGS:
        return _TWO_READINGS[char]
    return (lazy_pinyin(char, style=Style.NORMAL, v_to_u=False)[0],)
