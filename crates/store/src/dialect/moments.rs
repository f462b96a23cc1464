//! Dates and times as MySQL reads them.

/// A date with a time of day; zeros may stand for what is not known.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Moment {
    pub(super) year: u32,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
}

const fn days(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

/// A year of two digits.
const fn century(year: u32) -> u32 {
    match year {
        0..=69 => 2000 + year,
        _ => 1900 + year,
    }
}

/// Takes a number of so many digits at most off the beginning.
fn take(text: &mut &str, most: usize) -> Option<u32> {
    let end = (text.find(|c: char| !c.is_ascii_digit())).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end.min(most))?;
    *text = rest;
    digits.parse().ok()
}

/// Takes what may stand between numbers off the beginning.
fn mark(text: &mut &str) -> bool {
    match text.strip_prefix(|c: char| c.is_ascii_punctuation()) {
        Some(rest) => {
            *text = rest;
            true
        }
        None => false,
    }
}

impl Moment {
    /// Reads a date, or a date and time, in any of MySQL's forms.
    pub(super) fn read(text: &str) -> Option<Moment> {
        let text = text.trim();
        let (before, behind) = text.split_once('.').unwrap_or((text, ""));
        let digits = !behind.contains('.') && before.bytes().all(|b| b.is_ascii_digit());
        let moment = match digits {
            true => Moment::digits(before)?,
            false => Moment::parts(text)?,
        };
        let dated = moment.month <= 12
            && (moment.day <= days(moment.year, moment.month) || moment.month == 0)
            && moment.day <= 31;
        let timed = moment.hour <= 23 && moment.minute <= 59 && moment.second <= 59;
        (dated && timed).then_some(moment)
    }

    /// `20240229`, `240229`, and with a time behind it.
    fn digits(text: &str) -> Option<Moment> {
        let mut rest = match text.len() {
            1..=5 if text.bytes().any(|b| b != b'0') => return None,
            1..=5 => return Some(Moment::default()),
            6 | 8 | 12 | 14 => text,
            _ => return None,
        };
        let year = match rest.len() {
            8 | 14 => take(&mut rest, 4)?,
            _ => century(take(&mut rest, 2)?),
        };
        let mut next = || match rest.is_empty() {
            true => Some(0),
            false => take(&mut rest, 2),
        };
        Some(Moment {
            year,
            month: next()?,
            day: next()?,
            hour: next()?,
            minute: next()?,
            second: next()?,
        })
    }

    /// `2024-2-29 1:02:03`, with whatever mark between the numbers.
    fn parts(text: &str) -> Option<Moment> {
        let mut rest = text;
        let length = rest.find(|c: char| !c.is_ascii_digit())?;
        let mut year = take(&mut rest, 4)?;
        if length <= 2 {
            year = century(year);
        }
        let mut moment = Moment {
            year,
            ..Moment::default()
        };
        for part in [&mut moment.month, &mut moment.day] {
            if !mark(&mut rest) {
                return None;
            }
            *part = take(&mut rest, 2)?;
        }
        // A year of zeros is none.
        if length <= 2 && (moment.month, moment.day, year) == (0, 0, 2000) {
            moment.year = 0;
        }
        if rest.is_empty() {
            return Some(moment);
        }
        rest = match rest.strip_prefix('T') {
            Some(rest) => rest,
            None => rest.strip_prefix(' ')?.trim_start(),
        };
        moment.hour = take(&mut rest, 2)?;
        for part in [&mut moment.minute, &mut moment.second] {
            if rest.is_empty() {
                break;
            }
            if !mark(&mut rest) {
                return None;
            }
            *part = take(&mut rest, 2)?;
        }
        if let Some(fraction) = rest.strip_prefix('.') {
            rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        }
        rest.is_empty().then_some(moment)
    }

    /// Whether a TIMESTAMP can be this: from 1970 to 2106, to 2038 before MariaDB 11.5 and in MySQL.
    pub(super) fn is_timestamp(&self) -> bool {
        *self == Moment::default() || (1970..=2106).contains(&self.year) && self.month > 0
    }

    pub(super) fn is_midnight(&self) -> bool {
        self.hour + self.minute + self.second == 0
    }

    /// The day of the year, from 1; none of a date with zeros.
    pub(super) fn day_of_year(&self) -> Option<u32> {
        let known = self.month > 0 && self.day > 0;
        known.then(|| {
            self.day
                + (1..self.month)
                    .map(|month| days(self.year, month))
                    .sum::<u32>()
        })
    }

