//! Brackets and quotes with their partners.
//!
//! A bracket without a partner is a character like any other, so one that is never closed swallows
//! nothing. A partner stands at most [`REACH`] line ends away; that of an ASCII bracket, or of a
//! single or straight quote, on the same line, for these have other uses (`:(`, `a)`, `'90s`, `5"`).

use super::ends::ends;
use super::face::face;
use super::marks::{
    FAMILIES, Mark, SINGLE, char_at, char_before, emoji, extends, latin, mark, plain,
};

/// Line ends that a quotation may hold.
pub(super) const REACH: usize = 16;

/// An outermost pair of brackets or quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub start: usize,
    /// Behind the closing one.
    pub end: usize,
    /// Whether what it holds is closed by a mark.
    pub ended: bool,
}

/// The outermost pairs that hold a line end or what would close a sentence, and all straight
/// quotes; in order.
pub(super) fn pairs(text: &str) -> Vec<Pair> {
    let mut search = Search::default();
    let (mut at, mut ended) = (0, false);
    loop {
        if ended && let Some(length) = face(&text[at..]) {
            at += length;
            continue;
        }
        if !ended {
            at = plain(text, at);
        }
        let Some(c) = char_at(text, at) else { return search.found };
        let mut stop = at + c.len_utf8();
        let last = || char_before(text, at).unwrap_or(' ');
        let next = || char_at(text, stop).unwrap_or(' ');
        match mark(c) {
            Mark::End | Mark::Weak => {
                (ended, stop) = ends(text, at, c);
                if ended {
                    search.held = stop;
                }
            }
            Mark::Line if c == '\r' && text[stop..].starts_with('\n') => {}
            Mark::Line => search.end_line(stop),
            Mark::Open(family) => {
                search.open(at, family, c.is_ascii() || family == SINGLE, false);
                ended = false;
            }
            Mark::Close(family) => {
                if !(c == '’' && latin(last()) && latin(next())) {
                    search.close(stop, family, ended);
                }
            }
            Mark::Quote(family) => {
                let closes = !next().is_ascii_alphanumeric();
                if closes && search.near[usize::from(family)] > 0 {
                    search.close(stop, family, ended);
                } else if !last().is_ascii_alphanumeric() && !next().is_whitespace() {
                    search.open(at, family, true, true);
                    ended = false;
                }
            }
            Mark::Space => {}
            Mark::Other => ended &= extends(c) || emoji(&text[at..]).is_some(),
        }
        at = stop;
    }
}

struct Open {
    at: usize,
    line: usize,
    family: u8,
    /// Whether its partner must stand on the same line.
    brief: bool,
    straight: bool,
}

#[derive(Default)]
struct Search {
    found: Vec<Pair>,
    /// Brackets that wait for a partner; those before `first` have waited too long.
    open: Vec<Open>,
    first: usize,
    line: usize,
    /// Of each family, how many wait: brief ones of this line, and others.
    near: [usize; FAMILIES],
    far: [usize; FAMILIES],
    /// Where the last line end, or what would close a sentence, ended.
    held: usize,
}

impl Search {
    fn open(&mut self, at: usize, family: u8, brief: bool, straight: bool) {
        let counts = if brief { &mut self.near } else { &mut self.far };
        counts[usize::from(family)] += 1;
        self.open.push(Open { at, line: self.line, family, brief, straight });
    }

    /// Find the partner of the closing one that ends at `end`: the last of its family that waits.
    /// Those opened between the two have none.
    fn close(&mut self, end: usize, family: u8, ended: bool) {
        let kind = usize::from(family);
        if self.near[kind] + self.far[kind] == 0 {
            return;
        }
        while self.open.len() > self.first
            && let Some(open) = self.open.pop()
        {
            let stale = open.brief && open.line != self.line;
            if stale {
                continue;
            }
            let counts = if open.brief { &mut self.near } else { &mut self.far };
            counts[usize::from(open.family)] -= 1;
            if open.family == family {
                while self.found.last().is_some_and(|pair| pair.start > open.at) {
                    self.found.pop();
                }
                if open.straight || self.held > open.at {
                    self.found.push(Pair { start: open.at, end, ended });
                }
                return;
            }
        }
    }

    fn end_line(&mut self, at: usize) {
        self.held = at;
        self.line += 1;
        self.near = [0; FAMILIES];
        while let Some(open) = self.open.get(self.first)
            && open.line + REACH < self.line
        {
            if !open.brief {
                self.far[usize::from(open.family)] -= 1;
            }
            self.first += 1;
        }
        if self.first == self.open.len() {
            self.open.clear();
            self.first = 0;
        }
    }
}
