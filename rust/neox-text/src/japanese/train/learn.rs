//! Which n-grams become entries.
//!
//! A text is cut by taking the longest entry at each place. What an entry is worth is what its
//! loss would cost: wherever the text is cut at it, the text is cut anew without it, up to the
//! place where both ways meet again. What another n-gram would be worth is found likewise. The
//! search begins with the n-grams that occur most often, weighed by the tokens each saves by
//! itself, and exchanges the entries worth least for the others worth most, as long as the texts
//! become fewer tokens.

use super::grams::{Grams, NONE, Runs};
use crate::Result;
use crate::corpus::{Progress, told};
use std::ops::Range;
use std::panic::resume_unwind;
use std::thread::ScopedJoinHandle;

/// Tokens after which two ways that have not met are compared as they are.
const STEPS: usize = 16;
/// Exchanges at most.
const ROUNDS: u64 = 32;
/// Characters of runs for which another thread is worth its start.
const THREAD_SHARE: usize = 1 << 16;

/// What was learnt.
pub(super) struct Learnt {
    /// The n-grams that became entries, in order of number, and how often each is used.
    pub(super) entries: Vec<(u32, u64)>,
    /// How many tokens the runs become.
    pub(super) tokens: u64,
}

/// Choose at most `most` n-grams.
///
/// `cost` is the number of tokens of a character, `may` whether an n-gram can be an entry.
pub(super) fn learn(
    (grams, runs): (&Grams, &Runs),
    most: usize,
    cost: &dyn Fn(char) -> u64,
    may: &dyn Fn(&str) -> bool,
    threads: usize,
    progress: &mut Progress<'_>,
) -> Result<Learnt> {
    told(progress, 0, ROUNDS, "learn")?;
    let mut search = Search::new(grams, runs, most, cost, may);
    let mut worth = search.worth(threads);
    let mut step = most;
    for round in 0..ROUNDS {
        let swaps = search.exchanges(&worth, step);
        if swaps.is_empty() {
            break;
        }
        search.exchange(&swaps);
        let now = search.worth(threads);
        if now.tokens < worth.tokens {
            worth = now;
        } else {
            search.exchange(&swaps);
            step = swaps.len() / 2;
        }
        told(progress, round + 1, ROUNDS, "learn")?;
    }
    told(progress, ROUNDS, ROUNDS, "learn")?;
    let entries = search.candidates.iter().filter(|number| search.is_entry[**number as usize]);
    let entries = entries.map(|number| (*number, worth.used[*number as usize])).collect();
    Ok(Learnt { entries, tokens: worth.tokens })
}

struct Search<'a> {
    grams: &'a Grams,
    runs: &'a Runs,
    /// The n-grams that can be entries.
    candidates: Vec<u32>,
    is_entry: Vec<bool>,
    /// The longest entry, or first character, that each n-gram begins with.
    token: Vec<u32>,
    /// How many tokens an entry or a character becomes.
    cost: Vec<u64>,
}

/// What each n-gram is worth.
struct Worth {
    tokens: u64,
    used: Vec<u64>,
    /// How many more tokens there were without an entry; how many fewer with another n-gram.
    saved: Vec<i64>,
}

impl<'a> Search<'a> {
    fn new(
        grams: &'a Grams,
        runs: &'a Runs,
        most: usize,
        cost: &dyn Fn(char) -> u64,
        may: &dyn Fn(&str) -> bool,
    ) -> Self {
        let count = grams.len();
        let numbers = 0..count as u32;
        let longer = numbers.filter(|number| grams.length[*number as usize] > 1);
        let candidates: Vec<u32> = longer.filter(|number| may(&grams.text(*number))).collect();
        let mut first = candidates.clone();
        let alone = |number: u32| {
            let number = number as usize;
            grams.times[number] * u64::from(grams.length[number] - 1)
        };
        first.sort_by_key(|number| (u64::MAX - alone(*number), *number));
        let mut is_entry = vec![false; count];
        first.iter().take(most).for_each(|number| is_entry[*number as usize] = true);
        let cost_of =
            |number: usize| if grams.length[number] > 1 { 1 } else { cost(grams.last[number]) };
        let cost = (0..count).map(cost_of).collect();
        let mut made = Self { grams, runs, candidates, is_entry, token: vec![NONE; count], cost };
        made.find_tokens();
        made
    }

    fn find_tokens(&mut self) {
        for number in 0..self.token.len() {
            let own = self.is_entry[number] || self.grams.length[number] == 1;
            let parent = self.grams.parent[number] as usize;
            self.token[number] = if own { number as u32 } else { self.token[parent] };
        }
    }

