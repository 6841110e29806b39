//! Ids of a trained vocabulary with space runs, and with added tokens of all flags, against the
//! slow way.
#![no_main]

mod twins;
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::sync::LazyLock;
use twins::hard::{Made, added, trained};
use twins::reference;

thread_local! {
    static SPLIT: RefCell<reference::Gpt2> = RefCell::new(reference::Gpt2::new());
}

static MADE: LazyLock<[Made; 2]> = LazyLock::new(|| {
    let mut flags = trained(0, 500);
    let next = flags["model"]["vocab"].as_object().map_or(0, serde_json::Map::len) as u32;
    let tokens = [
        ("<l>", "lstrip"),
        ("<r>", "rstrip normalized"),
        ("qx", "single_word"),
        ("caf\u{e9}", "normalized"),
        ("\n", "rstrip"),
    ];
    if let Some(list) = flags["added_tokens"].as_array_mut() {
        for (i, (content, flags)) in tokens.iter().enumerate() {
            list.push(added(next + i as u32, content, flags));
        }
    }
    [Made::read(&trained(24, 500)), Made::read(&flags)]
});

fuzz_target!(|text: &str| {
    for made in MADE.iter() {
        let due = SPLIT.with_borrow_mut(|split| made.slow(split, text));
        assert_eq!(made.ids(text), due);
    }
});
