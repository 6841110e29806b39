//! Decoding a token at a time: each character leaves the moment its last byte is there.

/// Bytes in, text out; what can no longer become a character becomes U+FFFD, just as
/// `String::from_utf8_lossy` has it for the whole.
#[derive(Clone, Debug, Default)]
pub struct Utf8Stream {
    /// The beginning of a character, at most three bytes.
    pending: Vec<u8>,
}

impl Utf8Stream {
    /// Add bytes and give the text that is now certain.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        let mut out = String::new();
        self.pending.extend_from_slice(bytes);
        let mut rest = self.pending.as_slice();
        while !rest.is_empty() {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    out.push_str(text);
                    rest = &[];
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    out.push_str(std::str::from_utf8(good).unwrap_or_default());
                    let Some(len) = error.error_len() else {
                        rest = bad;
                        break;
                    };
                    out.push(char::REPLACEMENT_CHARACTER);
                    rest = &bad[len..];
                }
            }
        }
        let kept = rest.len();
        self.pending.drain(..self.pending.len() - kept);
        out
    }

    /// The end: what is left of a character becomes U+FFFD.
    pub fn finish(&mut self) -> String {
        let out = String::from_utf8_lossy(&self.pending).into_owned();
        self.pending.clear();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_join_to_the_whole(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..6),
                    prop::collection::vec(0x80u8..0xFF, 0..3),
                    ".{0,3}".prop_map(String::into_bytes),
                ],
                0..20,
            )
        ) {
            let mut stream = Utf8Stream::default();
            let mut joined: String = parts.iter().map(|part| stream.push(part)).collect();
            joined += &stream.finish();
            prop_assert_eq!(joined, String::from_utf8_lossy(&parts.concat()).into_owned());
        }
    }

    #[test]
    fn a_character_leaves_with_its_last_byte() {
        let mut stream = Utf8Stream::default();
        let out: Vec<String> = "日".bytes().map(|byte| stream.push(&[byte])).collect();
        assert_eq!(out, ["", "", "日"]);
    }
}