    fn length(&self, number: u32) -> usize {
        usize::from(self.grams.length[number as usize])
    }

    /// What the text is cut at if the n-gram is no entry.
    fn without(&self, number: u32) -> u32 {
        self.token[self.grams.parent[number as usize] as usize]
    }

    /// The worth of all, on at most so many threads.
    fn worth(&self, threads: usize) -> Worth {
        // The counts of a thread shall not outgrow the runs that it reads.
        let least = THREAD_SHARE.max(self.grams.len());
        let threads = threads.min(self.runs.longest.len() / least).max(1);
        let share = self.runs.len().div_ceil(threads);
        if threads == 1 {
            return self.worth_of(0..self.runs.len());
        }
        let parts: Vec<Worth> = std::thread::scope(|scope| {
            let part = |i: usize| {
                let end = self.runs.len().min((i + 1) * share);
                scope.spawn(move || self.worth_of((i * share).min(end)..end))
            };
            let started: Vec<_> = (0..threads).map(part).collect();
            let joined = started.into_iter().map(ScopedJoinHandle::join);
            joined.map(|part| part.unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        let mut all = self.nothing();
        for part in parts {
            all.tokens += part.tokens;
            all.used.iter_mut().zip(part.used).for_each(|(all, used)| *all += used);
            all.saved.iter_mut().zip(part.saved).for_each(|(all, saved)| *all += saved);
        }
        all
    }

    fn nothing(&self) -> Worth {
        let count = self.grams.len();
        Worth { tokens: 0, used: vec![0; count], saved: vec![0; count] }
    }

    fn worth_of(&self, range: Range<usize>) -> Worth {
        let mut worth = self.nothing();
        for (run, times) in range.map(|index| self.runs.get(index)) {
            let mut at = 0;
            while at < run.len() {
                let token = self.token[run[at] as usize];
                let end = at + self.length(token);
                worth.tokens += times * self.cost[token as usize];
                worth.used[token as usize] += times;
                if self.length(token) > 1 {
                    let more = self.more_tokens(run, (at, self.without(token)), (at, token), token);
                    worth.saved[token as usize] += times as i64 * more;
                }
                let mut other = run[at];
                while other != token {
                    let fewer = -self.more_tokens(run, (at, other), (at, token), NONE);
                    worth.saved[other as usize] += times as i64 * fewer;
                    other = self.grams.parent[other as usize];
                }
                at = end;
            }
        }
        worth
    }

    /// How many tokens more one way has than the other; each begins with a token at a place, and
    /// the first does without the entry `banned`.
    fn more_tokens(&self, run: &[u32], new: (usize, u32), old: (usize, u32), banned: u32) -> i64 {
        let cost = |token: u32| self.cost[token as usize] as i64;
        let (mut new_at, mut old_at) = (new.0 + self.length(new.1), old.0 + self.length(old.1));
        // Another n-gram becomes an entry, and so one token, on this way.
        let first = if self.length(new.1) > 1 { 1 } else { cost(new.1) };
        let mut more = first - cost(old.1);
        for _ in 0..STEPS {
            if new_at == old_at {
                break;
            }
            if new_at < old_at {
                let token = self.token[run[new_at] as usize];
                let token = if token == banned { self.without(token) } else { token };
                more += cost(token);
                new_at += self.length(token);
            } else {
                let token = self.token[run[old_at] as usize];
                more -= cost(token);
                old_at += self.length(token);
            }
        }
        more
    }

    /// The entries worth least, each with another n-gram that is worth more; so many at most.
    fn exchanges(&self, worth: &Worth, most: usize) -> Vec<(u32, u32)> {
        let saved = |number: u32| worth.saved[number as usize];
        let (mut entries, mut others): (Vec<u32>, Vec<u32>) =
            self.candidates.iter().partition(|number| self.is_entry[**number as usize]);
        entries.sort_by_key(|number| (saved(*number), u32::MAX - number));
        others.sort_by_key(|number| (-saved(*number), *number));
        let pairs = entries.into_iter().zip(others).take(most);
        pairs.take_while(|(entry, other)| saved(*entry) < saved(*other)).collect()
    }

    /// Exchange them; doing so again takes it back.
    fn exchange(&mut self, swaps: &[(u32, u32)]) {
        for number in swaps.iter().flat_map(|(entry, other)| [entry, other]) {
            self.is_entry[*number as usize] ^= true;
        }
        self.find_tokens();
    }
}
