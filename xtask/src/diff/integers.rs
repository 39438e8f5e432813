//! The whole numbers that a schema allows, and those that a type of Rust holds.

use super::document::{Object, flag, number, text};

/// Format, type, type when the minimum is 1, least and greatest value.
const FORMATS: [(&str, &str, &str, i128, i128); 10] = [
    ("int8", "i8", "NonZeroU8", i8::MIN as i128, i8::MAX as i128),
    ("uint8", "u8", "NonZeroU8", u8::MIN as i128, u8::MAX as i128),
    ("int16", "i16", "NonZeroU16", i16::MIN as i128, i16::MAX as i128),
    ("uint16", "u16", "NonZeroU16", u16::MIN as i128, u16::MAX as i128),
    ("int", "i32", "NonZeroU32", i32::MIN as i128, i32::MAX as i128),
    ("int32", "i32", "NonZeroU32", i32::MIN as i128, i32::MAX as i128),
    ("uint", "u32", "NonZeroU32", u32::MIN as i128, u32::MAX as i128),
    ("uint32", "u32", "NonZeroU32", u32::MIN as i128, u32::MAX as i128),
    ("int64", "i64", "NonZeroU64", i64::MIN as i128, i64::MAX as i128),
    ("uint64", "u64", "NonZeroU64", u64::MIN as i128, u64::MAX as i128),
];

/// Returns the least and the greatest value that a schema allows, as far as its format and bounds say.
pub(super) fn allowed(map: &Object) -> (i128, i128) {
    let format = text(map, "format").and_then(|format| FORMATS.iter().find(|(name, ..)| *name == format));
    let (least, greatest) =
        format.map_or((i64::MIN.into(), i64::MAX.into()), |(_, _, _, least, greatest)| (*least, *greatest));
    let min = number(map, "minimum")
        .map(|bound| if flag(map, "exclusiveMinimum") { bound.floor().saturating_add(1) } else { bound.ceil() });
    let max = number(map, "maximum")
        .map(|bound| if flag(map, "exclusiveMaximum") { bound.ceil().saturating_sub(1) } else { bound.floor() });
    (min.map_or(least, |min| min.max(least)), max.map_or(greatest, |max| max.min(greatest)))
}

/// Whether a format of whole numbers is known.
pub(super) fn is_format(name: &str) -> bool {
    FORMATS.iter().any(|(format, ..)| *format == name)
}

/// Returns the least and the greatest value that a type of Rust holds.
pub(super) fn range(name: &str) -> (i128, i128) {
    FORMATS
        .iter()
        .find_map(|(_, plain, non_zero, least, greatest)| {
            let unsigned = if *least < 0 { greatest * 2 + 1 } else { *greatest };
            if name == *plain { Some((*least, *greatest)) } else { (name == *non_zero).then_some((1, unsigned)) }
        })
        .unwrap_or((i128::MIN, i128::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ranges_hold_what_the_types_hold() {
        assert_eq!(range("NonZeroU32"), (1, u32::MAX.into()));
        assert_eq!(range("u8"), (0, 255));
    }

    #[test]
    fn allowed_values_are_exact() {
        for (schema, range) in [
            (
                json!({"format": "int64", "maximum": 9_007_199_254_740_993_u64}),
                (i64::MIN.into(), 9_007_199_254_740_993),
            ),
            (json!({"minimum": 4, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": true}), (5, 8)),
            (json!({"minimum": 0.5, "maximum": 1.5, "exclusiveMaximum": true}), (1, 1)),
            (json!({"minimum": 0.5, "exclusiveMinimum": true}), (1, i64::MAX.into())),
            (json!({"format": "int32", "maximum": 1e30}), (i32::MIN.into(), i32::MAX.into())),
        ] {
            assert_eq!(allowed(schema.as_object().unwrap()), range, "{schema}");
        }
    }
}
