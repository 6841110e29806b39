//! Texts out of the pieces that the rules look for, and such that only seem so.

use proptest::prelude::*;

const POOLS: [&str; 12] = [
    "http:// https:// ftp:// :// http s ftps a Z 9 . - _ ~ % # @ / & = + $ , ; : ' ( ) * ! ? あ ] <",
    "@ @ a B 0 . _ + - あ foo.bar x.jp .a .1 http://",
    "0 1 2 9 90 123 1234 ( ) - ( ) - ５ .",
    "0 1 2 3 9 12 31 2020年 1999/ 1000- 1月 10月 1/ 12- 3日 年 月 日 / - 時 分 : (月) (日) (土 ㈪ ㈰ ㈩ ５ ٣ 令和 ㋿",
    "0 1 5 12 123 , ,123 ,000 1,234 億 万 千 円 ド ドル ル ユ ユー ユーロ ー 千円 万円 千万円 (税込) (税抜) (税 +tax +ta ５ ０",
    "0 1 9 , ,123 億 万 千 円 ５",
    "0 03 090 0120 1234 5678 123 12345678 - ー ( ) + +81 (0) . a 1",
    "令和 昭和 元 ㍻ R 2 3 12 31 99 年 月 日 . / - 度 間 2020年 1999/ 2月 3日 /4 -5 .6 ー 2020/1/2",
    "1月2日 2020/1/2 2020-01-02 3 12 60 : :30 時 分 秒 半 午 午後 T Z + - (月) (水・祝) 曜日 ㈪ 金 間 .5",
    "一 五 十 百 千 万 億 1 12 123 , ,123 . 円 ドル ¥ $ € (税込) +税 +tax 税別 ( )",
    "─ │ ▟ ■ ╿ <BLOCK> <BLOCK < > <URL> あ \u{24ff} \u{25a0}",
    "あ は 漢 a 1 <SP> <|emoji4|> <|byte65|> \u{0} \u{7f} \u{80} \u{ff} 𝟘 𐴰 \u{10ffff} 🐯",
];

fn pieces(pool: &str) -> BoxedStrategy<String> {
    prop::sample::select(pool.split(' ').map(str::to_owned).collect::<Vec<_>>()).boxed()
}

fn words(pool: BoxedStrategy<String>, most: usize) -> BoxedStrategy<String> {
    prop::collection::vec(pool, 1..=most).prop_map(|pieces| pieces.concat()).boxed()
}

fn of(pools: &[&str]) -> impl Strategy<Value = String> + use<> {
    let every = prop::strategy::Union::new(pools.iter().map(|pool| pieces(pool))).boxed();
    let spaces = prop::sample::select(vec![" ".to_owned(), "\n".to_owned(), "\u{3000}".to_owned()]);
    let mut parts: Vec<_> = pools.iter().map(|pool| words(pieces(pool), 12)).collect();
    parts.push(words(every, 24));
    parts.push(words(spaces.boxed(), 1));
    prop::collection::vec(prop::strategy::Union::new(parts), 1..4).prop_map(|parts| parts.concat())
}

/// Pieces of one pool or of all, up to three runs of them.
pub fn text() -> impl Strategy<Value = String> {
    of(&POOLS)
}

/// The same of telephone numbers, dates and prices.
pub fn numbers() -> impl Strategy<Value = String> {
    of(&POOLS[2..9])
}

/// What patterns that backtrack take quadratic or exponential time for.
pub const FAMILIES: &str = "\
    1千 億 1999年 1999/ 111111億 1,111 12:34 a a@ @ a. @a. http:// http ─あ ─ <BLOCK> < 1 1- (12) １ \
    0円 千万 ド 0 0- (0 +1 +1- 1/ 1/2 1. 2年 二 二年 元年 ¥ $1 ¥1, ,111 http://a) http://a' http://a.";
