//! What may follow a date: `(月)`, `(月曜日)`, `(月・祝)`, `㈪`, `月曜日`; then `12:34`, `12:34:56`,
//! `午後3時半`, `12時34分56秒`; behind signs also ISO 8601's `T12:34:56.789+09:00`.

use super::super::super::kinds::{
    DAY, DOT, HALF, HOLIDAY, HOUR, MINUTE, MONTH, NOON, SECOND, SIDE, SPAN, WEEK, WEEKDAY,
    WEEKDAY_SIGN,
};
use super::super::super::page::Page;
use super::super::is_digit;
use super::small;

/// The end of the day of the week and the time that follow.
pub(super) fn behind(page: &Page, place: usize) -> usize {
    let place = weekday(page, place).unwrap_or(place);
    spoken(page, place).or_else(|| clock(page, place)).unwrap_or(place)
}

/// The same behind a date with signs.
pub(super) fn behind_signs(page: &Page, place: usize) -> usize {
    let iso = || clock(page, (page.at(place) == b'T').then_some(place + 1)?);
    iso().map_or_else(|| behind(page, place), |end| zone(page, end))
}

/// The end of a day of the week.
pub(super) fn weekday(page: &Page, place: usize) -> Option<usize> {
    let is_day = |k: u8| matches!(k, DAY | MONTH | WEEKDAY);
    match page.at(place) {
        WEEKDAY_SIGN => Some(place + 1),
        b'(' if is_day(page.at(place + 1)) => {
            let mut end = place + 2;
            if page.at(end) == WEEK {
                end += 1 + usize::from(page.at(end + 1) == DAY);
            }
            let holiday = end + usize::from(page.at(end) == DOT);
            if page.at(holiday) == HOLIDAY {
                end = holiday + 1;
            }
            (page.at(end) == b')').then_some(end + 1)
        }
        kind if is_day(kind) && page.starts(place + 1, &[WEEK, DAY]) => Some(place + 3),
        _ => None,
    }
}

/// The end of `12:34` or `12:34:56`.
fn clock(page: &Page, place: usize) -> Option<usize> {
    let pair = |place: usize| {
        (page.at(place) == b':')
            .then(|| small(page, place + 1, 0, 59))?
            .filter(|end| end - place == 3)
    };
    let end = pair(small(page, place, 0, 30)?)?;
    Some(pair(end).unwrap_or(end))
}

/// The end of the fraction of a second and of the zone.
fn zone(page: &Page, mut place: usize) -> usize {
    if page.at(place) == b'.' && is_digit(page.at(place + 1)) {
        place = page.run(place + 1, is_digit);
    }
    match page.at(place) {
        b'Z' => place + 1,
        b'+' | b'-' => clock(page, place + 1).unwrap_or(place),
        _ => place,
    }
}

/// The end of `午後3時半` or `12時34分56秒`.
fn spoken(page: &Page, place: usize) -> Option<usize> {
    let unit = |place: usize, most: u8, sign: u8| {
        let end = small(page, place, 0, most).filter(|&end| page.at(end) == sign)? + 1;
        (page.at(end) != SPAN).then_some(end)
    };
    let half = usize::from(page.at(place) == NOON && page.at(place + 1) == SIDE) * 2;
    let end = unit(place + half, 30, HOUR)?;
    if page.at(end) == HALF {
        return Some(end + 1);
    }
    let Some(end) = unit(end, 59, MINUTE) else { return Some(end) };
    Some(unit(end, 59, SECOND).unwrap_or(end))
}
