//! Bounds: which side is held to them, and whether they were tightened.

use super::{Directions, Site, Verdict, WireDiff};
use crate::{
    diff::document::{Object, flag, keys, number},
    yaml::Decimal,
};

impl WireDiff<'_> {
    /// A bound of a length or a number of things. `checked` when old clients refuse what breaks it.
    pub(super) fn bound(
        &mut self,
        site: &Site,
        (key, lower): (&str, bool),
        old: &Object,
        new: &Object,
        directions: Directions,
        checked: bool,
    ) {
        use Verdict::{Breaking, Compatible};
        let Some(what) = Self::changed(old, new, key) else { return };
        // Nothing is shorter than nothing.
        let nothing = lower.then(Decimal::default);
        let value =
            |map: &Object| if map.contains_key(key) { number(map, key).map(Some) } else { Some(nothing.clone()) };
        let (Some(was), Some(is)) = (value(old), value(new)) else {
            self.person(site, what, "it is no number");
            return;
        };
        if was == is {
            self.wire(site, what, Verdict::Cosmetic, "it says nothing new");
            return;
        }
        let tighter = match (was, is) {
            (Some(was), Some(is)) => (is > was) == lower,
            (was, _) => was.is_none(),
        };
        let (request, answer, why) = match (tighter, checked) {
            (true, _) => (Breaking, Compatible, "old clients may send what it forbids now"),
            (false, true) => (Compatible, Breaking, "old clients refuse what it forbade before"),
            (false, false) => (Compatible, Compatible, "all that was allowed before still is"),
        };
        self.wire(site, what, directions.judge(request, answer), why);
    }

    /// The bounds of fractions, which the generated types do not check.
    pub(super) fn number_bounds(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible};
        for (key, exclusive, lower) in [("minimum", "exclusiveMinimum", true), ("maximum", "exclusiveMaximum", false)] {
            let changed: Vec<_> = [key, exclusive].into_iter().filter_map(|key| Self::changed(old, new, key)).collect();
            if changed.is_empty() {
                continue;
            }
            let bound = |map: &Object| {
                map.contains_key(key).then(|| number(map, key).map(|value| (value, flag(map, exclusive))))
            };
            let tighter = match (bound(old), bound(new)) {
                (Some(None), _) | (_, Some(None)) => None,
                (None, None) => Some(false),
                (None, Some(_)) => Some(true),
                (Some(_), None) => Some(false),
                (Some(Some((was, excluded))), Some(Some((is, excludes)))) => {
                    let closer = if lower { is > was } else { is < was };
                    Some(closer || is == was && excludes && !excluded)
                }
            };
            let what = changed.join(", ");
            match tighter {
                Some(true) => {
                    let why = "old clients may send what it forbids now";
                    self.wire(site, what, directions.judge(Breaking, Compatible), why);
                }
                Some(false) => self.wire(
                    site,
                    what,
                    directions.judge(Compatible, Compatible),
                    "all that was allowed before still is",
                ),
                None => self.person(site, what, "it is no number"),
            }
        }
    }

    /// Steps between allowed numbers.
    pub(super) fn multiple(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible};
        let Some(what) = Self::changed(old, new, "multipleOf") else { return };
        let wider = match (number(old, "multipleOf"), number(new, "multipleOf")) {
            (Some(was), Some(is)) => was.is_multiple_of(&is),
            (_, None) => !new.contains_key("multipleOf"),
            _ => false,
        };
        let request = if wider { Compatible } else { Breaking };
        self.wire(site, what, directions.judge(request, Compatible), "old clients may send numbers between the steps");
    }

    /// Keywords of other types, which mean nothing here but were not meant to mean nothing.
    pub(super) fn misplaced(&mut self, site: &Site, known: &[&str], old: &Object, new: &Object) {
        const ALL: [&str; 18] = [
            "format",
            "pattern",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "items",
            "minItems",
            "maxItems",
            "uniqueItems",
            "properties",
            "required",
            "additionalProperties",
            "minProperties",
            "maxProperties",
        ];
        let others = keys(old, new).into_iter().filter(|key| ALL.contains(key) && !known.contains(key));
        self.leftovers(site, others, old, new);
    }
}
