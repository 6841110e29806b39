//! The rule of training, slowly and plainly, for lines without emoji or other forms.

use std::collections::{BTreeMap, BTreeSet};

const STEPS: usize = 16;
const ROUNDS: usize = 32;

pub struct Trained {
    pub ngrams: Vec<String>,
    pub tokens: u64,
}

type Entries = BTreeSet<String>;

/// The index of a script's limit; 6 for characters that stay alone.
fn script(c: char) -> usize {
    match c {
        'ぁ'..='ゖ' => 0,
        'ァ'..='ヺ' | 'ー' => 1,
        '一'..='鿿' | '々' | '\u{20000}'..='\u{3ffff}' => 2,
        'a'..='z' => 3,
        '0'..='9' => 4,
        '２' => 7, // as digits, but apart from them
        '。' | '」' => 5,
        _ => 6,
    }
}

fn limit(limits: &[usize], c: char) -> usize {
    limits.get(script(c)).copied().unwrap_or(if script(c) == 7 { limits[4] } else { 1 })
}

fn runs(lines: &[String]) -> Vec<Vec<char>> {
    let mut found: Vec<Vec<char>> = Vec::new();
    for line in lines {
        let mut before = None;
        for c in line.chars() {
            match found.last_mut() {
                Some(run) if before == Some(script(c)) && script(c) != 6 => run.push(c),
                _ => found.push(vec![c]),
            }
            before = Some(script(c));
        }
    }
    found
}

fn text(chars: &[char]) -> String {
    chars.iter().collect()
}

/// The length of the longest entry at a place, which is not `banned`.
fn token(run: &[char], at: usize, entries: &Entries, banned: &str) -> usize {
    (2..=run.len() - at)
        .rev()
        .find(|n| {
            let found = text(&run[at..at + n]);
            found != banned && entries.contains(&found)
        })
        .unwrap_or(1)
}

struct Cost<'a>(&'a [char]);

impl Cost<'_> {
    fn of(&self, token: &[char]) -> i64 {
        match token {
            [c] if self.0.contains(c) || *c == ' ' => 1,
            [c] => c.len_utf8() as i64,
            _ => 1,
        }
    }
}

/// How many tokens more the way has that begins with `new` characters than that with `old`.
fn more(
    run: &[char],
    at: usize,
    (new, old): (usize, usize),
    (entries, banned): (&Entries, &str),
    cost: &Cost,
) -> i64 {
    let (mut new_at, mut old_at) = (at + new, at + old);
    let mut more = cost.of(&run[at..new_at]) - cost.of(&run[at..old_at]);
    for _ in 0..STEPS {
        if new_at == old_at {
            break;
        }
        if new_at < old_at {
            let n = token(run, new_at, entries, banned);
            more += cost.of(&run[new_at..new_at + n]);
            new_at += n;
        } else {
            let n = token(run, old_at, entries, "");
            more -= cost.of(&run[old_at..old_at + n]);
            old_at += n;
        }
    }
    more
}

struct Worth {
    tokens: i64,
    used: BTreeMap<String, i64>,
    saved: BTreeMap<String, i64>,
}

fn worth(
    runs: &[Vec<char>],
    candidates: &BTreeMap<String, u64>,
    entries: &Entries,
    cost: &Cost,
) -> Worth {
    let mut made = Worth { tokens: 0, used: BTreeMap::new(), saved: BTreeMap::new() };
    for run in runs {
        let mut at = 0;
        while at < run.len() {
            let n = token(run, at, entries, "");
            let cut = text(&run[at..at + n]);
            made.tokens += cost.of(&run[at..at + n]);
            if n > 1 {
                let without = token(&run[..at + n], at, entries, &cut);
                let worse = more(run, at, (without, n), (entries, &cut), cost);
                *made.saved.entry(cut.clone()).or_default() += worse;
            }
            for longer in n + 1..=run.len() - at {
                let other = text(&run[at..at + longer]);
                if candidates.contains_key(&other) {
                    let better = -more(run, at, (longer, n), (entries, ""), cost);
                    *made.saved.entry(other).or_default() += better;
                }
            }
            *made.used.entry(cut).or_default() += 1;
            at += n;
        }
    }
    made
}

pub fn train(
    lines: &[String],
    limits: &[usize],
    singles: &[char],
    most: usize,
    least: u64,
) -> Trained {
    let (runs, cost) = (runs(lines), Cost(singles));
    let mut candidates: BTreeMap<String, u64> = BTreeMap::new();
    for run in &runs {
        for start in 0..run.len() {
            for n in 2..=limit(limits, run[0]).min(run.len() - start) {
                *candidates.entry(text(&run[start..start + n])).or_default() += 1;
            }
        }
    }
    candidates.retain(|_, times| *times >= least);
    let length = |ngram: &str| ngram.chars().count();
    // Shorter ones first, then by text.
    let mut order: Vec<String> = candidates.keys().cloned().collect();
    order.sort_by_key(|ngram| (length(ngram), ngram.clone()));
    let mut first = order.clone();
    first.sort_by_key(|ngram| -(candidates[ngram] as i64 * (length(ngram) as i64 - 1)));
    let mut entries: Entries = first.into_iter().take(most).collect();
    let mut now = worth(&runs, &candidates, &entries, &cost);
    let mut step = most;
    for _ in 0..ROUNDS {
        let saved = |ngram: &String| now.saved.get(ngram).copied().unwrap_or(0);
        let (mut worst, mut best): (Vec<&String>, Vec<&String>) =
            order.iter().partition(|ngram| entries.contains(*ngram));
        worst.reverse();
        worst.sort_by_key(|ngram| saved(ngram));
        best.sort_by_key(|ngram| -saved(ngram));
        let pairs = worst.into_iter().zip(best).take(step);
        let swaps: Vec<_> = pairs.take_while(|(out, new)| saved(out) < saved(new)).collect();
        if swaps.is_empty() {
            break;
        }
        let mut tried = entries.clone();
        for (out, new) in &swaps {
            tried.remove(*out);
            tried.insert((*new).clone());
        }
        let next = worth(&runs, &candidates, &tried, &cost);
        step = if next.tokens < now.tokens { step } else { swaps.len() / 2 };
        if next.tokens < now.tokens {
            (entries, now) = (tried, next);
        }
    }
    let used = |ngram: &String| now.used.get(ngram).copied().unwrap_or(0);
    let mut ngrams: Vec<String> = order.into_iter().filter(|n| entries.contains(n)).collect();
    ngrams.sort_by_key(|ngram| (-(length(ngram) as i64), -used(ngram)));
    Trained { ngrams, tokens: now.tokens as u64 }
}
