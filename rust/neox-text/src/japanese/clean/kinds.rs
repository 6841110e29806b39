//! What the rules see of a character: one byte.

use super::Rules;

/// The kind of a unit that no rule knows: other characters, tags, spaces, ends of lines.
pub const OTHER: u8 = 0xFF;

pub(super) const YEAR: u8 = 0x80;
pub(super) const MONTH: u8 = 0x81;
pub(super) const DAY: u8 = 0x82;
/// A day of the week but for Sunday and Monday, which are [`DAY`] and [`MONTH`].
pub(super) const WEEKDAY: u8 = 0x83;
/// A day of the week in brackets, as one character.
pub(super) const WEEKDAY_SIGN: u8 = 0x84;
pub(super) const THOUSAND: u8 = 0x85;
pub(super) const MYRIAD: u8 = 0x86;
pub(super) const OKU: u8 = 0x87;
pub(super) const YEN: u8 = 0x88;
pub(super) const DO: u8 = 0x89;
pub(super) const RU: u8 = 0x8A;
pub(super) const YU: u8 = 0x8B;
pub(super) const BAR: u8 = 0x8C;
pub(super) const RO: u8 = 0x8D;
pub(super) const TAX: u8 = 0x8E;
pub(super) const INCLUDED: u8 = 0x8F;
pub(super) const EXCLUDED: u8 = 0x90;
/// A decimal digit that is not ASCII.
pub(super) const DIGIT: u8 = 0x91;
/// Box drawing and block elements.
pub(super) const BOX: u8 = 0x92;

// Of the better rules alone.
/// 〇; 一 to 九 follow it.
pub(super) const ZERO: u8 = 0x93;
pub(super) const NINE: u8 = 0x9C;
pub(super) const TEN: u8 = 0x9D;
pub(super) const HOUR: u8 = 0x01;
pub(super) const MINUTE: u8 = 0x02;
pub(super) const SECOND: u8 = 0x03;
pub(super) const HALF: u8 = 0x04;
/// 曜, which follows the name of a day of the week.
pub(super) const WEEK: u8 = 0x05;
pub(super) const HOLIDAY: u8 = 0x06;
pub(super) const DOT: u8 = 0x07;
/// 間, 度 and 代, which make a stretch out of a point in time.
pub(super) const SPAN: u8 = 0x08;
/// 元, the first year of an era.
pub(super) const FIRST: u8 = 0x09;
/// An era as one character.
pub(super) const ERA_SIGN: u8 = 0x0A;
pub(super) const NOON: u8 = 0x0B;
/// 前 and 後: before and after noon.
pub(super) const SIDE: u8 = 0x0C;
/// A sign of money but for the dollar's.
pub(super) const MONEY: u8 = 0x0D;
/// The eras in two characters each.
pub(super) const ERAS: [[u8; 2]; 5] =
    [[0x10, 0x11], [0x12, 0x13], [0x14, 0x15], [0x16, 0x17], [0x18, 0x15]];

/// What the rules see of a character: the byte itself for printable ASCII, another number for the
/// other characters that a rule names, [`OTHER`] for all others.
pub fn kind(rules: Rules, c: char) -> u8 {
    match c {
        ' '..='~' => c as u8,
        '年' => YEAR,
        '月' => MONTH,
        '日' => DAY,
        '火' | '水' | '木' | '金' | '土' => WEEKDAY,
        '㈪'..='㈰' => WEEKDAY_SIGN,
        '千' => THOUSAND,
        '万' => MYRIAD,
        '億' => OKU,
        '円' => YEN,
        'ド' => DO,
        'ル' => RU,
        'ユ' => YU,
        'ー' => BAR,
        'ロ' => RO,
        '税' => TAX,
        '込' => INCLUDED,
        '抜' => EXCLUDED,
        '─'..='▟' => BOX,
        _ if rules == Rules::Better => better_kind(c),
        '\u{3000}'..'\u{A620}' => OTHER, // what most texts are made of; no digit is there
        _ if is_decimal(c) => DIGIT,
        _ => OTHER,
    }
}

/// A full-width form is its ASCII byte with the highest bit set, which [`narrow`] takes off.
fn better_kind(c: char) -> u8 {
    match c {
        '！'..='～' => (c as u32 - '！' as u32) as u8 + b'!' | 0x80,
        '‐'..='–' | '―' => b'-' | 0x80,
        '—' | '−' | 'ｰ' => BAR, // what a text has for ー once it is normalized
        '〇' => ZERO,
        '一' => ZERO + 1,
        '二' => ZERO + 2,
        '三' => ZERO + 3,
        '四' => ZERO + 4,
        '五' => ZERO + 5,
        '六' => ZERO + 6,
        '七' => ZERO + 7,
        '八' => ZERO + 8,
        '九' => NINE,
        '十' => TEN,
        '百' => THOUSAND,
        '兆' => OKU,
        '別' => EXCLUDED,
        '¥' | '￥' | '€' | '£' => MONEY,
        '時' => HOUR,
        '分' => MINUTE,
        '秒' => SECOND,
        '半' => HALF,
        '曜' => WEEK,
        '祝' | '休' => HOLIDAY,
        '・' => DOT,
        '間' | '度' | '代' => SPAN,
        '元' => FIRST,
        '㍻'..='㍾' | '㋿' => ERA_SIGN,
        '午' => NOON,
        '前' | '後' => SIDE,
        '明' => ERAS[0][0],
        '治' => ERAS[0][1],
        '大' => ERAS[1][0],
        '正' => ERAS[1][1],
        '昭' => ERAS[2][0],
        '和' => ERAS[2][1],
        '平' => ERAS[3][0],
        '成' => ERAS[3][1],
        '令' => ERAS[4][0],
        _ => OTHER,
    }
}

/// Full-width forms become ASCII.
pub(super) fn narrow(kinds: &mut [u8]) {
    for kind in kinds {
        *kind = if (0xA1..OTHER).contains(kind) { *kind & 0x7F } else { *kind };
    }
}

/// Whether it is what `\d` matches in Python 3.11.
pub(super) fn is_digit(kind: u8) -> bool {
    kind.is_ascii_digit() || kind == DIGIT
}

/// The zero of each ten decimal digits, general category Nd, of Unicode 14.0.0 (`UnicodeData.txt`),
/// which is what Python 3.11 has.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650,
    0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50,
    0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];

fn is_decimal(c: char) -> bool {
    let code = c as u32;
    let above = ZEROS.partition_point(|&zero| zero <= code);
    above > 0 && code - ZEROS[above - 1] < 10
}
