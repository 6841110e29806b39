//! Bytes in any parts: a stream joins to the whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use neox_text::stream::Utf8Stream;

fuzz_target!(|parts: Vec<Vec<u8>>| {
    let mut stream = Utf8Stream::default();
    let mut joined: String = parts.iter().map(|part| stream.push(part)).collect();
    joined += &stream.finish();
    assert_eq!(joined, String::from_utf8_lossy(&parts.concat()));
});
