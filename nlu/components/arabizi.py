"""Arabizi, Arabic in Latin letters and digits ("3ayez arga3"), put into Arabic letters.

Only the sentence encoder reads it so: it has seen much Arabic and hardly any Arabizi. The file
stands twice, letter for letter: `bot/nlu/arabizi.py` and `nlu/components/arabizi.py` (Rasa needs
Python 3.10, and neither project can import the other); a test compares them.

Common words come from a table. Any other is spelled in all likely ways, and the way whose pieces
are the commonest in the encoder's own vocabulary is taken: its unigram scores (T. Kudo, "Subword
Regularization", ACL 2018) were learned from the web in about 100 languages. Transliteration by
candidates that a language model ranks is K. Darwish, "Arabizi Detection and Conversion to Arabic",
ANLP 2014; so is telling it by its words. Packages were tried on the same 94 messages, and left:
intents right 27 % untouched, 32 % with arabizikit 1.0.0, 40 % with egyptian-arabizi-franco 0.1.1
(13 MB), 65 % with this (70 % of the 64 beside which the table was written, 53 % of the other 30).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

TELLING = """
2abadt قبضت; 2abadtesh قبضتش; 2abl قبل; 3afak عفاك; 3afakom عفاكم; 3al عال; 3ala 3la على;
3alaikom 3alekum 3alikom 3likom alaykom عليكم; 3alaya 3lia عليا; 3aleko عليكو; 3alena 3lina
علينا; 3and 3end 3nd عند; 3andak 3andek عندك; 3andhom 3andohom عندهم; 3andi 3andy 3ende 3endi
3indi 3ndi عندي; 3andich 3ndich ما عنديش; 3andkom عندكم; 3ando عنده; 3ard عرض; 3asa عصا; 3asaya
3asayah 3asaye عصاية; 3ashan 3shan ashan عشان; 3at9ouni 3te9ouni عتقوني; 3awenouni 3awnoni
3awnouni عاونوني; 3awez عاوز; 3awnouna عاونونا; 3awza عاوزة; 3ayan 3yan عيان; 3ayesh عايش; 3ayez
عايز; 3ayza عايزة; 3ayzeen عايزين; 3lach علاش; 3lashan علشان; 3lik عليك; 3omrha عمرها; 3omri
عمري; 5alasoni khallsoni khalsouni خلصوني; 5atafony 5atafooni khatafoni khatfouni خطفوني; 5ayef
khayef khayf خايف; 7a2 7a9 l7a9 حق; 7a2ee2y 7a2i2i 7a8ee8i 7aqiqi حقيقي; 7a2i 7agi حقي; 7ab حاب;
7abseenna 7absinna حابسينا; 7abseeny 7absinni حابسيني; 7ad حد; 7ada حدا; 7aga 7aja حاجة; 7amel
حامل; 7amla حاملة; 7ares 7aris حارس; 7ata 7atta حتى; 7doud 7odood حدود; 7it حيت; 7itash حيتاش;
7na حنا; 7o2oo2 7oqooq 7ou2ou2 حقوق; 7okoma 7okouma 7oukouma حكومة; 7oras 7orras حراس; 7rara
حرارة; 8arama gharame غرامة; a3eesh اعيش; a5rog akhrog akhruj nkhrj okhrog اخرج; a6la3 atla3
atlaa3 etla3 اطلع; aballe8 aballegh aballigh ابلغ; abgha ابغى; abuy ابوي; ahlan اهلا; ahrab
ahreb ahrob اهرب; aiwa aywa ايوه; akeed اكيد; akhouya akhoya اخويا; akhoy اخوي; akol اكل; alyawm
elyom lyom lyoum اليوم; amout اموت; amrug امرق; an2ezoni anqizoni انقذوني; anta7er antaher
انتحر; arga3 arja3 rja3 ارجع; asabee3 اسابيع; awy اوي; ba2a بقى; ba3d بعد; ba3ona ba3oona
ba3ouna باعونا; ba3oni ba3ooni ba3oony ba3ouni باعوني; badde baddi بدي; barcha برشا; batalt
بطلت; bekhalona bey5alona bey5aloona bykhallouna bykhalouna بيخلونا; beta3 bta3 بتاع; beta3ti
beta3ty بتاعتي; beta3y bita3i bitai bta3i بتاعي; betnafes bitnaffes byetnafes byitnaffas بيتنفس;
beydrabo biyidrabo bydrabo byedrabo byidrabo بيضربوا; beydraboni beydrabony bydrabouni
byedrabooni بيضربوني; beynzef binzif bynzef بينزف; bezzaf bzaf بزاف; bghina بغينا; bghit بغيت;
bkam بكم; blassa بلاصة; bokra bukra بكرة; boulis بوليس; ch7al chhal sh7al شحال; charika shareka
sharika sherka shirka شركة; chkoun شكون; chno chnou shino shinu shnu شنو; chokran choukran
shokran shukraan شكرا; chwiya shwaya شوية; da7eya da7eyya da7iya da7iyya ضحية; daayr داير;
daraboni darbouni drbouni ضربوني; ddem الدم; delwa2ti delwa2ty dilwa2ti دلوقتي; dktor دكتور;
dyal ديال; dyali ديالي; dyalna ديالنا; dzayer الجزائر; e5ti ekhti okhti okhty اختي; e7na i7na
احنا; ebni ابني; el2ard الارض; el7a2ona el7a2oona el7a2ouna ilha8oona الحقونا; el7a2oni el7a2ony
el7a2ooni el7a2oony ilha2ooni ilha8ooni الحقوني; el7amdolellah hamdolellah الحمد لله; elsalama
essalama السلامة; embare7 embari7 imbari7 mbere7 امبارح; ems7o emsa7o imsa7o امسحوا; ezay ezzay
ازاي; ezayak ezayek ازيك; fadlak fadlik فضلك; feeh fih فيه; felos fulus فلوس; ga3an جعان; gedan
giddan jiddan جدا; ghda غدا; ghorfa ghurfa غرفة; girish قرش; gurush قروش; hala2 halla2 هلأ;
hanot هنط; hant7er هنتحر; harabet herbt hrebt هربت; hasa3 hassa3 هسع; hay2telona hay2tlona
hay2tloona هيقتلونا; hay2teloni hay2telony hay2tlony hay2tlooni هيقتلوني; hayb3ony hayb3ooni
hayb3oony haybe3oony haybi3ooni هيبيعوني; hayb3oona haybe3oona haybi3oona هيبيعونا; hayda هيدا;
haymawetoni haymawtony haymowtoni هيموتوني; hena هنا; henak hnak hunak هناك; heya هي; howwa هو;
i2ama iqama iqame اقامة; insha2allah nshallah ان شاء الله; jo3an jou3an ju3an جوعان; jouwa جوا;
kahraba kahrba كهرباء; kamboudia كمبوديا; kanet كانت; kaydarbo kayderbo kaydrbo kaydrbou كيضربو;
kaydarboni kayderbouni kaydrbouni كيضربوني; kaydarbouna kaydrbouna كيضربونا; kayen كاين; kayna
كاينة; kaytneffes yetnafes yetnaffas ytnaffas يتنفس; khallsonich khalsounich خلصونيش; khassni
خاصني; khayfa خايفة; khdma khedma خدمة; kher خير; khoya خويا; kifach kifash كيفاش; kteer ktir
كتير; kwayes كويس; l3icha العيشة; la2 لأ; la2anno la2enno لانه; la2en لان; la72ni la7e2ni
la7e2ny la7i2ni لاحقني; la7e2enni la7i2inni لاحقيني; laish leesh lesh lish ليش; lazem lezem
لازم; lbab الباب; lbare7 البارح; lbolis البوليس; lchef الشيف; lebnan لبنان; lmeghrib المغرب;
lvisa الفيزا; m3a ma3 مع; ma2 ماء; ma2fool magfool makfool مقفول; ma3ah معاه; ma3ak معاك; ma3ana
معانا; ma3ash معاش; ma3ay معاي; ma3aya معايا; ma3i معي; ma3na معنا; ma3o معه; ma7ami mo7ami
محامي; ma7boos ma7bos ma7bous mahboos mahbous محبوس; ma7boosa ma7bosa ma7bousa محبوسة;
ma7booseen ma7boseen ma7bousin mahbosin محبوسين; mafeesh mafish مافيش; makaynch ما كاينش; makla
ماكلة; mar7aba marhaba مرحبا; masa2 مساء; mat3b ta3ban تعبان; mayya مية; mezyan مزيان; mish
moush مش; mmkn ممكن; mni7 mnih منيح; modeer mudir مدير; mogama3 mogamma3 mojamma3 mujamma3 مجمع;
morattab مرتب; mosaddas مسدس; mostashfa mustashfa مستشفى; motaham muttaham متهم; mrid مريض;
msakkar mskar مسكر; msdoud mssdoud مسدود; n5roj nkhrej nkhroj no5rog nokhrog nukhruj نخرج; n7eb
nheb نحب; na3am نعم; na7na ne7na nihna نحنا; namrug نمرق; narja3 nerga3 nrja3 نرجع; ne6la3
netla3 nitla3 نطلع; nehrab nhrab nohrob نهرب; nel9a nl9a nla9i نلقى; nemchi nmchi نمشي; nemra
نمرة; nenzel ninzil ننزل; nkhrjo نخرجو; nmout نموت; nn3es نعس; ommi امي; ra2am ra2m ragm رقم;
ra7 راح; rahom راهم; ratib راتب; rfi2i رفيقي; rgal رجال; sa3a ساعة; sa3dona ساعدونا; sa3doni
sa3dony sa3dooni sa3douni sa3duni ساعدوني; sa3edni ساعدني; sa7bi sa7by صاحبي; sa7bti صاحبتي;
saba7 sba7 صباح; saddin سادين; sadi2i صديقي; safara sefara sifara سفارة; salamo salamou سلامو;
sama7t سمحت; sbitar سبيطار; sekkina سكينة; semsar سمسار; shahr شهر; shahrein شهرين; share3
shari3 شارع; sho8l shoghl shughul شغل; shuhur شهور; shurta شرطة; shway شوي; sla7 سلاح; sokhona
سخونة; souria سوريا; t7bsni تحبسني; ta2shera ta2shira تاشيرة; tab3ani tab3ni tabe3ni tb3ni
تابعني; tab3enni tab3inni تابعيني; taba3 تبع; taba3i تبعي; tayara tayyara طيارة; tazkara تذكرة;
tricinti trisinti تريسينتي; wa2a3 we2e3 wi2i3 وقع; wa2ef wa9ef wagef واقف; wa2feen wa2fin wa9fin
wagfeen واقفين; wa7d wa7ed wahed واحد; waja3 wja3 وجع; walakin welakin ولكن; waraya ورايا;
y3aweni y3awenni y3awnni yesa3edny ysa3idni يساعدني; y5alloona y5alona ykhalloona ykhalouna
يخلونا; y7bsouni yi7bisooni يحبسوني; y9tloni y9tlouni ye2teluni ye2tlooni ye2tlouni yi2tilooni
يقتلوني; y9tlouna ye2tlouna yi2tiloona يقتلونا; yalla يلا; yalli يلي; yanzif ynzef ينزف;
ybe3ooni ybee3ooni ybi3oni ybi3ouni يبيعوني; ybee3ni ybi3ni يبيعني; ybee3oona ybi3ona ybi3ouna
يبيعونا; ydhirboona ydrbouna yedrabona يضربونا; ydhirbooni ydraboni ydrboni yedraboni yedrabooni
yedrboni يضربوني; yemken ymken يمكن; yeslamo يسلمو; ykhaliwna ykhalliwna يخليونا; ykhaliwni
ykhalliwni يخليوني; yomein يومين; youm يوم
"""
"""Words that no taught language has, and their Arabic spelling, by which Arabizi is told.

