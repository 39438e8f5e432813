//! The beginning of a body on one line, for errors and traces.

/// So much of a body is shown, in characters.
const MOST_SHOWN: usize = 300;

/// So much of a text is looked at, in bytes: four a character at the most, and as much again for what is not shown.
const MOST_OF_TEXT: usize = MOST_SHOWN * 8;

/// So much of a page is looked at, in bytes, since its text may stand behind a long style sheet.
const MOST_OF_MARKUP: usize = 64 * 1024;

/// Returns the beginning of a body on one line: without control characters, and of a page only what a person would see.
pub(crate) fn excerpt(body: &[u8]) -> String {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
    let read = |most| String::from_utf8_lossy(body.get(..most).unwrap_or(body));
    if body.starts_with(b"<") {
        one_line(&html_escape::decode_html_entities(&visible(&read(MOST_OF_MARKUP))))
    } else {
        one_line(&read(MOST_OF_TEXT))
    }
}

fn one_line(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// The text of a page: without tags, comments, style sheets and scripts; its entities are as they came.
fn visible(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, markup)) = rest.split_once('<') {
        text.push_str(before);
        rest = if let Some(comment) = markup.strip_prefix("!--") {
            behind(comment, "-->")
        } else if let Some(data) = markup.strip_prefix("![CDATA[") {
            let (data, rest) = data.split_once("]]>").unwrap_or((data, ""));
            text.push_str(&html_escape::encode_text(data));
            rest
        } else if markup.starts_with(['!', '?']) {
            behind(markup, ">")
        } else if markup.trim_start_matches('/').starts_with(|first: char| first.is_ascii_alphabetic()) {
            behind_element(markup)
        } else {
            text.push('<');
            rest = markup;
            continue;
        };
        text.push(' ');
    }
    text.push_str(rest);
    text
}

/// What stands behind a tag, and behind the content of an element that nobody sees.
fn behind_element(tag: &str) -> &str {
    let name = tag.split(|char: char| !char.is_ascii_alphanumeric()).next().unwrap_or_default();
    let rest = behind_tag(tag);
    if !["script", "style"].iter().any(|unseen| name.eq_ignore_ascii_case(unseen)) {
        return rest;
    }
    let ends = |(at, _): &(usize, _)| {
        let end = rest.get(at + 2..at + 2 + name.len());
        end.is_some_and(|end| end.eq_ignore_ascii_case(name))
    };
    match rest.match_indices("</").find(ends) {
        Some((at, _)) => behind(rest.get(at..).unwrap_or_default(), ">"),
        None => "",
    }
}

/// What stands behind a tag, whose attributes may hold its end in quotes.
fn behind_tag(tag: &str) -> &str {
    let mut quote = None;
    for (at, char) in tag.char_indices() {
        match (quote, char) {
            (None, '>') => return tag.get(at + 1..).unwrap_or_default(),
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), _) if open == char => quote = None,
            _ => {}
        }
    }
    // A quote that is never closed was none.
    behind(tag, ">")
}

fn behind<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, behind)| behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_what_a_person_would_see() {
        for (page, shown) in [
            ("<html><head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>", "502 Bad Gateway nginx"),
            ("<!DOCTYPE html>\n<STYLE type='a>b'>h1 { color: red }</STYLE ><h1>Sorry</h1>", "Sorry"),
            ("<p>a<script>if (a<b) alert('</p>');</script>b</p>", "a b"),
            ("<script src=x></script><p>loaded", "loaded"),
            ("<p>a<!-- hidden <b> -->b<!-- never closed", "a b"),
            ("<!-- first --><p>then</p>", "then"),
            (
                "<p>R&amp;D &lt;b&gt; &quot;x&quot; &#39;y&#39; &#x20AC; caf&eacute;&nbsp;au lait&hellip;",
                "R&D <b> \"x\" 'y' € café au lait…",
            ),
            ("<p>AT&T & co &unknown; &#0;", "AT&T & co &unknown; &#0;"),
            ("<a title=\"a > b\">link</a>", "link"),
            ("<a title=\"never closed>link</a> text", "link text"),
            ("<p>3 < 4 <> 5 </ p>", "3 < 4 <> 5 </ p>"),
            (
                "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message><![CDATA[a < b &amp;]]></Message></Error>",
                "AccessDenied a < b &amp;",
            ),
            ("\u{feff} <p>marked", "marked"),
            ("<style>p {}", ""),
            ("<scripture>kept</scripture>", "kept"),
            ("<", "<"),
        ] {
            assert_eq!(excerpt(page.as_bytes()), shown, "{page}");
        }
    }

    #[test]
    fn a_text_is_shown_as_it_is_on_one_line() {
        for (text, shown) in [
            ("plain\u{1b}[31m  text\r\nwith &amp; and <b>", "plain [31m text with &amp; and <b>"),
            ("{\"detail\": \"cut he", "{\"detail\": \"cut he"),
            ("", ""),
        ] {
            assert_eq!(excerpt(text.as_bytes()), shown);
        }
        assert_eq!(excerpt(b"caf\xE9 \0"), "caf\u{fffd}");
    }

    #[test]
    fn entities_bring_no_control_characters_in() {
        assert_eq!(excerpt(b"<p>a&#27;[31m&#x9b;b&#10;c"), "a&#27;[31m b c");
    }

    #[test]
    fn only_the_beginning_is_shown() {
        let long = excerpt("\u{e9}".repeat(MOST_SHOWN + 1).as_bytes());
        assert_eq!((long.chars().count(), long.ends_with('…')), (MOST_SHOWN + 1, true));
        assert_eq!(excerpt("x".repeat(MOST_SHOWN).as_bytes()).len(), MOST_SHOWN);
        assert_eq!(excerpt(&vec![b'x'; 10 << 20]).chars().count(), MOST_SHOWN + 1);
    }

    #[test]
    fn a_text_behind_a_long_style_sheet_is_found() {
        let page = format!("<style>{}</style><h1>Down</h1>", "a {}\n".repeat(4_000));
        assert_eq!(excerpt(page.as_bytes()), "Down");
        assert_eq!(excerpt(&b"<".repeat(10 << 20)).chars().count(), MOST_SHOWN + 1);
        assert_eq!(excerpt(&b"<a ".repeat(1 << 20)), "");
    }
}
