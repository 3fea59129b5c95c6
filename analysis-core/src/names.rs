//! Names, texts and sizes in messages: the user's own quoted and listed, those nearest to one that is not there, bytes.

/// The most characters of a user's cell or name that a message repeats.
const SHOWN: usize = 40;
/// The most names that a message lists.
const LISTED: usize = 12;

/// A user's text in quotes, as far as a message should repeat it: an unclosed quote makes a whole file one cell.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => format!("{text:?}"),
        Some((cut, _)) => format!("{:?}… ({} characters)", &text[..cut], text.chars().count()),
    }
}

/// Names in quotes, separated by commas, the first ones of many.
pub(crate) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| quoted(name.as_ref())).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What there is instead of a name that is not there: all names, or of many those most like it.
pub(crate) fn instead_of<S: AsRef<str>>(name: &str, names: &[S]) -> String {
    if names.len() <= LISTED {
        return format!("the columns are: {}", listed(names));
    }
    let plain = |text: &str| text.trim().to_lowercase();
    let wanted = plain(name);
    let mut near: Vec<(usize, &str)> =
        names.iter().map(|known| (changes(&wanted, &plain(known.as_ref())), known.as_ref())).collect();
    // Stable: equally near names stay in the file's order.
    near.sort_by_key(|(changes, _)| *changes);
    let near: Vec<&str> = near.into_iter().take(LISTED).map(|(_, known)| known).collect();
    format!("of the {} columns the nearest names are: {}", names.len(), listed(&near))
}

/// How many characters must be put in, taken out or replaced to make one text of the other (Levenshtein 1966). Of very
/// long texts only the beginnings are compared.
fn changes(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().take(SHOWN).collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().take(SHOWN).enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

/// A number of bytes, rounded to what is worth knowing.
pub(crate) fn bytes(count: u64) -> String {
    match count {
        u64::MAX => "more bytes than can be counted".into(),
        100_000_000.. => format!("{:.2} GB", count as f64 / 1e9),
        50_000.. => format!("{:.1} MB", count as f64 / 1e6),
        1 => "1 byte".into(),
        _ => format!("{count} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_and_lists_are_cut() {
        assert_eq!(quoted(" y"), "\" y\"");
        let long = "ä".repeat(500);
        assert_eq!(quoted(&long), format!("\"{}\"… (500 characters)", "ä".repeat(40)));
        let many: Vec<String> = (0..5000).map(|i| format!("column{i}")).collect();
        assert!(listed(&many).ends_with("\"column11\" and 4988 more"));
        assert_eq!(listed(&["a,b", "c"]), "\"a,b\", \"c\"");
    }

    #[test]
    fn the_nearest_names_come_first() {
        assert_eq!(changes("kitten", "sitting"), 3);
        assert_eq!(changes("", "abc"), 3);
        assert_eq!(changes("abc", "abc"), 0);
        let mut names: Vec<String> = (0..5000).map(|i| format!("gene{i}")).collect();
        names.push("Price ".to_string());
        let text = instead_of("price", &names);
        assert!(text.starts_with("of the 5001 columns the nearest names are: \"Price \", "), "{text}");
        assert!(text.len() < 300, "{text}");
        assert_eq!(instead_of("y", &["a", "b"]), "the columns are: \"a\", \"b\"");
    }
}
