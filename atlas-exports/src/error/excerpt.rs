//! Shortens what came from elsewhere for people.

/// So much of a text is kept, in characters.
const MAX_EXCERPT: usize = 300;

/// Returns the beginning of a text, on one line, without markup.
pub(crate) fn excerpt(body: &[u8]) -> String {
    // Four bytes a character at the most, and as much again for markup.
    let head = body.get(..MAX_EXCERPT * 8).unwrap_or(body);
    let text = String::from_utf8_lossy(head);
    let mut plain = String::new();
    let mut in_tag = false;
    let markup = text.trim_start().starts_with('<');
    for char in text.chars() {
        match char {
            '<' if markup => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                plain.push(' ');
            }
            _ if in_tag => {}
            char if char.is_control() => plain.push(' '),
            char => plain.push(char),
        }
    }
    let words: Vec<_> = plain.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= MAX_EXCERPT {
        return line;
    }
    let cut: String = line.chars().take(MAX_EXCERPT).collect();
    format!("{cut}…")
}
