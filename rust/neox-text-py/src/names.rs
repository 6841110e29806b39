//! Names of special tokens and settings that stand beside a tokenizer.

/// What transformers keeps beside a tokenizer; none of it decides ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub bos_token: Option<String>,
    pub eos_token: Option<String>,
    pub unk_token: Option<String>,
    pub pad_token: Option<String>,
    pub pads_left: bool,
    pub truncates_left: bool,
    pub model_max_length: Option<u64>,
}

impl Names {
    /// One string, for the cache and for pickles.
    pub fn pack(&self) -> String {
        let text = |name: &Option<String>| match name {
            None => "-".to_owned(),
            Some(name) => format!("+{}", name.replace('\\', "\\\\").replace('\n', "\\n")),
        };
        let length = self.model_max_length.map_or("-".to_owned(), |length| length.to_string());
        [
            text(&self.bos_token),
            text(&self.eos_token),
            text(&self.unk_token),
            text(&self.pad_token),
            u8::from(self.pads_left).to_string(),
            u8::from(self.truncates_left).to_string(),
            length,
        ]
        .join("\n")
    }

    pub fn unpack(packed: &str) -> Option<Self> {
        let lines: Vec<&str> = packed.split('\n').collect();
        let [bos, eos, unk, pad, pads, truncates, length] = lines.as_slice() else { return None };
        let text = |line: &str| -> Option<Option<String>> {
            if line == "-" {
                return Some(None);
            }
            let mut name = String::new();
            let mut chars = line.strip_prefix('+')?.chars();
            while let Some(c) = chars.next() {
                name.push(match c {
                    '\\' if chars.next()? == 'n' => '\n',
                    other => other,
                });
            }
            Some(Some(name))
        };
        let length = if *length == "-" { None } else { Some(length.parse().ok()?) };
        Some(Self {
            bos_token: text(bos)?,
            eos_token: text(eos)?,
            unk_token: text(unk)?,
            pad_token: text(pad)?,
            pads_left: *pads == "1",
            truncates_left: *truncates == "1",
            model_max_length: length,
        })
    }
}
