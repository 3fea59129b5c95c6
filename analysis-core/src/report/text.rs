//! The one bit of markup in labels, headers and cells: `_{…}` is an index, `^{…}` an exponent.
//! Braces are required, so names with underscores (`unit_norm`) stay as they are.

use std::borrow::Cow;

/// Where a piece of text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Base,
    Sub,
    Super,
}

/// A piece of text at one height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub place: Place,
    pub text: &'a str,
}

/// Splits `a_{i}^{2}` into `a`, sub `i`, super `2`. Anything that is not whole markup is taken as it is.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut start = 0;
    while let Some(offset) = rest[start..].find(['_', '^']) {
        let at = start + offset;
        let place = if rest[at..].starts_with('_') { Place::Sub } else { Place::Super };
        let body =
            rest[at + 1..].strip_prefix('{').and_then(|after| after.find('}').map(|end| &after[..end]));
        match body {
            Some(body) => {
                if at > 0 {
                    found.push(Piece { place: Place::Base, text: &rest[..at] });
                }
                if !body.is_empty() {
                    found.push(Piece { place, text: body });
                }
                rest = &rest[at + body.len() + 3..];
                start = 0;
            }
            None => start = at + 1,
        }
    }
    if !rest.is_empty() {
        found.push(Piece { place: Place::Base, text: rest });
    }
    found
}

/// With proper minus signs.
pub(crate) fn minus(text: &str) -> String {
    text.replace('-', "−")
}

/// A piece as it is drawn: a hyphen at the start of an exponent or index is a minus sign.
pub(crate) fn drawn<'a>(piece: &Piece<'a>) -> Cow<'a, str> {
    match piece.text.strip_prefix('-') {
        Some(rest) if piece.place != Place::Base => Cow::Owned(format!("−{rest}")),
        _ => Cow::Borrowed(piece.text),
    }
}

/// The text for HTML: escaped, with `<sub>` and `<sup>`.
pub(crate) fn html(text: &str) -> String {
    pieces(text)
        .iter()
        .map(|piece| match piece.place {
            Place::Base => escape(piece.text),
            Place::Sub => format!("<sub>{}</sub>", escape(piece.text)),
            Place::Super => format!("<sup>{}</sup>", escape(piece.text)),
        })
        .collect()
}

/// The text without markup, for column names and for messages: `λ_{i}` becomes `λ_i`.
pub(crate) fn plain(text: &str) -> String {
    pieces(text)
        .iter()
        .map(|piece| match piece.place {
            Place::Base => piece.text.to_string(),
            Place::Sub => format!("_{}", piece.text),
            Place::Super => format!("^{}", piece.text),
        })
        .collect()
}

/// Escapes the five characters that XML and HTML give a meaning; control characters that XML forbids become U+FFFD.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || c == '\u{FFFE}' || c == '\u{FFFF}' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(Place, String)> {
        pieces(text).into_iter().map(|p| (p.place, p.text.to_string())).collect()
    }

    #[test]
    fn markup_is_split_and_everything_else_kept() {
        let expected =
            vec![(Place::Base, "Σ c".into()), (Place::Sub, "k".into()), (Place::Super, "2".into())];
        assert_eq!(split("Σ c_{k}^{2}"), expected);
        for odd in ["unit_norm", "a_{b", "x^2", "_", "^", "{}", "a_", "_{", "}_{"] {
            assert_eq!(split(odd), vec![(Place::Base, odd.to_string())], "{odd}");
        }
        assert_eq!(split(""), vec![]);
        assert_eq!(split("a_{}b"), vec![(Place::Base, "a".into()), (Place::Base, "b".into())]);
        assert_eq!(split("λ_x_{i}"), vec![(Place::Base, "λ_x".into()), (Place::Sub, "i".into())]);
    }

    #[test]
    fn html_is_escaped_and_plain_has_no_braces() {
        assert_eq!(html("λ_{i} < \"1\" & 'x'"), "λ<sub>i</sub> &lt; &quot;1&quot; &amp; &#39;x&#39;");
        assert_eq!(plain("c_{k}^{2}"), "c_k^2");
        assert_eq!(escape("a\u{1}b"), "a\u{FFFD}b");
    }
}
