//! Ids of vocabularies drawn blindly against the slow way.
#![no_main]

mod twins;
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use twins::hard::{Drawn, Made};
use twins::reference;

#[derive(Arbitrary, Debug)]
struct Case {
    merges: Vec<(u8, u8)>,
    late: Vec<u8>,
    order: u64,
    letters: Vec<u8>,
}

fuzz_target!(|case: Case| {
    let wide = |n: &u8| usize::from(*n);
    let drawn = Drawn {
        merges: case.merges.iter().take(100).map(|(a, b)| (wide(a), wide(b))).collect(),
        late: case.late.iter().take(8).map(wide).collect(),
        order: case.order,
    };
    let units = ["a", "b", "c", " ", "\u{304b}", "\u{304d}", "\u{1f600}", "aaaa", "\u{65e5}"];
    let text: String =
        case.letters.iter().take(300).map(|n| units[wide(n) % units.len()]).collect();
    let made = Made::read(&drawn.file());
    assert_eq!(made.ids(&text), made.slow(&mut reference::Gpt2::new(), &text));
});
