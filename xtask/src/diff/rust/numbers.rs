//! What number types hold.

use serde_json::Value;

use crate::diff::document::{Object, flag, text};

/// Format, type, type when the minimum is 1, least and greatest value. From the narrowest on.
const FORMATS: [(&str, &str, &str, f64, f64); 10] = [
    ("int8", "i8", "NonZeroU8", i8::MIN as f64, i8::MAX as f64),
    ("uint8", "u8", "NonZeroU8", u8::MIN as f64, u8::MAX as f64),
    ("int16", "i16", "NonZeroU16", i16::MIN as f64, i16::MAX as f64),
    ("uint16", "u16", "NonZeroU16", u16::MIN as f64, u16::MAX as f64),
    ("int", "i32", "NonZeroU32", i32::MIN as f64, i32::MAX as f64),
    ("int32", "i32", "NonZeroU32", i32::MIN as f64, i32::MAX as f64),
    ("uint", "u32", "NonZeroU32", u32::MIN as f64, u32::MAX as f64),
    ("uint32", "u32", "NonZeroU32", u32::MIN as f64, u32::MAX as f64),
    ("int64", "i64", "NonZeroU64", i64::MIN as f64, i64::MAX as f64),
    ("uint64", "u64", "NonZeroU64", u64::MIN as f64, u64::MAX as f64),
];

/// A bound of whole numbers, the bound itself allowed.
fn bound(map: &Object, key: &str, exclusive: &str, step: f64) -> Option<f64> {
    let value = map.get(key).and_then(Value::as_f64)?;
    Some(if flag(map, exclusive) { value + step } else { value })
}

/// The values that a schema of integers allows, as far as its format and bounds say.
pub(in crate::diff) fn allowed(map: &Object) -> (f64, f64) {
    let format = text(map, "format").and_then(|format| FORMATS.iter().find(|(name, ..)| *name == format));
    let (least, greatest) =
        format.map_or((i64::MIN as f64, i64::MAX as f64), |(_, _, _, least, greatest)| (*least, *greatest));
    let min = bound(map, "minimum", "exclusiveMinimum", 1.0).map_or(least, |min| min.max(least));
    let max = bound(map, "maximum", "exclusiveMaximum", -1.0).map_or(greatest, |max| max.min(greatest));
    (min, max)
}

/// The values that a type of Rust holds.
pub(in crate::diff) fn range(name: &str) -> (f64, f64) {
    let name = name.trim_start_matches(':');
    FORMATS
        .iter()
        .find_map(|(_, plain, non_zero, least, greatest)| {
            let unsigned = greatest * 2.0 + 1.0;
            if name == *plain {
                Some((*least, *greatest))
            } else if name == *non_zero {
                Some((1.0, if *least < 0.0 { unsigned } else { *greatest }))
            } else {
                None
            }
        })
        .unwrap_or((f64::NEG_INFINITY, f64::INFINITY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_the_types_hold() {
        assert_eq!(range("NonZeroU32"), (1.0, f64::from(u32::MAX)));
        assert_eq!(range("u8"), (0.0, 255.0));
    }
}
