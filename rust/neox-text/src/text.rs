//! Texts as other languages keep them in memory, read as UTF-8.

use std::fmt;

/// The units of a text: bytes of UTF-8, or code points of one, two or four bytes each.
#[derive(Clone, Copy, Debug)]
pub enum Text<'t> {
    Utf8(&'t str),
    Ucs1(&'t [u8]),
    Ucs2(&'t [u16]),
    Ucs4(&'t [u32]),
}

/// A unit that is no character: its place. A surrogate, or a number beyond U+10FFFF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCharacter(pub usize);

impl fmt::Display for NoCharacter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no character at {}", self.0)
    }
}

impl<'t> Text<'t> {
    /// About how many bytes of UTF-8 it makes: the units.
    pub fn len(&self) -> usize {
        match self {
            Self::Utf8(text) => text.len(),
            Self::Ucs1(units) => units.len(),
            Self::Ucs2(units) => units.len() * 2,
            Self::Ucs4(units) => units.len() * 2,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text as UTF-8: itself where it is, else written over `buffer`.
    pub fn read<'b>(self, buffer: &'b mut String) -> Result<&'b str, NoCharacter>
    where
        't: 'b,
    {
        match self {
            Self::Utf8(text) => Ok(text),
            Self::Ucs1(units) => write(units, buffer),
            Self::Ucs2(units) => write(units, buffer),
            Self::Ucs4(units) => write(units, buffer),
        }
    }
}

/// Units looked at together: as long as all are ASCII, they are just narrowed.
const STEP: usize = 32;

fn write<'b, U: Copy + Into<u32>>(
    units: &[U],
    buffer: &'b mut String,
) -> Result<&'b str, NoCharacter> {
    buffer.clear();
    buffer.reserve(units.len() + STEP);
    let mut narrow = [0; STEP];
    let mut at = 0;
    while at < units.len() {
        if let Some(step) = units.get(at..at + STEP) {
            let all = step.iter().fold(0, |all, unit| all | (*unit).into());
            if all < 0x80 {
                for (byte, unit) in narrow.iter_mut().zip(step) {
                    *byte = (*unit).into() as u8;
                }
                buffer.push_str(std::str::from_utf8(&narrow).unwrap_or_default());
                at += STEP;
                continue;
            }
        }
        let step = &units[at..units.len().min(at + STEP)];
        for (i, unit) in step.iter().enumerate() {
            match char::from_u32((*unit).into()) {
                Some(c) => buffer.push(c),
                None => return Err(NoCharacter(at + i)),
            }
        }
        at += STEP;
    }
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mostly_ascii() -> impl Strategy<Value = String> {
        let char = prop_oneof![30 => prop::char::range(' ', '~'), 1 => any::<char>()];
        prop::collection::vec(char, 0..300).prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn every_width_reads_the_same(text in mostly_ascii(), japanese in "[ -~あ-ん亜-腕]{0,90}") {
            for text in [text, japanese] {
                let mut buffer = "left over".to_owned();
                let four: Vec<u32> = text.chars().map(u32::from).collect();
                prop_assert_eq!(Text::Ucs4(&four).read(&mut buffer), Ok(text.as_str()));
                if four.iter().all(|unit| *unit <= 0xFFFF) {
                    let two: Vec<u16> = four.iter().map(|unit| *unit as u16).collect();
                    prop_assert_eq!(Text::Ucs2(&two).read(&mut buffer), Ok(text.as_str()));
                }
                if four.iter().all(|unit| *unit <= 0xFF) {
                    let one: Vec<u8> = four.iter().map(|unit| *unit as u8).collect();
                    prop_assert_eq!(Text::Ucs1(&one).read(&mut buffer), Ok(text.as_str()));
                }
                prop_assert_eq!(Text::Utf8(&text).read(&mut buffer), Ok(text.as_str()));
            }
        }
    }

    #[test]
    fn surrogates_have_a_place() {
        let mut units = [0x61u16; 100];
        units[70] = 0xD83D;
        assert_eq!(Text::Ucs2(&units).read(&mut String::new()), Err(NoCharacter(70)));
        assert_eq!(Text::Ucs4(&[0x11_0000]).read(&mut String::new()), Err(NoCharacter(0)));
    }
}