    /// The day of the week, 0 being Sunday; none of a date with zeros.
    pub(super) fn weekday(&self) -> Option<u32> {
        let before = self.year.checked_sub(1)?;
        // The first day of the year 1 was a Monday.
        let days = before * 365 + before / 4 - before / 100 + before / 400 + self.day_of_year()?;
        Some(days % 7)
    }

    pub(super) fn date(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    pub(super) fn date_and_time(&self) -> String {
        let time = format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second);
        format!("{} {time}", self.date())
    }
}

/// Reads a time of day or a span: `12:30`, `1 2:03:04`, `-838:59:59`, `123005`.
pub(super) fn time(text: &str) -> Option<String> {
    let text = text.trim();
    // Of a date with a time the time counts.
    if text.contains('-')
        && text.contains([' ', 'T'])
        && !text.starts_with('-')
        && let Some(moment) = Moment::read(text)
    {
        return Some(moment.date_and_time().split_off(11));
    }
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let plain = rest.split('.').next().unwrap_or_default();
    let (mut hours, minutes, seconds);
    if !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_digit()) {
        let n: u32 = plain.parse().ok()?;
        (hours, minutes, seconds) = (n / 10_000, n / 100 % 100, n % 100);
    } else {
        let first = take(&mut rest, 4)?;
        hours = first;
        if let Some(behind) = rest.strip_prefix(' ') {
            rest = behind;
            hours = first.checked_mul(24)?.checked_add(take(&mut rest, 2)?)?;
        }
        let mut next = || match rest.strip_prefix(':') {
            Some(behind) => {
                rest = behind;
                take(&mut rest, 2)
            }
            None => Some(0),
        };
        (minutes, seconds) = (next()?, next()?);
        if let Some(fraction) = rest.strip_prefix('.') {
            rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        }
        if !rest.is_empty() {
            return None;
        }
    }
    let fits = hours <= 838 && minutes <= 59 && seconds <= 59;
    let zero = hours + minutes + seconds == 0;
    let sign = if zero { "" } else { sign };
    fits.then(|| format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"))
}

/// What IGNORE makes of a text that is no time.
pub(super) fn time_of_beginning(text: &str) -> String {
    let text = text.trim();
    let hours = text
        .split(':')
        .next()
        .and_then(|hours| hours.parse::<i64>().ok());
    match hours.filter(|_| text.contains(':')) {
        Some(hours) if hours > 838 => return "838:59:59".to_owned(),
        Some(hours) if hours < -838 => return "-838:59:59".to_owned(),
        _ => {}
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let beginning = text.get(..end).and_then(time);
    beginning.unwrap_or_else(|| "00:00:00".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_dates_and_times() {
        for (text, want) in [
            ("2024-02-29", "2024-02-29 00:00:00"),
            ("2024/2/9 1:2:3", "2024-02-09 01:02:03"),
            ("24-02-09", "2024-02-09 00:00:00"),
            ("2024-02-09T10:20:30.123", "2024-02-09 10:20:30"),
            ("20240209102030", "2024-02-09 10:20:30"),
            ("990209", "1999-02-09 00:00:00"),
            ("0", "0000-00-00 00:00:00"),
            ("0000-00-00", "0000-00-00 00:00:00"),
            ("2024-00-00", "2024-00-00 00:00:00"),
        ] {
            let read = Moment::read(text).map(|m| m.date_and_time());
            assert_eq!(read.as_deref(), Some(want), "{text}");
        }
        for bad in [
            "",
            "x",
            "2023-02-29",
            "2024-13-01",
            "2024-01-01 25:00:00",
            "2024-01-01x",
            "7",
        ] {
            assert_eq!(Moment::read(bad), None, "{bad}");
        }
        for (text, want) in [
            ("10:20:30", Some("10:20:30")),
            ("10:20", Some("10:20:00")),
            ("102030", Some("10:20:30")),
            ("12", Some("00:00:12")),
            ("1 2:00:00", Some("26:00:00")),
            ("-838:59:59", Some("-838:59:59")),
            ("839:00:00", None),
            ("10:60:00", None),
            ("x", None),
        ] {
            assert_eq!(time(text).as_deref(), want, "{text}");
        }
    }
}
