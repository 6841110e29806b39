"""Build the emoji table: all emoji of Unicode 18 and the best known kaomoji, in twelve classes.

    python scripts/build_emoji.py [-o FILE]

The format is that of `emoji.json` of Japanese BPEEncoder V2. Which sequences there are says the
package `emoji` 2.16 (Unicode's emoji-test.txt); the classes are the groups of that file:

* Smileys & Emotion is three classes: smiling and tongue faces, ill and angry faces, all others.
* A character keeps the class that it has in the `emoji.json` of BPEEncoder V2, which is that of
  Emoji 13, though Unicode has moved some since; a later one has the class of its group, and a face
  that of its neighbours.
* A sequence has the class of its first character, flags and keycaps aside.

The longest sequences come first, so that replacing one after another finds whole emoji.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from emoji import EMOJI_DATA, STATUS

ASSET = Path(__file__).parent.parent / "python" / "neox_text" / "assets" / "japanese" / "emoji.json"

DISPLAYS = ("😀", "🤕", "⚽", "🐯", "🇯🇵", "🍙", "🥁", "🤚", "❤", "🟥", "🌏", "(^_^)")

CHARACTERS = {
    1: (  # smiling faces
        "😀😁😂😃😄😅😆😇😉😊😋😛😜😝🙂🙃🤑🤣🤪🫠🫫"
    ),
    2: (  # faces that are ill or angry
        "☠👿💀😈😠😡😤😵😷🤒🤕🤢🤧🤬🤮🤯🥴🥵🥶"
    ),
    3: (  # activities
        "♟♠♣♥♦⚽⚾⛳⛸✨🀄🃏🎀🎁🎃🎄🎆🎇🎈🎉🎊🎋🎍🎎🎏🎐🎑🎖🎗🎟🎣🎨🎫🎭🎮🎯🎰🎱🎲🎳🎴🎽"
        "🎾🎿🏀🏅🏆🏈🏉🏏🏐🏑🏒🏓🏸🔮🕹🖼🛷🤿🥅🥇🥈🥉🥊🥋🥌🥍🥎🥏🧧🧨🧩🧵🧶🧸🧿🪀🪁🪄🪅🪆🪡🪢"
        "🪩"
    ),
    4: (  # animals and nature
        "☘🌱🌲🌳🌴🌵🌷🌸🌹🌺🌻🌼🌾🌿🍀🍁🍂🍃🏵🐀🐁🐂🐃🐄🐅🐆🐇🐈🐉🐊🐋🐌🐍🐎🐏🐐🐑🐒🐓🐔🐕🐖"
        "🐗🐘🐙🐚🐛🐜🐝🐞🐟🐠🐡🐢🐣🐤🐥🐦🐧🐨🐩🐪🐫🐬🐭🐮🐯🐰🐱🐲🐳🐴🐵🐶🐷🐸🐹🐺🐻🐼🐽🐾🐿💐"
        "💮🕊🕷🕸🥀🦁🦂🦃🦄🦅🦆🦇🦈🦉🦊🦋🦌🦍🦎🦏🦒🦓🦔🦕🦖🦗🦘🦙🦚🦛🦜🦝🦟🦠🦡🦢🦣🦤🦥🦦🦧🦨"
        "🦩🦫🦬🦭🦮🪰🪱🪲🪳🪴🪶🪷🪸🪹🪺🪻🪼🪽🪾🪿🫌🫍🫎🫏"
    ),
    5: (  # flags
        "🎌🏁🏳🏴🚩"
    ),
    6: (  # food and drink
        "☕🌭🌮🌯🌰🌶🌽🍄🍅🍆🍇🍈🍉🍊🍋🍌🍍🍎🍏🍐🍑🍒🍓🍔🍕🍖🍗🍘🍙🍚🍛🍜🍝🍞🍟🍠🍡🍢🍣🍤🍥🍦"
        "🍧🍨🍩🍪🍫🍬🍭🍮🍯🍰🍱🍲🍳🍴🍵🍶🍷🍸🍹🍺🍻🍼🍽🍾🍿🎂🏺🔪🥂🥃🥄🥐🥑🥒🥓🥔🥕🥖🥗🥘🥙🥚"
        "🥛🥜🥝🥞🥟🥠🥡🥢🥣🥤🥥🥦🥧🥨🥩🥪🥫🥬🥭🥮🥯🦀🦐🦑🦞🦪🧀🧁🧂🧃🧄🧅🧆🧇🧈🧉🧊🧋🫐🫑🫒🫓"
        "🫔🫕🫖🫗🫘🫙🫚🫛🫜🫝"
    ),
    7: (  # objects
        "⌨☎⚒⚔⚖⚗⚙⚰⚱⛏⛑⛓✂✉✏✒🎒🎓🎙🎚🎛🎞🎤🎥🎧🎩🎬🎵🎶🎷🎸🎹🎺🎻🎼🏮🏷🏹👑👒👓👔"
        "👕👖👗👘👙👚👛👜👝👞👟👠👡👢💄💉💊💍💎💡💰💳💴💵💶💷💸💹💻💼💽💾💿📀📁📂📃📄📅📆📇📈"
        "📉📊📋📌📍📎📏📐📑📒📓📔📕📖📗📘📙📚📜📝📞📟📠📡📢📣📤📥📦📧📨📩📪📫📬📭📮📯📰📱📲📷"
        "📸📹📺📻📼📽📿🔇🔈🔉🔊🔋🔌🔍🔎🔏🔐🔑🔒🔓🔔🔕🔖🔗🔦🔧🔨🔩🔫🔬🔭🕯🕶🖇🖊🖋🖌🖍🖥🖨🖱🖲"
        "🗂🗃🗄🗑🗒🗓🗜🗝🗞🗡🗳🗿🚪🚬🚽🚿🛁🛋🛍🛏🛒🛗🛠🛡🥁🥻🥼🥽🥾🥿🦯🦺🧢🧣🧤🧥🧦🧪🧫🧬🧮🧯"
        "🧰🧲🧴🧷🧹🧺🧻🧼🧽🧾🩰🩱🩲🩳🩴🩸🩹🩺🩻🩼🪃🪇🪈🪉🪊🪌🪍🪎🪏🪑🪒🪓🪔🪕🪖🪗🪘🪙🪚🪛🪜🪝"
        "🪞🪟🪠🪣🪤🪥🪦🪧🪪🪫🪬🪭🪮🫧"
    ),
    8: (  # people and body
        "☝⛷⛹✊✋✌✍🎅🏂🏃🏄🏇🏊🏋🏌👀👁👂👃👄👅👆👇👈👉👊👋👌👍👎👏👐👣👤👥👦👧👨👩👪👫👬"
        "👭👮👯👰👱👲👳👴👵👶👷👸👼💁💂💃💅💆💇💏💑💪🕴🕵🕺🖐🖕🖖🗣🙅🙆🙇🙋🙌🙍🙎🙏🚣🚴🚵🚶🛀"
        "🛌🤌🤏🤘🤙🤚🤛🤜🤝🤞🤟🤦🤰🤱🤲🤳🤴🤵🤶🤷🤸🤹🤺🤼🤽🤾🥷🦴🦵🦶🦷🦸🦹🦻🦾🦿🧌🧍🧎🧏🧑🧒"
        "🧓🧔🧕🧖🧗🧘🧙🧚🧛🧜🧝🧞🧟🧠🫀🫁🫂🫃🫄🫅🫆🫈🫦🫰🫱🫲🫳🫴🫵🫶🫷🫸🫹🫺"
    ),
    9: (  # other faces, hearts and feelings
        "☹☺❣❤👹👺👻👽👾💋💌💓💔💕💖💗💘💙💚💛💜💝💞💟💢💣💤💥💦💨💩💫💬💭💯🕳🖤🗨🗯😌😍😎"
        "😏😐😑😒😓😔😕😖😗😘😙😚😞😟😢😣😥😦😧😨😩😪😫😬😭😮😯😰😱😲😳😴😶😸😹😺😻😼😽😾😿🙀"
        "🙁🙄🙈🙉🙊🤍🤎🤐🤓🤔🤖🤗🤠🤡🤤🤥🤨🤩🤫🤭🥰🥱🥲🥳🥸🥹🥺🧐🧡🩵🩶🩷🫡🫢🫣🫤🫥🫨🫩🫪🫯"
    ),
    10: (  # symbols
        "©®‼⁉™ℹ↔↕↖↗↘↙↩↪⏏⏩⏪⏫⏬⏭⏮⏯⏸⏹⏺Ⓜ▪▫▶◀◻◼◽◾☑☢☣☦☪☮☯☸"
        "♀♂♈♉♊♋♌♍♎♏♐♑♒♓♻♾♿⚕⚛⚜⚠⚧⚪⚫⛎⛔✅✔✖✝✡✳✴❇❌❎❓❔❕❗➕➖"
        "➗➡➰➿⤴⤵⬅⬆⬇⬛⬜⭕〰〽㊗㊙🅰🅱🅾🅿🆎🆑🆒🆓🆔🆕🆖🆗🆘🆙🆚🈁🈂🈚🈯🈲🈳🈴🈵🈶🈷🈸"
        "🈹🈺🉐🉑🎦🏧💠💱💲📛📳📴📵📶🔀🔁🔂🔃🔄🔅🔆🔘🔙🔚🔛🔜🔝🔞🔟🔠🔡🔢🔣🔤🔯🔰🔱🔲🔳🔴🔵🔶"
        "🔷🔸🔹🔺🔻🔼🔽🕉🕎🚫🚭🚮🚯🚰🚱🚳🚷🚸🚹🚺🚻🚼🚾🛂🛃🛄🛅🛐🛜🟠🟡🟢🟣🟤🟥🟦🟧🟨🟩🟪🟫🟰"
        "🪯🫟"
    ),
    11: (  # travel and places
        "⌚⌛⏰⏱⏲⏳☀☁☂☃☄☔♨⚓⚡⛄⛅⛈⛩⛪⛰⛱⛲⛴⛵⛺⛽✈❄⭐🌀🌁🌂🌃🌄🌅🌆🌇🌈🌉🌊🌋"
        "🌌🌍🌎🌏🌐🌑🌒🌓🌔🌕🌖🌗🌘🌙🌚🌛🌜🌝🌞🌟🌠🌡🌤🌥🌦🌧🌨🌩🌪🌫🌬🎠🎡🎢🎪🏍🏎🏔🏕🏖🏗🏘"
        "🏙🏚🏛🏜🏝🏞🏟🏠🏡🏢🏣🏤🏥🏦🏨🏩🏪🏫🏬🏭🏯🏰💈💒💧💺🔥🕋🕌🕍🕐🕑🕒🕓🕔🕕🕖🕗🕘🕙🕚🕛"
        "🕜🕝🕞🕟🕠🕡🕢🕣🕤🕥🕦🕧🕰🗺🗻🗼🗽🗾🚀🚁🚂🚃🚄🚅🚆🚇🚈🚉🚊🚋🚌🚍🚎🚏🚐🚑🚒🚓🚔🚕🚖🚗"
        "🚘🚙🚚🚛🚜🚝🚞🚟🚠🚡🚢🚤🚥🚦🚧🚨🚲🛎🛑🛕🛖🛘🛙🛝🛞🛟🛢🛣🛤🛥🛩🛫🛬🛰🛳🛴🛵🛶🛸🛹🛺🛻"
        "🛼🦼🦽🧭🧱🧳🪂🪋🪐🪨🪵"
    ),
}

FLAG, KAOMOJI, KEYCAP = 5, 12, 10
SEQUENCES = {"👁\u200d🗨": 9}  # an eye in a speech bubble

# Of themselves these are signs of text; with U+FE0F they are emoji.
TEXT = {"©", "®", "™"}

# Those that the emoji.json of BPEEncoder V2 has, without spaces around them.
KAOMOJI_OF_V2 = r"""
(^^)  (^^ゝ  (^^ゞ  (｀´）  (*_*)  (*¨*)  (+_+)  (+д+)  (/_;)  (/ω＼)  (:_;)  (;_;)  (>_<)
(?_?)  (@_@)  (T_T)  (TдT)  (^-^)  (^-^;  (^^;)  (^_^)  (^o^)  (^∧^)  (^人^)  (`A´)  (ΦωΦ)
(゜_゜)  (・_・)  (・o・)  (ーー゛)  (･∀･)  (ﾉдヽ)  (ﾟДﾟ)  (￣д￣)  (￣∇￣)  (￣ー￣)  U^ｪ^U
Vo￥oV  f^_^;  m(＿)m  φ(..)  （´υ｀）  （－U-)  （＾◇＾）  !(^^)!  ( -_-)  ( ..)ヾ  ( TДT)
( ´Д｀)  ( ・_・)  (#-∀-)  (#´Д｀)  (*´ω｀)  (*´ｰ`)  (-_-;)  (-_-メ)  (-o-;)  (-’’-)  (=_=;)
(>艸<○)  (^Q^)/  (^_^)/  (^_^)V  (^_^;)  (^o^)V  (^o^;)  (~o~)m  (´ε｀；)  (☆>⊇<)  (　´∀｀)
(；´Д｀)  (；´∀｀)  (；´瓜｀)  (；ﾟДﾟ)  (＠_＠;)  (｡･･｡)  (･_･?)  (ﾉ´Д`)  (ﾉ´□｀)  (ﾟεﾟ*)
(￣へ￣井)  (￣ー￣)ｂ  p(^^)q  |*￣ー￣|  σ(^_^)  σ(´∀｀)  φ(^o^)  φ(｀д´)  （　＾ω＾）
（゜▽゜*）  （￣□￣；）  ＼(__ )  ( ^_^)／  (# ﾟДﾟ)  (#´Д｀#)  (*'A`*)  (*'v`d)  (*>ш<*)
(*^.^*)  (*^_^*)  (*^ヮ^*)  (*´ω｀*)  (*´∀｀*)  (*´艸｀*)  (*σ´д)σ  (-db-#)  (-o-)y-  (-ε´-。)
(^_-)-☆  (^_^)y-  (^з^)-☆  (`_`)ノ゛  (o-_-o)  (o^ ^o)  (´Д｀A;)  (ю°д°ю)  (丱o>∀<)
(ｏ´_｀ｏ)  (ﾉ´□｀)ﾉ  m(>_<)m  m(_ _)m  m9(^Д^)  o(>_<)o  o(^o^)o  o(； ；)o  o(；o；)o
v(￣Д￣)v  ┐('д')┌  ヽ(> <)ノ  ヽ(￣▽￣)ﾉ  （●＾o＾●）  ／(^o^)＼  ＼(^_^ )  ＼(^o^)／
＼(◎o◎)／  ｜(-_-)｜  ( ｀・ω・´)  (*^▽^*)ゞ  (*´ｪ`*)∋  (lll￣□￣)  (’A`)y-~  ┐(´～`；)┌
♪～(￣ε￣；)  ヽ(#ﾟДﾟ)ﾉ  ヽ(;´Д`)ノ  (*￣(ｴ)￣*)  (-.-)zzZZ  (-_-)zzZZ  \(//∇//)\  d(o^v^o)b
φ(・∇・｀〃 )  ヽ(#｀Д´#)ﾉ  ヽ(*´Д｀*)ﾉ  ヽ(=´▽`=)ﾉ  ...(((;^^)
"""

KAOMOJI_MORE = r"""
(><)  (^^♪  (＞＜)  (-_-)  (._.)  (;▽;)  (>ω<)  (TωT)  (^^)/  (^^)v  (^ω^)  (^∀^)  (^▽^)
(^◇^)  (°▽°)  (´ω`)  (´ω｀)  (´Д`)  (´Д｀)  (´∀`)  (´▽`)  (´▽｀)  (ಠ_ಠ)  (≧ω≦)  (≧∇≦)  (≧▽≦)
(⌒_⌒)  (⌒▽⌒)  (つд⊂)  (゜Д゜)  (゜∀゜)  (ノД`)  (ノ∀`)  (・ε・)  (・ω・)  (・∀・)  (・・;)
(；ω；)  (；＿；)  (＾ω＾)  (＾▽＾)  (ﾟωﾟ)  (ﾟ∀ﾟ)  (￣∀￣)  (￣▽￣)  ʕ•ᴥ•ʔ  ＿|￣|○  (*^^)v
(*^^*)  (;´Д`)  (^-^)v  (^_^)v  m(__)m  (*´Д｀*)  (*´д｀*)  (*´∇｀*)  (*´▽｀*)  (*ﾟ▽ﾟ*)
(=^・^=)  (=ﾟωﾟ)ﾉ  (`・ω・´)  (´・ω・`)  (´・ω・｀)  (´；ω；｀)  (｀・ω・´)  ヽ(^o^)ノ
ヽ(´▽｀)ノ  (=^・ω・^=)  ¯\_(ツ)_/¯  (╯°□°)╯︵┻━┻  (╯°□°)╯︵ ┻━┻
"""


def class_of(sequence: str, classes: dict[str, int]) -> int:
    """The class of an emoji; KeyError where its first character has none."""
    bare = re.sub("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]", "", sequence)
    if "\u20e3" in bare:
        return KEYCAP
    if "\U0001f1e6" <= bare[0] <= "\U0001f1ff":
        return FLAG
    return SEQUENCES.get(bare) or classes[bare[0]]


def build() -> str:
    """The text of the table."""
    classes = {c: number for number, characters in CHARACTERS.items() for c in characters}
    found = {}
    for sequence, data in EMOJI_DATA.items():
        if data["status"] != STATUS["component"] and sequence not in TEXT:
            found[sequence] = class_of(sequence, classes)
    for line in (KAOMOJI_OF_V2 + KAOMOJI_MORE).strip().splitlines():
        found |= dict.fromkeys(filter(None, line.split("  ")), KAOMOJI)
    order = sorted(found, key=lambda sequence: (-len(sequence), sequence))
    table = {
        "emoji": {sequence: f"<|emoji{found[sequence]}|>" for sequence in order},
        "emoji_inv": {f"<|emoji{i}|>": shown for i, shown in enumerate(DISPLAYS, 1)},
    }
    return json.dumps(table, separators=(",", ":")) + "\n"


def main() -> None:
    """Build the table, and write the file."""
    parser = argparse.ArgumentParser(description="Build the emoji table.")
    parser.add_argument("-o", "--output", type=Path, default=ASSET, help="the file to write")
    given = parser.parse_args()
    text = build()
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(text, encoding="ascii", newline="\n")
    print(f"{given.output}: {len(json.loads(text)['emoji']):,} sequences, {len(text):,} bytes")


if __name__ == "__main__":
    main()
