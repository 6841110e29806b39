//! The lines of `vocab.txt`: an entry each, its canonical surface first, then other forms.

use super::forms::Script;
use super::reader::Reader;
use std::collections::HashSet;

/// Surfaces of a line at most.
const SURFACES: usize = 32;

/// The text of the file, with a newline behind each line.
pub(super) fn lines(entries: &[String], reader: &Reader) -> String {
    let mut taken: HashSet<String> = entries.iter().cloned().collect();
    let mut text = String::new();
    for entry in entries {
        text.push_str(entry);
        let is_tag = entry.len() > 1 && entry.starts_with('<');
        for other in others(entry, reader).into_iter().filter(|_| !is_tag) {
            if !reader.is_taken(&other) && taken.insert(other.clone()) {
                text.push(',');
                text.push_str(&other);
            }
        }
        text.push('\n');
    }
    text
}

/// Other forms of an entry.
fn others(entry: &str, reader: &Reader) -> Vec<String> {
    let chars: Vec<char> = entry.chars().collect();
    let forms = &reader.forms;
    match chars.as_slice() {
        [c] => forms.others(*c).iter().map(char::to_string).chain(forms.half_voiced(*c)).collect(),
        [c, ..] if Script::of(*c) == Script::Kanji => kanji(&chars, reader),
        [c, ..] if Script::of(*c) == Script::Katakana => {
            // A voiced kana is whole already when a surface is looked up.
            let half = |c: &char| forms.others(*c).first().copied().unwrap_or(*c);
            let half: String = chars.iter().map(half).collect();
            if half == entry { Vec::new() } else { vec![half] }
        }
        _ => Vec::new(),
    }
}

/// Every choice of forms, of those that are in use, as many as a line may hold.
fn kanji(chars: &[char], reader: &Reader) -> Vec<String> {
    // What keyboards give, and what is copied out of documents (radicals, compatibility forms).
    let is_usual = |c: &char| matches!(*c, '\u{2e80}'..='\u{2fdf}' | '\u{4e00}'..='\u{faff}');
    let mut choices: Vec<Vec<char>> = Vec::new();
    for c in chars {
        let others = reader.forms.others(*c).iter().copied().filter(is_usual);
        choices.push(std::iter::once(*c).chain(others).collect());
    }
    let count =
        |choices: &[Vec<char>]| choices.iter().fold(1, |n: usize, c| n.saturating_mul(c.len()));
    while count(&choices) > SURFACES {
        if let Some(longest) = choices.iter_mut().max_by_key(|choice| choice.len()) {
            longest.pop();
        }
    }
    let mut made = vec![String::new()];
    for choice in &choices {
        let more =
            |start: &String| choice.iter().map(|c| format!("{start}{c}")).collect::<Vec<_>>();
        made = made.iter().flat_map(more).collect();
    }
    made.remove(0);
    made
}
