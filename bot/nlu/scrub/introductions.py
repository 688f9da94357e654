"""Words after which a name comes, language by language, and words that are no names after them."""

from __future__ import annotations

import re
from typing import Final

INTRODUCED: Final = {
    "en": (
        (
            r"(?:my|his|her|their|our|whose|full|first|last|real|boss|agent|friend'?s?|brother'?s?|"
            r"sister'?s?|husband'?s?|wife'?s?|son'?s?|daughter'?s?|the)\s+(?:full\s+)?name"
            r"(?:\s+(?:is|was)|'s|s|\s*[:=-])"
        ),
        r"(?:i am|i'm|im|he is|she is|is|was|are)\s+(?:called|named)",
        r"(?:a|the)\s+\w+\s+(?:called|named)",
        r"(?:this is|it's)(?=\s+\w+\s+(?:speaking|here\b))",
        r"(?<!\w)names?\s*[:=]",
        r"(?<!\w)[sd]/o\.?(?!\w)",
    ),
    "id": (
        (
            r"nama\s*(?:lengkap\s*)?(?:saya|aku|gw|gue|gua|dia|suami saya|istri saya|anak saya"
            r"|adik saya"
            r"|kakak saya|teman saya|temen gw)(?:\s+(?:adalah|itu|ialah))?\s*[:=]?"
        ),
        r"nama(?:ku|nya)\s*(?:adalah|itu|[:=])?",
        r"(?:ber|di)?nama(?:kan)?\s*[:=]",
        r"bernama",
        r"(?:saya|aku)\s+dipanggil",
    ),
    "zh": (
        r"(?:我|他|她|哥|弟|姐|妹|公|婆|子|女儿|朋友|老乡|人|本人)的?(?:名字|姓名|真名|全名)?(?:是)?叫做?",
        r"(?:我|他|她|本人)的?(?:名字|姓名|真名|全名)(?:是|[:：])",
        r"(?:名字|姓名|真名|全名)\s*(?:是|叫|[:：])",
        r"(?:我|他|她|本人)姓",
        r"名叫",
    ),
    "hi": (
        (
            r"(?:मेरा|मेरी|उसका|उनका|इसका|हमारा|का|पूरा)\s+नाम"
            r"\s*[:=]?"
        ),
        r"(?:mera|meri|uska|unka|pura)\s+na+m\s*(?:hai)?\s*[:=]?",
        r"नाम\s*[:=]",
        r"(?:पुत्र|सुपुत्र)\s+(?:श्री\s+)?",
    ),
    "ur": (
        r"(?:میرا|اس کا|ان کا|اسکا|بھائی کا|بیٹے کا|لڑکے کا|شوہر کا|دوست کا|پورا|کا)\s+نام\s*[:=]?",
        r"نام\s*[:=]",
        r"(?<!\w)(?:ولد|بنت|زوجہ)(?!\w)",
    ),
    "bn": (
        r"(?:আমার|তার|ওর|উনার|ভাইয়ের|ছেলের|স্বামীর|বন্ধুর|বোনের|পুরো)\s+নাম\s*(?:হলো|হল|হচ্ছে)?\s*[:=]?",
        r"নাম\s*[:=ঃ]",
        r"(?:amar|tar|or)\s+na+m\s*[:=]?",
    ),
    "ne": (
        r"(?:मेरो|उसको|उनको|हाम्रो|भाइको|दाइको|छोराको|श्रीमानको|साथीको|को|पुरा)\s+नाम\s*(?:चाहिँ)?\s*[:=]?",
        r"(?:mero|usko|bhai ko)\s+na+m\s*[:=]?",
    ),
    "vi": (
        (
            r"(?:tôi|toi|em|con|cháu|chau|mình|anh|chị|chi|nó|bạn|ông|bà|người|nguoi)\s+(?:ấy\s+)?"
            r"(?:tên|ten)(?:\s+(?:là|la|thật là))?\s*[:=]?"
        ),
        r"(?:tên|ten)\s+(?:của\s+)?(?:tôi|toi|em|con|cháu|mình|nó)\s+(?:là|la)\s*[:=]?",
        r"(?:họ\s+(?:và\s+)?tên|ho ten|tên đầy đủ|tên)\s*(?:là|[:=])",
    ),
    "th": (
        r"(?<!ราย)(?<!เ)ชื่อ(?:จริง|เล่น|เต็ม)?(?:ของ(?:ผม|ฉัน|หนู|เขา|เธอ))?(?:ว่า|คือ)?\s?[:=]?",
        r"(?:^|(?<=\s))(?:นางสาว|น\.ส\.|ด\.ช\.|ด\.ญ\.)",
        r"(?:^|(?<=\s))นาย(?!จ้าง|หน้า|ทุน|ก|ใหญ่|จีน|แบบ|คน|ที่|ตำรวจ)",
    ),
    "my": (
        r"(?:နာမည်|အမည်|နာမယ်)(?:အရင်း|အပြည့်အစုံ)?(?:က|မှာ|ကတော့)?\s?[:=]?",
        r"(?:^|(?<=\s))ဒေါ်(?!လာ)",
    ),
    "fil": (
        r"pangalan\s+(?:ko|niya|nya|nito|ng\s+\w+(?:\s+ko)?)\s*(?:po\s+)?(?:ay|is|[:=])",
        r"(?:ang\s+)?pangalan\s*[:=]",
        r"(?<!\w)(?:ako|aq)\s+(?:po\s+)?(?:si|c)(?!\w)",
    ),
    "sw": (
        r"jina\s+(?:langu|lake|lao|letu|kamili)\s*(?:ni|naitwa|[:=])",
        r"(?:na|ana|wana|ni|u|a|wa)itwa",
        r"(?<!\w)jina\s*[:=]",
    ),
    "am": (
        r"(?<!\w)(?:ስሜ|ስሙ|ስሟ|ስማቸው|ሙሉ ስሜ|የወንድሜ ስም|የእህቴ ስም|የባሌ ስም|የጓደኛዬ ስም)(?!\w)\s*[:፡=]?",
        r"(?<!\w)(?:አቶ|ወይዘሮ|ወ/ሮ|ወይዘሪት|ወ/ሪት|ዶ/ር)(?!\w)",
    ),
    "fr": (
        r"(?:je\s+m|(?:il|elle|qui)\s+s)['’ ]?\s?ap+el+e",
        r"(?:mon|son|leur)\s+(?:nom|prénom|prenom)(?:\s+(?:est|c'est)|\s*[:=])",
        r"(?<!\w)(?:nom|prénom|prenom)\s*[:=]",
        r"(?:nommée?|dénommée?|surnommée?)",
    ),
    "ar": (r"(?:اسمي|اسمه|اسمها|إسمي|أنا اسمي)\s*[:=]?",),
    "pt": (r"(?:meu|seu)\s+nome\s+(?:é|e)|(?:me\s+)?chamo(?:-me)?",),
    "ru": (r"(?:меня|его|её|ее)\s+зовут|мо[её]\s+имя",),
    "ta": (r"(?:என்|எனது|அவர்|அவன்)\s+பெயர்",),
}
"""Regular expressions for what introduces a name, by language; all of them count in every one."""

