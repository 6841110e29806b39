//! A line as the tokenizer will read it: emoji taken out, marks joined, other forms folded, and
//! what is left in runs of one script.

use super::forms::{Forms, Script};
use crate::japanese::codes::rewritten;
use crate::japanese::emoji::{EmojiFound, EmojiMatcher, EmojiScratch, EmojiTable, Matching};
use crate::japanese::heterographs::Layer;
use crate::japanese::marks::{self, Joined, join};
use crate::japanese::options::{Options, Profile};
use std::collections::{HashMap, HashSet};

/// What takes the parts of a line.
pub(super) trait Sink {
    /// Characters of one script.
    fn run(&mut self, run: &str);
    /// A character that no entry joins to another.
    fn alone(&mut self, c: char);
    /// An emoji.
    fn emoji(&mut self);
}

/// Finds emoji in characters.
struct Seeker {
    /// The code of each character that emoji are made of, and whether a search begins there.
    codes: HashMap<char, (u16, bool)>,
    matcher: EmojiMatcher,
}

impl Seeker {
    fn new(table: &EmojiTable, matching: Matching) -> Self {
        // 0 is for all other characters.
        let mut codes: HashMap<char, (u16, bool)> = HashMap::new();
        for (c, is_trigger) in EmojiMatcher::alphabet(table, matching) {
            let next = u16::try_from(codes.len() + 1).unwrap_or(0);
            codes.entry(rewritten(c)).or_insert((next, false)).1 |= is_trigger;
        }
        let code = |c: char| codes.get(&rewritten(c)).map_or(0, |(code, _)| *code);
        let matcher = EmojiMatcher::new(table, matching, &code);
        Self { codes, matcher }
    }

    /// The code of a character, and whether a search begins there.
    fn look(&self, c: char) -> (u16, bool) {
        self.codes.get(&rewritten(c)).copied().unwrap_or_default()
    }

    fn find(&self, chars: &[char], room: &mut Room) {
        room.found.clear();
        room.triggers.clear();
        room.codes.clear();
        for (at, c) in (0..).zip(chars) {
            let (code, is_trigger) = self.look(*c);
            room.codes.push(code);
            if is_trigger {
                room.triggers.push(at);
            }
        }
        self.matcher.find(&room.codes, &room.triggers, &mut room.scratch, &mut room.found);
    }
}

/// What reading needs, kept from line to line.
#[derive(Default)]
pub(super) struct Room {
    chars: Vec<char>,
    codes: Vec<u16>,
    triggers: Vec<u32>,
    found: Vec<EmojiFound>,
    scratch: EmojiScratch,
    run: String,
}

/// What is known of a character.
#[derive(Clone, Copy)]
struct Known {
    form: char,
    script: Script,
    is_trigger: bool,
    /// Whether it may join the character before it.
    is_mark: bool,
}

/// Characters below this are looked up in a table: all emoji and most of what is written.
const TABLE: u32 = 0x2_0000;

/// Reads lines.
pub(super) struct Reader {
    pub(super) forms: Forms,
    /// As the tokenizer finds emoji that is trained, and as the references do.
    seekers: [Seeker; 2],
    marks: HashSet<char>,
    table: Vec<Known>,
    options: Options,
}

impl Reader {
    pub(super) fn new(emoji: &EmojiTable, layers: &[Layer]) -> Self {
        let seekers = [Matching::Grapheme, Matching::Rank].map(|how| Seeker::new(emoji, how));
        let options = Options::of(Profile::Modern);
        let marks = marks::all(&options).collect();
        let forms = Forms::new(layers);
        let mut made = Self { forms, seekers, marks, table: Vec::new(), options };
        let known = (0..TABLE).map(|c| made.look(char::from_u32(c).unwrap_or_default()));
        made.table = known.collect();
        made
    }

    fn look(&self, c: char) -> Known {
        let form = self.forms.of(rewritten(c));
        let (_, is_trigger) = self.seekers[0].look(c);
        Known { form, script: Script::of(form), is_trigger, is_mark: self.marks.contains(&c) }
    }

    fn known(&self, c: char) -> Known {
        self.table.get(c as usize).copied().unwrap_or_else(|| self.look(c))
    }

    /// Whether emoji take a part of the text away.
    pub(super) fn is_taken(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        let mut room = Room::default();
        self.seekers.iter().any(|seeker| {
            seeker.find(&chars, &mut room);
            !room.found.is_empty()
        })
    }

    /// Give the parts of a line to a sink; its characters are counted.
    pub(super) fn read(&self, line: &str, room: &mut Room, sink: &mut impl Sink) -> usize {
        room.chars.clear();
        room.chars.extend(line.chars());
        room.found.clear();
        let chars = std::mem::take(&mut room.chars);
        if chars.iter().any(|c| self.known(*c).is_trigger) {
            self.seekers[0].find(&chars, room);
        }
        let Room { found, run, .. } = room;
        let mut emoji = found.iter().peekable();
        let mut script = Script::Other;
        // The last character and the form it was read as.
        let mut before = ('\0', '\0');
        let mut at = 0;
        while at < chars.len() {
            if let Some(taken) = emoji.next_if(|taken| taken.start as usize <= at) {
                flush(run, sink);
                sink.emoji();
                before = ('\0', '\0');
                at = (taken.end as usize).max(at + 1);
                continue;
            }
            let c = chars[at];
            at += 1;
            let known = self.known(c);
            match known.is_mark.then(|| join(before.0, c, &self.options)).flatten() {
                Some(Joined::Same) => continue,
                Some(Joined::Composed(whole)) if run.ends_with(before.1) => {
                    run.pop();
                    run.push(whole);
                    before = ('\0', whole);
                    continue;
                }
                _ => {}
            }
            if known.script != script || script == Script::Other {
                flush(run, sink);
                script = known.script;
            }
            if script == Script::Other {
                sink.alone(known.form);
            } else {
                run.push(known.form);
            }
            before = (c, known.form);
        }
        flush(run, sink);
        room.chars = chars;
        room.chars.len()
    }
}

fn flush(run: &mut String, sink: &mut impl Sink) {
    if !run.is_empty() {
        sink.run(run);
        run.clear();
    }
}
