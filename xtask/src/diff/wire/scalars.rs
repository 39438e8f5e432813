//! Texts and numbers.

use super::{Directions, Site, Verdict, WireDiff};
use crate::diff::{
    document::{Object, text},
    integers,
};

/// Formats of texts that the generator has types for, so that old clients refuse other texts.
const TYPED: [&str; 6] = ["uuid", "date", "date-time", "ip", "ipv4", "ipv6"];

/// Formats that say how a text stands for bytes.
const BYTES: [&str; 2] = ["byte", "binary"];

const INTEGERS: [&str; 10] = ["int8", "uint8", "int16", "uint16", "int", "int32", "uint", "uint32", "int64", "uint64"];

impl WireDiff<'_> {
    pub(super) fn string(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible, Person};
        self.text_format(site, old, new, directions);
        let listed = !crate::diff::document::list(old, "enum").is_empty();
        let checked = !site.lenient && (listed || self.old.checks(site.leaf.as_deref()));
        self.bound(site, ("minLength", true), old, new, directions, checked);
        self.bound(site, ("maxLength", false), old, new, directions, checked);
        if let Some(what) = Self::changed(old, new, "pattern") {
            // The generated types know no patterns, unless no type says that it is a text.
            let loosened = if checked && !old.contains_key("type") { Breaking } else { Compatible };
            let (request, answer, why) = match (old.contains_key("pattern"), new.contains_key("pattern")) {
                (false, _) => (Breaking, Compatible, "old clients may send what does not match"),
                (_, false) => (Compatible, loosened, "what matched before is still taken"),
                _ => (Person, loosened.min(Person), "the tool cannot compare patterns"),
            };
            self.wire(site, what, directions.judge(request, answer), why);
        }
        let known = ["format", "minLength", "maxLength", "pattern"];
        self.misplaced(site, &known, old, new);
    }

    fn text_format(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible, Cosmetic, Person};
        let Some(what) = Self::changed(old, new, "format") else { return };
        let format = |map: &'_ Object| text(map, "format").unwrap_or_default().to_owned();
        let (was, is) = (format(old), format(new));
        let typed = |format: &String| TYPED.contains(&format.as_str());
        let hint = |format: &String| format.is_empty() || format == "password";
        let (request, answer, why) = match () {
            () if [&was, &is].iter().any(|format| BYTES.contains(&format.as_str())) => {
                (Person, Person, "the same bytes may be written in another way")
            }
            () if typed(&was) && typed(&is) => (Breaking, Breaking, "neither side reads the one for the other"),
            () if typed(&is) => (Breaking, Compatible, "old clients may send any text"),
            () if typed(&was) && site.lenient => (Compatible, Compatible, "the hand-written type reads any text"),
            () if was == "uuid" && old.contains_key("type") => (Compatible, Compatible, "old clients read any text"),
            () if typed(&was) => (Compatible, Breaking, "old clients read nothing but the format"),
            () if hint(&was) && hint(&is) => (Cosmetic, Cosmetic, "it is a hint to those who show it"),
            () if hint(&is) => (Compatible, Compatible, "any text is allowed now"),
            () => (Person, Compatible, "the service may refuse texts that it took before"),
        };
        self.wire(site, what, directions.judge(request, answer), why);
    }

    pub(super) fn integer(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible};
        let (sent, taken) = (integers::allowed(old), integers::allowed(new));
        let read = match self.old.inside(site.leaf.clone()) {
            // Types of other crates begin with `::`.
            Some(name) => integers::range(name.trim_start_matches(':')),
            None => integers::allowed(old),
        };
        let judge = |lower: bool, upper: bool| {
            let request = (!lower || sent.0 >= taken.0) && (!upper || sent.1 <= taken.1);
            let answer = (!lower || taken.0 >= read.0) && (!upper || taken.1 <= read.1);
            let verdict = |fine| if fine { Compatible } else { Breaking };
            directions.judge(verdict(request), verdict(answer))
        };
        let sides = [
            ("format", true, true),
            ("minimum", true, false),
            ("exclusiveMinimum", true, false),
            ("maximum", false, true),
            ("exclusiveMaximum", false, true),
        ];
        for (key, lower, upper) in sides {
            let Some(what) = Self::changed(old, new, key) else { continue };
            let strange =
                [old, new].iter().filter_map(|map| text(map, "format")).any(|format| !INTEGERS.contains(&format));
            if key == "format" && strange {
                self.person(site, what, "the tool does not know the format");
                continue;
            }
            let verdict = judge(lower, upper);
            let why = match verdict {
                Breaking if directions.request && directions.answer => "one side may send what the other refuses",
                Breaking if directions.request => "old clients may send numbers that are refused now",
                Breaking => "old clients cannot hold all numbers that may come now",
                _ => "all numbers that may come are still read",
            };
            self.wire(site, what, verdict, why);
        }
        self.multiple(site, old, new, directions);
        let known = ["format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
        self.misplaced(site, &known, old, new);
    }

    pub(super) fn number(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Compatible, Person};
        if let Some(what) = Self::changed(old, new, "format") {
            let float = |map: &Object| text(map, "format") == Some("float");
            let (request, answer, why) = match (float(old), float(new)) {
                (true, false) => (Compatible, Person, "old clients read it with less precision"),
                (false, true) => (Person, Compatible, "the service keeps it with less precision"),
                _ => (Compatible, Compatible, "the precision is the same"),
            };
            self.wire(site, what, directions.judge(request, answer), why);
        }
        self.number_bounds(site, old, new, directions);
        self.multiple(site, old, new, directions);
        let known = ["format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
        self.misplaced(site, &known, old, new);
    }
}