TITLES: Final = {
    None: r"mr|mrs|ms|miss|mister|dr|capt|mohamm?[ae]d|muhamm?ad|mohd|md",
    "en": r"uncle|aunty|pastor",
    "id": r"pak|bapak|bu|mas|mbak|bang|haji|hj|koh|si",
    "fil": r"si|ni|kay|sina|nina|kina|aling|mang|ginoong|ginang",
    "sw": r"bwana|bw|bibi|mzee|ndugu|bi",
    "fr": r"mme|mlle|monsieur|madame|maître|docteur",
}
"""Titles before names in Latin letters, by the language in which they count; None: in every one.
What follows is a name when it is no ordinary word."""

OTHER_TITLES: Final = (
    r"(?<!\w)(?:श्री|श्रीमती|सुश्री|मोहम्मद|मो\.|जनाब|جناب|محترمہ|محمد|মোঃ|মো\.|মোহাম্মদ|জনাব|মোছাঃ)(?!\w)"
)
"""The same in other scripts, where nothing tells a name from a word: the next one is taken."""

BEFORE: Final = r"(?:እባላለሁ|እባላለው|ይባላል|ትባላለች|ይባላሉ)|(?:လို့|ဟု)\s?(?:ခေါ်|အမည်)"
"""What comes after a name that was said."""

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕"
    "丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙黎史陶贺毛郝顾龚邵万覃武钱戴"
    "張劉陳楊黃趙吳孫馬羅鄭謝許韓鄧馮蕭葉蘇呂盧鍾譚陸範賈鄒龍賀顧龔萬錢"
)
CHINESE_TITLE: Final = rf"[{SURNAMES}][\u4e00-\u9fff]{{0,2}}(?:先生|女士|小姐|老板|经理|主管|总监)"
"""A surname, perhaps a given name, and a title."""

