//! The moments of a schedule: a pure function of time.

use segue_model::cron::Cron;
use segue_model::time::TIMESTAMP_MAX;
use segue_model::{Span, Timestamp};

/// When runs are due.
#[derive(Debug)]
pub(crate) enum Moments<'a> {
    /// At `since` and a whole number of spans.
    Every { since: Timestamp, span: Span },
    /// As a cron expression says.
    Cron(&'a Cron),
}

impl Moments<'_> {
    /// Moments at regular distances; none where there is no distance.
    pub(crate) fn every(since: Timestamp, span: Span) -> Option<Self> {
        (span.months > 0 || span.ms > 0).then_some(Moments::Every { since, span })
    }

    /// The first moment after `at`; none where there is no other.
    pub(crate) fn after(&self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Moments::Cron(cron) => cron.after(at),
            Moments::Every { since, span } => {
                let number = first_after(*since, *span, at);
                let next = nth(*since, *span, number);
                (next > at && next < TIMESTAMP_MAX).then_some(next)
            }
        }
    }

    /// How many moments lie after `from` and not after `to`, at most `most`.
    pub(crate) fn count(&self, from: Timestamp, to: Timestamp, most: u32) -> u32 {
        let (mut at, mut found) = (from, 0);
        while found < most {
            match self.after(at) {
                Some(next) if next <= to => (at, found) = (next, found + 1),
                _ => break,
            }
        }
        found
    }
}

/// The moment with that number, counted from the start, so that months do not drift: a
/// monthly schedule that begins on the 31st is on the 28th of February and on the 31st of
/// March again.
fn nth(since: Timestamp, span: Span, number: u64) -> Timestamp {
    let months = u64::from(span.months).saturating_mul(number);
    let Ok(months) = u32::try_from(months) else {
        return TIMESTAMP_MAX;
    };
    let ms = span.ms.saturating_mul(number);
    Span { months, ms }.after(since)
}

/// The number of the first moment after `at`, from 1.
fn first_after(since: Timestamp, span: Span, at: Timestamp) -> u64 {
    if span.months == 0 {
        let passed = at.since(since).checked_div(span.ms);
        return passed.unwrap_or(u64::MAX).saturating_add(1);
    }
    // Months differ in length: the number is found by halving, as the moments only grow.
    let (mut low, mut high) = (0, 1u64);
    while nth(since, span, high) <= at && nth(since, span, high) < TIMESTAMP_MAX {
        (low, high) = (high, high.saturating_mul(2));
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match nth(since, span, middle) <= at {
            true => low = middle,
            false => high = middle,
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2025-01-31T00:00:00Z.
    const JANUARY_31: Timestamp = Timestamp(1_738_281_600_000);

    #[test]
    fn months_are_counted_from_the_start_and_do_not_drift() {
        let moments = Moments::every(JANUARY_31, Span { months: 1, ms: 0 }).unwrap();
        let mut at = JANUARY_31;
        let mut found = Vec::new();
        for _ in 0..4 {
            at = moments.after(at).unwrap();
            found.push(at.rfc3339().get(..10).unwrap().to_owned());
        }
        assert_eq!(
            found,
            ["2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"]
        );
    }

    #[test]
    fn nothing_is_no_distance_and_time_has_an_end() {
        assert!(Moments::every(JANUARY_31, Span::default()).is_none());
        let rare = Moments::every(
            JANUARY_31,
            Span {
                months: 120_000,
                ms: 0,
            },
        )
        .unwrap();
        assert_eq!(rare.after(JANUARY_31), None);
        let far = Moments::every(JANUARY_31, Span::from_ms(u64::MAX)).unwrap();
        assert_eq!(far.after(JANUARY_31), None);
    }

    proptest! {
        #[test]
        fn the_next_moment_is_the_first_after_now(
            months in 0u32..30,
            ms in 0u64..5_000_000_000,
            passed in 0u64..100_000_000_000,
        ) {
            let span = Span { months, ms };
            prop_assume!(months > 0 || ms > 0);
            let moments = Moments::every(JANUARY_31, span).unwrap();
            let now = JANUARY_31.plus_ms(passed);
            let next = moments.after(now).unwrap();
            let number = first_after(JANUARY_31, span, now);
            prop_assert!(next > now);
            prop_assert_eq!(nth(JANUARY_31, span, number), next);
            prop_assert!(number == 1 || nth(JANUARY_31, span, number - 1) <= now);
        }

        #[test]
        fn cron_moments_only_go_forward_and_none_is_passed_over(
            minute in 0u32..60,
            hour in 0u32..24,
            passed in 0u64..63_072_000_000,
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
        ) {
            let cron = Cron::parse(&format!("{minute} {hour} * * *"), zone).unwrap();
            let moments = Moments::Cron(&cron);
            let now = JANUARY_31.plus_ms(passed);
            let next = moments.after(now).unwrap();
            prop_assert!(next > now);
            // A day has at most 25 hours where a clock goes back by one.
            prop_assert!(next.since(now) <= 25 * 3_600_000);
            // From anywhere in between, the next moment is the same.
            let between = Timestamp(now.0 + (next.0 - now.0) / 2);
            prop_assert_eq!(moments.after(between), Some(next));
            prop_assert_eq!(moments.count(now, next, 10), 1);
        }
    }
}
