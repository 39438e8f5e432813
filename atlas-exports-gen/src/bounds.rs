//! Checks of numbers against the bounds of the contract, called by the setters of generated builders.

use std::fmt::Display;

/// A number, or an optional one, that can be held against bounds.
pub(crate) trait Bounded: Sized {
    /// Returns the value when it is within the bounds, else the rule that it breaks.
    fn within(self, name: &str, minimum: Option<i64>, maximum: Option<i64>) -> Result<Self, String>;
}

fn rule(name: &str, value: impl Display, minimum: Option<i64>, maximum: Option<i64>) -> String {
    let rule = match (minimum, maximum) {
        (Some(minimum), Some(maximum)) => format!("between {minimum} and {maximum}"),
        (Some(minimum), None) => format!("at least {minimum}"),
        (None, Some(maximum)) => format!("at most {maximum}"),
        (None, None) => "a number".to_owned(),
    };
    format!("{name}: must be {rule}, got {value}")
}

macro_rules! bounded {
    ($($number:ty),*) => {$(
        impl Bounded for $number {
            fn within(self, name: &str, minimum: Option<i64>, maximum: Option<i64>) -> Result<Self, String> {
                let value = i128::from(self);
                let inside = minimum.is_none_or(|minimum| value >= i128::from(minimum))
                    && maximum.is_none_or(|maximum| value <= i128::from(maximum));
                if inside { Ok(self) } else { Err(rule(name, self, minimum, maximum)) }
            }
        }
    )*};
}
bounded!(u8, u16, u32, u64, i8, i16, i32, i64);

impl<T: Bounded> Bounded for Option<T> {
    fn within(self, name: &str, minimum: Option<i64>, maximum: Option<i64>) -> Result<Self, String> {
        self.map(|value| value.within(name, minimum, maximum)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_out_of_bounds_is_refused_with_the_rule() {
        assert_eq!(500_u32.within("page", Some(1), Some(500)), Ok(500));
        assert_eq!(0_u32.within("page", Some(1), Some(500)), Err("page: must be between 1 and 500, got 0".into()));
        assert_eq!((-1_i64).within("n", Some(0), None), Err("n: must be at least 0, got -1".into()));
        assert_eq!(u64::MAX.within("n", None, Some(i64::MAX)).unwrap_err().split(',').count(), 2);
        assert_eq!(Some(0_i32).within("n", Some(1), None), Err("n: must be at least 1, got 0".into()));
        assert_eq!(None::<i32>.within("n", Some(1), None), Ok(None));
    }
}