NO_NAMES: Final = frozenset(
    """
    a an the in on at of to for from by with and or but not no is was are am be has have had
    i we you he she they it my his her our your their this that there here who what which
    where when why how please pls help listed written secret confidential unknown called
    named there's so because if now already still also only just very di dan atau yang yg
    dari ke untuk dengan ini itu ada sudah udah tidak nggak gak bukan saya aku kami dia mau
    minta tolong apa siapa dipanggil masuk dicoret tercatat là la và ở o tại từ bị đang
    không ko có của trong thì mà năm quê ay na ang ng sa mga po mo niya ano nasa taga galing
    wala hindi kasama ni ya wa kwa kutoka katika si sio liko nani natoka naomba sitaki est
    suis et ou de du des le les un une pas sur dans affiché inscrit é e da do nao não है हैं
    हूँ हूं हो था थी थे और या में से का की के को पर नहीं मत लिस्ट क्या कौन मैं हम भी ले लेकर
    छ छन् हुँ थियो र मा बाट लाई पनि होइन सूचीमा लिस्टमा म हामी पुकारे बोलाइयो ہے ہیں ہوں تھا
    تھی اور یا میں سے کا کی کے کو پر نہیں مت لسٹ کسی کیا کون ہم بھی لے بتا لکھا আছে না নেই
    আর বা থেকে এর কে কি লিস্টে আমি আমরা হয় এবং ডাকছে ነው ነኝ ናቸው አለ የለም እና ወይም ከ ላይ ውስጥ አይደለም
    ዝርዝር في من على إلى هو هي و لا не в на и из это
    """.split()  # noqa: SIM905 - a page of words is easier to read than of quotes
)
"""Words that are no names after an introduction: "my name is on the list"."""

ENDS: Final = re.compile(
    r"来自|来到|来|在|是|今年|从|的|，|。|被|，|男|女|岁|不|先|吧|啊|吗|呢"
    r"|นะ|ค่ะ|คะ|ครับ|มาจาก|อายุ|อยู่|เป็น|ไม่|จะ|มา|โดน|ถูก|และ|ที่|ใน|คน|อะไร|ไร|โทร|ช่วย|เบอร์|พ่อ|แม่|ตอน|ขอ|กำลัง|ติด|ทำ|บ้าน|ยัง"
    r"|ပါ|လို့|အသက်|တဲ့|ကို|နဲ့|ဖြစ်|မ(?=[ေ]|ပြော|မေး)|ခေါ်|စာရင်း|ဘယ်|ဘာ"
)
"""Where a name ends in scripts without spaces."""
