//! Points in time and spans, as data. Nothing here reads a clock.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

/// The latest moment that can be written as a date (the end of the year 9999): times
/// beyond it are held at it.
pub const TIMESTAMP_MAX: Timestamp = Timestamp(253_402_207_200_000);

impl Timestamp {
    /// This moment and `ms` milliseconds more, held at [`TIMESTAMP_MAX`].
    pub fn plus_ms(self, ms: u64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms)).min(TIMESTAMP_MAX)
    }

    /// How many milliseconds this moment lies after `earlier`; 0 where it lies before.
    pub fn since(self, earlier: Timestamp) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 with milliseconds, in UTC.
    pub fn rfc3339(self) -> String {
        let ms = i64::try_from(self.min(TIMESTAMP_MAX).0).unwrap_or(i64::MAX);
        jiff::Timestamp::from_millisecond(ms)
            .map(|t| format!("{t:.3}"))
            .unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// A length of time as the DSL writes it: calendar months (in UTC) and milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Calendar months; a year is twelve.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub months: u32,
    /// Milliseconds; a week is seven days and a day 24 hours.
    pub ms: u64,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// A text that is no ISO 8601 duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an ISO 8601 duration such as `PT30S`, `P1DT12H` or `P2W`")]
pub struct SpanError {
    /// What was given.
    pub text: String,
}

/// The longest span that is taken: about ten thousand years, so that sums stay in range.
const SPAN_MONTHS_MAX: u64 = 120_000;

impl Span {
    /// A span of milliseconds.
    pub fn from_ms(ms: u64) -> Self {
        Span { months: 0, ms }
    }

    /// The moment this span after `start`, counting months in the UTC calendar.
    pub fn after(self, start: Timestamp) -> Timestamp {
        let moved = if self.months == 0 {
            start
        } else {
            add_months(start, self.months)
        };
        moved.plus_ms(self.ms)
    }

    /// Parses an ISO 8601 duration: `P[nY][nM][nW][nD][T[nH][nM][n[.n]S]]`.
    ///
    /// Only seconds may have a fraction (milliseconds are kept, the rest is cut).
    pub fn parse_iso(text: &str) -> Result<Span, SpanError> {
        parse_iso(text).ok_or_else(|| SpanError {
            text: text.chars().take(80).collect(),
        })
    }
}

fn add_months(start: Timestamp, months: u32) -> Timestamp {
    let moved = i64::try_from(start.0)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .and_then(|t| {
            let months = jiff::Span::new().try_months(months).ok()?;
            t.to_zoned(jiff::tz::TimeZone::UTC).checked_add(months).ok()
        });
    match moved.map(|z| u64::try_from(z.timestamp().as_millisecond())) {
        Some(Ok(ms)) => Timestamp(ms).min(TIMESTAMP_MAX),
        _ => TIMESTAMP_MAX,
    }
}

fn parse_iso(text: &str) -> Option<Span> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let (mut months, mut ms) = (0u64, 0u64);
    for (unit, number) in units(date, "YMWD")? {
        let n: u64 = number.parse().ok()?;
        match unit {
            'Y' => months = months.checked_add(n.checked_mul(12)?)?,
            'M' => months = months.checked_add(n)?,
            'W' => ms = ms.checked_add(n.checked_mul(7 * DAY_MS)?)?,
            _ => ms = ms.checked_add(n.checked_mul(DAY_MS)?)?,
        }
    }
    for (unit, number) in units(time, "HMS")? {
        let more = match unit {
            'H' => number.parse::<u64>().ok()?.checked_mul(3_600_000)?,
            'M' => number.parse::<u64>().ok()?.checked_mul(60_000)?,
            _ => seconds_ms(number)?,
        };
        ms = ms.checked_add(more)?;
    }
    let months = u32::try_from(months).ok()?;
    (u64::from(months) <= SPAN_MONTHS_MAX).then_some(Span { months, ms })
}

const DAY_MS: u64 = 86_400_000;

/// Splits `1Y2M` into `(unit, number)` pairs, each unit at most once and in order.
fn units<'a>(mut text: &'a str, order: &str) -> Option<Vec<(char, &'a str)>> {
    let mut left = order;
    let mut found = Vec::new();
    while !text.is_empty() {
        let end = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, rest) = text.split_at(end);
        let unit = rest.chars().next()?;
        let at = left.find(unit)?;
        left = left.get(at + 1..)?;
        text = rest.get(1..)?;
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return None;
        }
        found.push((unit, number));
    }
    Some(found)
}

fn seconds_ms(number: &str) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1000)?
        .checked_add(millis.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> Option<u64> {
        Span::parse_iso(text).ok().map(|s| s.ms)
    }

    #[test]
    fn iso_durations_parse_as_the_standard_says() {
        assert_eq!(ms("PT1.5S"), Some(1500));
        assert_eq!(ms("PT250M"), Some(15_000_000));
        assert_eq!(ms("P1DT1H"), Some(90_000_000));
        assert_eq!(ms("P2W"), Some(1_209_600_000));
        assert_eq!(Span::parse_iso("P1Y2M"), Ok(Span { months: 14, ms: 0 }));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "", "P", "PT", "1D", "PT1D", "P1H", "PTS", "PT1.S", "PT1M1H", "P-1D", "PT1.5M",
        ] {
            assert!(Span::parse_iso(text).is_err(), "{text}");
        }
        assert!(Span::parse_iso("P99999999999Y").is_err());
    }

    #[test]
    fn months_follow_the_calendar() {
        let january_31 = Timestamp(1_738_281_600_000);
        let month = Span { months: 1, ms: 0 };
        assert_eq!(
            month.after(january_31).rfc3339(),
            "2025-02-28T00:00:00.000Z"
        );
    }

    #[test]
    fn times_stay_in_range() {
        let far = Span {
            months: 120_000,
            ms: u64::MAX,
        };
        assert_eq!(far.after(Timestamp(5)), TIMESTAMP_MAX);
        assert_eq!(Timestamp(u64::MAX).rfc3339().len(), 24);
    }
}