None of them is in `nlu/data`, but for a few Moroccan sentences among the French, and none is common
in 27 languages in Latin letters (wordfreq 3.1.1: Zipf frequency below 2.6).
"""

SHARED = """
3am عم; 3an عن; 5er kheir خير; abi ابي; abl قبل; ach ash اش; afak عفاك; ah اه; ahla اهلا; akid
اكيد; akil akl اكل; al el il ال; alaikum عليكم; alhamdulillah الحمد لله; alla allah الله; ama
اما; amoot اموت; ana انا; anam انام; aw او; awi اوي; ayam ايام; bab باب; bach bash باش; bade
bedi biddi bidi بدي; baghi باغي; bakra بكرة; baqa بقى; bara barra برا; bas bs بس; basbor basport
pasport passport باسبور; beit bet bit بيت; bel bil بال; benti binti بنتي; bolis بوليس; boss
المدير; bot بوت; cambodia kambodia kambodya كمبوديا; chef شيف; chhor shohor شهور; chi she shi
شي; company شركة; da dah ده; daba دابا; dam damm دم; dar دار; darb ضرب; dawa dwa دواء; dayer
داير; di دي; dial ديال; diali ديالي; doctor دكتور; dol دول; dolar dollar دولار; eh eih ايه; ehna
احنا; elli elly illi li lli اللي; emta imta امتى; enta انت; enti انتي; ento انتو; eza iza اذا;
fe fi في; feen fein fin فين; fel fil في ال; fisa visa فيزا; flous folos فلوس; funduq hotel فندق;
gawaz jawaz جواز; ghadan غدا; ghadi غادي; gharama غرامة; ghi ghir غير; gowa jowa جوا; had هاد;
hada هادا; hadi هادي; haga haja حاجة; hal2 هلق; harban هربان; harbana هربانة; hareb هارب; hassa
هسه; hatta حتى; hay هاي; hina hna هنا; homa huma هم; hon houn هون; honi هوني; howa هو; ibni
ابني; ila الى; inshallah ان شاء الله; jawazat جوازات; kam كم; kaman كمان; kan كان; kayn كاين;
keif kif كيف; kel kol koul kul كل; khass خاص; kont كنت; la لا; lakin لكن; lal lel لل; lard
الارض; law لو; lazim لازم; leh leih ليه; lessa lissa لسه; lubnan لبنان; ma ما; machi ماشي; mafi
مافي; maghrib المغرب; makan مكان; mareed مريض; masari مصاري; maser masr مصر; matar مطار; may مي;
mayet ميت; meen min مين; mel من ال; men mn من; mersi ميرسي; mesh msh mush مش; message msg رسالة;
mo mu مو; mobile موبايل; momken mumkin ممكن; mortab مرتب; moya موية; naam نعم; nas ناس; nasb
نصب; now الان; oda اوضة; passporti الباسبور ديالي; please plz ارجوكم; police shorta شرطة; rah
راه; raqam رقم; rateb راتب; robot روبوت; sabah صباح; sadiqi صديقي; salam سلام; salama salamah
سلامة; sana سنة; sho shou shu شو; shukran شكرا; sifarat سفارة; sikkin سكين; silah سلاح; sneen
سنين; sudan السودان; ta3 تاع; tamam تمام; taxi تاكسي; telefon telephone تلفون; tounes تونس; w wa
we و; wach wash واش; wala walla wla ولا; wallah والله; wein wen win وين; wel وال; wish وش; ya
يا; yaman اليمن; yom يوم
"""
"""Words that other languages spell alike: read as Arabic only in a text that is Arabizi."""

_LONGEST = 24  # letters; a longer word is none
_WAYS = 48  # spellings of one word that are weighed against each other
_COMMON = 0.5  # weight of a spelling's pieces against how usual its letters are


def is_arabizi(text: str) -> bool:
    """Whether a text is certainly Arabizi; what is not certain is left as it is.

    A word tells if it is of TELLING, or has a 3, 5, 7 or 9 where Arabizi has it. It takes two that
    make up a fifth of the text, and a word of the tables among them; or one, where at least three
    words and half of all are known.

    Of 44,976 sentences of `nlu/data` that are so 8, all Moroccan, among the French; of 108,000
    made of the common words of 27 other languages in Latin letters, none.
    """
    words = set(_WORD.findall(text.lower()))
    telling = {word for word in words if word in _TELLING or _MARKED.search(word)}
    known = telling | (words & _WORDS.keys())
    if len(telling) >= 2 and len(telling) * 5 >= len(words):  # noqa: PLR2004
        return bool(words & _WORDS.keys())
    return bool(telling) and len(known) >= 3 and len(known) * 2 >= len(words)  # noqa: PLR2004


def in_arabic_letters(text: str, tokens: SentencePieceProcessor) -> str:
    """The text with its Latin words in Arabic letters if it is Arabizi, else as it is.

    `tokens` is the encoder's vocabulary; it ranks the spellings of words that the table lacks.
    """
    if not is_arabizi(text):
        return text
    spelled, joined = "", ""
    for part in _PARTS.findall(text):
        word = part.lower()
        if joined and part.isspace():
            continue
        if word in _JOINED:
            joined += _JOINED[word]
            continue
        spelled += _attached(joined, _spelled(word, tokens) if _is_latin(part) else part)
        joined = ""
    return spelled + joined


_WORD = re.compile("[a-z0-9']+")
_PARTS = re.compile(r"[A-Za-z0-9']+|\s+|[^A-Za-z0-9'\s]+")
_MARKED = re.compile("[a-z][3579][a-z]|^[37][a-z]{3}")
# What is written as one word with the next in Arabic letters.
_JOINED = {
    "el": "ال", "al": "ال", "il": "ال", "l": "ال", "w": "و", "wel": "وال", "bel": "بال",
    "bil": "بال", "lel": "لل", "lal": "لل", "3al": "عال", "fel": "فال", "b": "ب", "le": "ل",
}  # fmt: skip
_FOREIGN = frozenset({"phnom", "penh", "bavet", "poipet", "telegram", "facebook", "whatsapp"})

# How a group of letters is written in Arabic, and what each way costs: nothing when it is usual, 1
# when it is seldom; a short vowel mostly is not written. By where it stands in the word.
_WITHIN = {
    "sh": "ش", "ch": "ش تش:2", "kh": "خ", "gh": "غ", "th": "ث ذ:1 ت:1.5", "dh": "ذ ض ظ:.5",
    "3'": "غ", "7'": "خ", "6'": "ظ", "9'": "ض", "2": "ق:.3 أ:.5 ئ:.5 ء:1 ا:1", "3": "ع", "5": "خ",
    "6": "ط", "7": "ح", "8": "غ ق", "9": "ق ص:.7", "aa": "ا ع:3", "ee": "ي -:3", "oo": "و -:3",
    "ou": "و -:2", "ei": "ي -:2", "ai": "ي اي:1", "ay": "ي اي:.7", "ey": "ي", "ie": "ي",
    "ea": "ي -:1", "aw": "و او:1", "a": "-:.7 ا:.7", "e": "-:.3 ي:1.5 ا:2.5", "i": "ي:.5 -:.9",
    "o": "و:.5 -:1", "u": "و:.5 -:.9", "y": "ي", "w": "و", "b": "ب", "t": "ت ط:.8", "s": "س ص:.8",
    "d": "د ض:.8", "z": "ز ذ:.8 ظ:1", "h": "ه ح:1.2", "k": "ك ق:2.5", "q": "ق",
    "g": "ج:.5 ق:.7 غ:2 ك:3", "j": "ج", "f": "ف", "v": "ف", "p": "ب", "x": "كس", "c": "ك س:1",
    "r": "ر", "l": "ل", "m": "م", "n": "ن", "'": "- ع:1.5",
}  # fmt: skip
_FIRST = _WITHIN | {
    "a": "ا أ:.3", "e": "ا إ:.5 ي:2", "i": "ا إ:.3", "o": "ا:.3 أ:.5 و:1", "u": "ا:.3 أ:.5",
    "2": "أ ق ا:.5", "ou": "او", "ai": "اي", "ei": "اي", "ay": "اي", "ee": "اي", "oo": "او",
}  # fmt: skip
_LAST = _WITHIN | {
    "a": "ا:.5 ة:.5 ى:1.2 ه:1.5", "e": "ة:.7 ي:.7 ه:1", "eh": "ة ه", "ah": "ة ه:.3 اه:1",
    "o": "و:.5 ه:.5 وا:.5", "ou": "وا و:.3", "oo": "وا و:.3", "u": "و:.5 وا:.5 ه:.7", "i": "ي",
    "ee": "ي يه:1", "aa": "ا اء:1", "2": "ق ء:.3 أ:1",
}  # fmt: skip
_GROUPS = re.compile("[ae]h$|" + "|".join(sorted(_WITHIN, key=len, reverse=True)))
_STRETCHED = re.compile(r"([^aeiou0-9])\1+|([aeiou])\2+(?=\2\2)")


def _table(lines: str) -> dict[str, str]:
    found = {}
    for entry in " ".join(lines.split()).split("; "):
        words = entry.split()
        arabic = " ".join(word for word in words if not word.isascii())
        found.update({word: arabic for word in words if word.isascii()})
    return found


def _ways(letters: dict[str, str]) -> dict[str, list[tuple[str, float]]]:
    return {
        group: [
            (way.strip("-"), float(cost or 0))
            for way, _, cost in (written.partition(":") for written in ways.split())
        ]
        for group, ways in letters.items()
    }


_TELLING = _table(TELLING)
_WORDS = _table(SHARED) | _TELLING
_AT_FIRST, _INSIDE, _AT_LAST = _ways(_FIRST), _ways(_WITHIN), _ways(_LAST)


def _is_latin(part: str) -> bool:
    word = part.lower()
    return word not in _FOREIGN and len(part) <= _LONGEST and bool(re.search("[a-z]", word))


def _attached(joined: str, word: str) -> str:
    if joined and (word.isascii() or joined == word):
        return f"{joined} {word}"
    return joined + (word.removeprefix("ال") if joined.endswith("ل") else word)


def _spelled(word: str, tokens: SentencePieceProcessor) -> str:
    if word in _WORDS:
        return _WORDS[word]
    groups = _GROUPS.findall(_STRETCHED.sub(r"\1\2", word))
    ways = [(0.0, "")]
    for place, group in enumerate(groups):
        last = place == len(groups) - 1
        letters = _AT_FIRST if place == 0 else _AT_LAST if last else _INSIDE
        ways = [(cost + more, way + one) for cost, way in ways for one, more in letters[group]]
        ways = sorted(ways)[:_WAYS]
    return min(ways, key=lambda way: (way[0] + _COMMON * _rarity(way[1], tokens), way[1]))[1]


def _rarity(word: str, tokens: SentencePieceProcessor) -> float:
    return -sum(float(tokens.get_score(piece)) for piece in tokens.encode(word))
