//! Numbers as they are written, whatever their size.

use std::cmp::Ordering;

use serde_json::Number;

/// A decimal number, exact: 0.`digits` times ten to the power of `exponent`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Decimal {
    is_negative: bool,
    /// Without zeros at either end, so that each number has one form. Empty for zero.
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads a number of JSON or YAML in decimal notation.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self::default());
        }
        let leading = digits.len() - significant.len();
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()?;
        let digits = significant.trim_end_matches('0').to_owned();
        Some(Self { is_negative, digits, exponent: point.checked_add(power)? })
    }

    /// Returns the number in the form in which equal numbers are equal, where it can be held without a loss.
    pub(crate) fn to_number(&self) -> Option<Number> {
        let is_whole = i64::try_from(self.digits.len()).is_ok_and(|length| length <= self.exponent);
        if self.digits.is_empty() || is_whole {
            let whole = self.floor();
            let exact = i64::try_from(whole).map(Number::from).or_else(|_| u64::try_from(whole).map(Number::from));
            if let Ok(exact) = exact {
                return Some(exact);
            }
        }
        let sign = if self.is_negative { "-" } else { "" };
        let number = format!("{sign}0.{}e{}", self.digits, self.exponent).parse().ok().and_then(Number::from_f64)?;
        (Self::parse(&number.to_string()).as_ref() == Some(self)).then_some(number)
    }

    /// Whether the other one divides it without a remainder. `false` also where 128 bits do not hold the two.
    pub(crate) fn is_multiple_of(&self, other: &Self) -> bool {
        let last = |number: &Self| number.exponent.checked_sub_unsigned(number.digits.len() as u64);
        let scaled = |number: &Self, unit: i64| {
            let zeros = usize::try_from(last(number)?.checked_sub(unit)?).ok().filter(|zeros| *zeros < 40)?;
            format!("0{}{}", number.digits, "0".repeat(zeros)).parse::<u128>().ok()
        };
        let unit = last(self).min(last(other)).unwrap_or(0);
        match (scaled(self, unit), scaled(other, unit)) {
            (Some(number), Some(divisor)) => number.checked_rem(divisor) == Some(0),
            _ => false,
        }
    }

    /// Returns the greatest whole number that is not greater. Beyond the range of `i128`, an end of that range.
    pub(crate) fn floor(&self) -> i128 {
        let (whole, has_fraction) = self.whole();
        match self.is_negative {
            true => whole.saturating_neg().saturating_sub(i128::from(has_fraction)),
            false => whole,
        }
    }

    /// Returns the least whole number that is not less, likewise.
    pub(crate) fn ceil(&self) -> i128 {
        let (whole, has_fraction) = self.whole();
        match self.is_negative {
            true => whole.saturating_neg(),
            false => whole.saturating_add(i128::from(has_fraction)),
        }
    }

    /// The digits before the decimal point, and whether others follow.
    fn whole(&self) -> (i128, bool) {
        let before = usize::try_from(self.exponent).unwrap_or(0);
        let whole = self.digits.get(..before).unwrap_or(&self.digits);
        let has_fraction = whole.len() < self.digits.len();
        // The greatest value has 39 digits.
        if before > 39 {
            return (i128::MAX, has_fraction);
        }
        let padded = format!("{whole:0<before$}");
        (if padded.is_empty() { 0 } else { padded.parse().unwrap_or(i128::MAX) }, has_fraction)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let magnitude = || self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| if self.is_negative { magnitude().reverse() } else { magnitude() })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn equal_numbers_are_equal_however_they_are_written() {
        for same in [
            &["1", "1.0", "+1", "10e-1", "0.1E1", "01", "1.", "1e0", "1e+0"][..],
            &["0", "-0", "0.0", "0e999", ".0"],
            &["-1500", "-1.5e3", "-15e2"],
            &["9007199254740993", "9007199254740993.0"],
        ] {
            for text in same {
                assert_eq!(of(text), of(same[0]), "{text}");
            }
        }
    }

    #[test]
    fn order_is_exact_beyond_what_floating_point_holds() {
        let ascending = [
            "-1e400",
            "-18446744073709551617",
            "-18446744073709551616",
            "-1.5",
            "-1",
            "-0.5",
            "0",
            "1e-400",
            "0.1",
            "0.10000000000000000001",
            "1",
            "1.5",
            "9007199254740992",
            "9007199254740993",
            "18446744073709551616",
            "18446744073709551617",
            "1e400",
            "1.1e400",
        ];
        for (index, lesser) in ascending.iter().enumerate() {
            for greater in &ascending[index + 1..] {
                assert!(of(lesser) < of(greater), "{lesser} {greater}");
            }
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", ".", "e5", "1e", "1.2.3", "--1", "1e99999999999999999999", "0x1", "inf", "1_0"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_rounded_towards_either_end() {
        for (text, floor, ceil) in [
            ("0", 0, 0),
            ("1.5", 1, 2),
            ("-1.5", -2, -1),
            ("0.1", 0, 1),
            ("-0.1", -1, 0),
            ("1200", 1200, 1200),
            ("-7", -7, -7),
            ("1e400", i128::MAX, i128::MAX),
            ("-1e400", -i128::MAX, -i128::MAX),
            ("1e-400", 0, 1),
            ("18446744073709551617", 18_446_744_073_709_551_617, 18_446_744_073_709_551_617),
        ] {
            assert_eq!((of(text).floor(), of(text).ceil()), (floor, ceil), "{text}");
        }
    }

    #[test]
    fn multiples_are_found_among_fractions_and_large_numbers() {
        for (number, divisor, expected) in [
            ("10", "5", true),
            ("10", "3", false),
            ("0.3", "0.1", true),
            ("0.35", "0.1", false),
            ("0", "7", true),
            ("7", "0", false),
            ("1e20", "0.5", true),
            ("9007199254740993", "2", false),
            ("9007199254740994", "2", true),
            ("-4", "2", true),
            ("1e400", "2", false),
            ("2", "1e400", false),
        ] {
            assert_eq!(of(number).is_multiple_of(&of(divisor)), expected, "{number} {divisor}");
        }
    }

    #[test]
    fn numbers_that_lose_nothing_have_one_form() {
        for (text, number) in [
            ("1.0", Some("1")),
            ("1e3", Some("1000")),
            ("-0.0", Some("0")),
            ("0.10", Some("0.1")),
            ("18446744073709551615", Some("18446744073709551615")),
            ("-9223372036854775808", Some("-9223372036854775808")),
            ("1e30", Some("1e+30")),
            ("18446744073709551617", None),
            ("1e400", None),
            ("0.10000000000000000001", None),
        ] {
            assert_eq!(of(text).to_number().map(|number| number.to_string()).as_deref(), number, "{text}");
        }
    }
}
