//! Dates and timestamps in ISO 8601, as [`super::cells`] writes them, back to the numbers that Arrow stores.

use arrow_schema::TimeUnit;
use chrono::{NaiveDate, NaiveDateTime};

use super::super::TimestampUnit;

impl From<TimeUnit> for TimestampUnit {
    fn from(unit: TimeUnit) -> Self {
        match unit {
            TimeUnit::Second => Self::Second,
            TimeUnit::Millisecond => Self::Millisecond,
            TimeUnit::Microsecond => Self::Microsecond,
            TimeUnit::Nanosecond => Self::Nanosecond,
        }
    }
}

impl From<TimestampUnit> for TimeUnit {
    fn from(unit: TimestampUnit) -> Self {
        match unit {
            TimestampUnit::Second => Self::Second,
            TimestampUnit::Millisecond => Self::Millisecond,
            TimestampUnit::Microsecond => Self::Microsecond,
            TimestampUnit::Nanosecond => Self::Nanosecond,
        }
    }
}

/// Returns the days from 1970 to a date, or `None` if the text is no date.
pub(super) fn days(text: &str) -> Option<i32> {
    match text.parse::<NaiveDate>() {
        Ok(date) => {
            let days = date.signed_duration_since(NaiveDate::default()).num_days();
            i32::try_from(days).ok()
        }
        // A date that the calendar lacks is its number.
        Err(_) => text.parse().ok(),
    }
}

/// Returns the time from 1970 to a timestamp in a unit, or `None` if the text is no timestamp.
pub(super) fn timestamp(text: &str, unit: TimestampUnit) -> Option<i64> {
    let Ok(time) = text
        .strip_suffix('Z')
        .unwrap_or(text)
        .parse::<NaiveDateTime>()
    else {
        return text.parse().ok();
    };
    let time = time.and_utc();
    match unit {
        TimestampUnit::Second => Some(time.timestamp()),
        TimestampUnit::Millisecond => Some(time.timestamp_millis()),
        TimestampUnit::Microsecond => Some(time.timestamp_micros()),
        TimestampUnit::Nanosecond => time.timestamp_nanos_opt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_and_timestamps_are_numbers_of_their_unit() {
        assert_eq!(days("1970-01-02"), Some(1));
        assert_eq!(days("1969-12-31"), Some(-1));
        assert_eq!(days("2000000000"), Some(2_000_000_000));
        assert_eq!(days("yesterday"), None);
        let time = "1970-01-01T00:00:01.500Z";
        assert_eq!(timestamp(time, TimestampUnit::Second), Some(1));
        assert_eq!(timestamp(time, TimestampUnit::Millisecond), Some(1500));
        assert_eq!(timestamp(time, TimestampUnit::Microsecond), Some(1_500_000));
        let nanoseconds = timestamp("1970-01-01T00:00:00.000000007", TimestampUnit::Nanosecond);
        assert_eq!(nanoseconds, Some(7));
        assert_eq!(
            timestamp("9999999999999999", TimestampUnit::Second),
            Some(9_999_999_999_999_999)
        );
        assert_eq!(timestamp("noon", TimestampUnit::Second), None);
    }
}
