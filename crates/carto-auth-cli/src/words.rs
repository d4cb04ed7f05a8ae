//! Times in words and in RFC 3339.

/// A number of seconds in the largest unit that fits, as in `23 hours`.
pub(crate) fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A time in UTC, as in `2027-01-15T12:00:00Z`.
pub(crate) fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_one_unit() {
        let words = [-5, 0, 1, 59, 60, 119, 3_599, 3_600, 86_399, 172_799, 172_800].map(duration);
        assert_eq!(
            words,
            [
                "0 seconds",
                "0 seconds",
                "1 second",
                "59 seconds",
                "1 minute",
                "1 minute",
                "59 minutes",
                "1 hour",
                "23 hours",
                "47 hours",
                "2 days"
            ]
        );
    }

    #[test]
    fn a_time_is_in_utc() {
        assert_eq!(time(1_800_014_400), "2027-01-15T12:00:00Z");
        assert_eq!(time(i64::MAX), i64::MAX.to_string());
    }
}
