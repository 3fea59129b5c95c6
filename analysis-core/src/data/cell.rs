//! What one cell of text is: a number, or something that must not be taken for text by mistake.

/// One cell, blanks around it taken off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TextCell {
    /// A finite number.
    Number(f64),
    /// `true` or `false`, in any capitals.
    Truth(bool),
    /// NaN, an infinity, or a number beyond double precision.
    NotFinite(f64),
    /// Nothing, or a word that says so: NA, null, …
    Missing,
    /// No number, but it begins like one: 5%, 1,5, 3 kg, 2020-01-01, $7, 0x1F.
    NumberLike,
    /// Yes or no in another word: T, F, yes, no, y, n, on, off.
    TruthLike,
    /// Anything else: it begins with a letter, or has neither letters nor digits.
    Text,
}

/// Words for a value that is not there, in lower case.
const MISSING: [&str; 12] =
    ["na", "n/a", "#n/a", "<na>", "null", "none", "missing", "nil", "-", "--", "?", "."];
/// Words for yes and no that are not read as such, in lower case.
const TRUTH_LIKE: [&str; 8] = ["t", "f", "yes", "no", "y", "n", "on", "off"];

impl TextCell {
    pub(super) fn of(text: &str) -> TextCell {
        let text = text.trim();
        match text.parse::<f64>() {
            Ok(value) if !value.is_finite() => return TextCell::NotFinite(value),
            // 1e-400 would become 0 without a word.
            Ok(0.0) if vanished(text) => return TextCell::NumberLike,
            Ok(value) => return TextCell::Number(value),
            Err(_) => {}
        }
        // Longer texts are none of the words below.
        if text.len() <= 8 {
            let lower = text.to_lowercase();
            match lower.as_str() {
                "true" => return TextCell::Truth(true),
                "false" => return TextCell::Truth(false),
                "" => return TextCell::Missing,
                word if MISSING.contains(&word) => return TextCell::Missing,
                word if TRUTH_LIKE.contains(&word) => return TextCell::TruthLike,
                _ => {}
            }
        }
        match text.chars().find(|c| c.is_alphanumeric()) {
            Some(first) if first.is_numeric() => TextCell::NumberLike,
            _ => TextCell::Text,
        }
    }
}

/// Whether a number that was read as 0 has a digit other than 0.
fn vanished(text: &str) -> bool {
    text.bytes().take_while(|byte| !matches!(byte, b'e' | b'E')).any(|byte| matches!(byte, b'1'..=b'9'))
}

/// What to do about a cell that looks like a number and is none.
pub(super) fn advice(text: &str) -> &'static str {
    let text = text.trim();
    let only = |allowed: &str| text.chars().all(|c| c.is_ascii_digit() || allowed.contains(c));
    let groups = || {
        let mut parts = text.trim_start_matches(['+', '-']).split(',');
        let first = parts.next().is_some_and(|part| (1..=3).contains(&part.len()));
        first && parts.all(|part| part.split('.').next().is_some_and(|whole| whole.len() == 3))
    };
    if text.ends_with('%') {
        "percentages are not read: write fractions (0.05) or plain numbers (5)"
    } else if only("+-.,eE") && text.matches(',').count() == 1 && groups() {
        "write the number without the comma, or with a decimal point in its place"
    } else if only("+-,eE") && text.matches(',').count() == 1 {
        "write decimal points, not commas"
    } else if only("+-.,") && text.contains(',') {
        "write the number without separators of thousands"
    } else if text.starts_with(['\'', '"', '`']) {
        "take off the quotation mark before the number"
    } else if text.starts_with(['\u{2212}', '\u{2013}', '\u{2014}']) {
        "its minus sign is a dash: write the hyphen-minus of the keyboard"
    } else if text.starts_with(['$', '€', '£', '¥']) || text.ends_with(['$', '€', '£', '¥']) {
        "write amounts without the currency"
    } else if text.parse::<f64>().is_ok() {
        "it is too small for double precision: rescale the column"
    } else if text.to_ascii_lowercase().trim_start_matches(['+', '-']).starts_with("0x") {
        "write decimal numbers, not hexadecimal ones"
    } else if only("-/:. TZ+") && text.chars().filter(|c| "-/:".contains(*c)).count() >= 1 {
        "dates and times are not read: write a number, days since the first one for instance"
    } else {
        "write a number such as 1.5 or 2e-3"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_blanks_around_are_numbers() {
        for (text, value) in [
            ("1", 1.0),
            (" 0.5", 0.5),
            ("2\t", 2.0),
            ("\u{a0}3", 3.0),
            ("1e5", 1e5),
            ("-1E-3", -1e-3),
            ("+1", 1.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("007", 7.0),
            ("0e-9", 0.0),
            ("-0", 0.0),
        ] {
            assert_eq!(TextCell::of(text), TextCell::Number(value), "{text:?}");
        }
        assert_eq!(
            (TextCell::of("TRUE"), TextCell::of(" false")),
            (TextCell::Truth(true), TextCell::Truth(false))
        );
    }

    #[test]
    fn what_is_no_number_is_not_taken_for_text_by_mistake() {
        for text in ["nan", "NaN", "inf", "-Infinity", "1e400"] {
            assert!(matches!(TextCell::of(text), TextCell::NotFinite(_)), "{text:?}");
        }
        for text in ["", "  ", "NA", "n/a", "#N/A", "null", "None", "-", "?", "<NA>", "."] {
            assert_eq!(TextCell::of(text), TextCell::Missing, "{text:?}");
        }
        for text in [
            "0.5%",
            "0,5",
            "1,234",
            "1,234.5",
            "3 kg",
            "2020-01-01",
            "12:30",
            "$7",
            "€ 5",
            "'0.5",
            "\u{2212}3",
            "0x1F",
            "1_000",
            "1e-400",
            "<0.01",
            "(3)",
            "12A",
            "1 000",
            "1.2.3",
            "#3",
            "½",
            "1D+00",
        ] {
            assert_eq!(TextCell::of(text), TextCell::NumberLike, "{text:?}");
        }
        for text in ["T", "f", "yes", "No", "Y"] {
            assert_eq!(TextCell::of(text), TextCell::TruthLike, "{text:?}");
        }
        for text in ["cat", "A12", "Müller", "#abc", "true story", "!", "x = 3", "e5", "North-7"] {
            assert_eq!(TextCell::of(text), TextCell::Text, "{text:?}");
        }
    }

    #[test]
    fn the_advice_fits_the_cell() {
        for (text, word) in [
            ("5 %", "percentages"),
            ("0,2987", "decimal points"),
            ("-9916,5", "decimal points"),
            ("1,234", "decimal point in its place"),
            ("1,234,567", "thousands"),
            ("'0.5", "quotation mark"),
            ("\u{2212}3", "minus sign"),
            ("$7", "currency"),
            ("1e-400", "too small"),
            ("-0x1F", "hexadecimal"),
            ("2020-01-31", "dates"),
            ("3 kg", "such as 1.5"),
        ] {
            assert!(advice(text).contains(word), "{text:?}: {}", advice(text));
        }
    }
}
