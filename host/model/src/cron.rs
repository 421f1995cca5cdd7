//! Cron expressions in a time zone: which moments they name. Pure: the time is an argument,
//! and the time zones are part of the program.

use croner::Cron as Pattern;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::time::Timestamp;

/// A cron expression: five fields (POSIX: minute, hour, day of the month, month, day of the
/// week), or six with seconds first.
///
/// Where a zone's clock goes forward, a fixed time that it skips counts at the first moment
/// after the gap; where it goes back, a fixed time counts once, at its first occurrence.
/// Expressions with `*` or steps in their time of day follow the clock as it shows.
#[derive(Clone, Debug)]
pub struct Cron {
    pattern: Pattern,
    zone: TimeZone,
}

/// A cron expression or time zone that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not an expression.
    #[error(
        "`{expression}` is not a cron expression of five fields, or six with seconds first: {why}"
    )]
    Expression {
        /// What was given.
        expression: String,
        /// Why not.
        why: String,
    },
    /// Not a time zone.
    #[error("`{timezone}` is not an IANA time zone such as `Europe/Berlin` or `UTC`")]
    Zone {
        /// What was given.
        timezone: String,
    },
}

/// Characters of an expression: six fields with long lists have a tenth of it.
const EXPRESSION_CHARS_MAX: usize = 500;

impl Cron {
    /// Reads an expression and finds its time zone.
    pub fn parse(expression: &str, timezone: &str) -> Result<Cron, CronError> {
        let wrong = |why: String| CronError::Expression {
            expression: clip(expression),
            why,
        };
        let fields = expression.split_whitespace().count();
        if expression.len() > EXPRESSION_CHARS_MAX {
            return Err(wrong("it is too long".to_owned()));
        }
        if !(5..=6).contains(&fields) {
            return Err(wrong(format!("it has {fields}")));
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Optional)
            .year(Year::Disallowed)
            .build();
        let pattern = parser.parse(expression).map_err(|e| wrong(e.to_string()))?;
        let zone = TimeZone::get(timezone).map_err(|_| CronError::Zone {
            timezone: clip(timezone),
        })?;
        Ok(Cron { pattern, zone })
    }

    /// The first moment after `at`; none where there is no other.
    pub fn after(&self, at: Timestamp) -> Option<Timestamp> {
        let from = i64::try_from(at.0).ok()?;
        let from = jiff::Timestamp::from_millisecond(from).ok()?;
        let from = Zoned::new(from, self.zone.clone());
        let next = self.pattern.find_next_occurrence(&from, false).ok()?;
        let next = u64::try_from(next.timestamp().as_millisecond()).ok()?;
        (next > at.0).then_some(Timestamp(next))
    }
}

fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let at: jiff::Timestamp = text.parse().unwrap();
        Timestamp(u64::try_from(at.as_millisecond()).unwrap())
    }

    fn moments(expression: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let cron = Cron::parse(expression, zone).unwrap();
        let mut next = at(from);
        let mut found = Vec::new();
        while found.len() < count {
            next = cron.after(next).unwrap();
            found.push(next.rfc3339().replace(":00.000Z", "Z"));
        }
        found
    }

    #[test]
    fn moments_are_strictly_later_and_in_the_zone() {
        assert_eq!(
            moments("30 9 * * 1-5", "Europe/Berlin", "2025-01-03T08:30:00Z", 2),
            ["2025-01-06T08:30Z", "2025-01-07T08:30Z"]
        );
        assert_eq!(
            moments("*/15 * * * *", "UTC", "2025-01-01T00:00:00.001Z", 2),
            ["2025-01-01T00:15Z", "2025-01-01T00:30Z"]
        );
        let cron = Cron::parse("*/10 * * * * *", "UTC").unwrap();
        assert_eq!(
            cron.after(at("2025-01-01T00:00:05.5Z")),
            Some(at("2025-01-01T00:00:10Z"))
        );
    }

    #[test]
    fn a_fixed_time_that_the_clock_skips_counts_after_the_gap() {
        // In Berlin 02:30 does not exist on 30 March 2025.
        assert_eq!(
            moments("30 2 * * *", "Europe/Berlin", "2025-03-28T12:00:00Z", 3),
            [
                "2025-03-29T01:30Z",
                "2025-03-30T01:00Z",
                "2025-03-31T00:30Z"
            ]
        );
    }

    #[test]
    fn a_fixed_time_that_comes_twice_counts_once() {
        // In Berlin 02:30 comes twice on 26 October 2025: at 00:30Z and at 01:30Z.
        assert_eq!(
            moments("30 2 * * *", "Europe/Berlin", "2025-10-25T12:00:00Z", 2),
            ["2025-10-26T00:30Z", "2025-10-27T01:30Z"]
        );
        assert_eq!(
            moments("0 * * * *", "Europe/Berlin", "2025-10-25T23:30:00Z", 3),
            [
                "2025-10-26T00:00Z",
                "2025-10-26T01:00Z",
                "2025-10-26T02:00Z"
            ],
            "every hour is every hour"
        );
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for wrong in ["", "* * * *", "61 * * * *", "* * * * * * *", "a b c d e"] {
            let error = Cron::parse(wrong, "UTC").unwrap_err();
            assert!(matches!(error, CronError::Expression { .. }), "{wrong}");
        }
        let error = Cron::parse("* * * * *", "Europe/Atlantis").unwrap_err();
        assert!(matches!(error, CronError::Zone { .. }));
    }

    #[test]
    fn a_day_that_never_comes_has_no_moment() {
        let cron = Cron::parse("0 0 30 2 *", "UTC").unwrap();
        assert_eq!(cron.after(at("2025-01-01T00:00:00Z")), None);
    }
}
