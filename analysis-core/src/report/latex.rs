//! Text for LaTeX: escaped, Greek and mathematical letters in math mode, indices and exponents too.
//!
//! A text is first taken apart into runs, each of text or of mathematics; only then are they written, with a `$` wherever the
//! mode changes. What is written is never edited again, so that an escaped character stays escaped. A character that
//! pdflatex would stop at is refused by name.

use super::text::{Place, pieces};
use crate::error::{Error, Result};

/// What stands for a character in math mode, where pdflatex does not know it in text.
fn math(c: char) -> Option<&'static str> {
    Some(match c {
        'α' => "\\alpha",
        'β' => "\\beta",
        'γ' => "\\gamma",
        'δ' => "\\delta",
        'ε' => "\\varepsilon",
        'ζ' => "\\zeta",
        'η' => "\\eta",
        'θ' => "\\theta",
        'ι' => "\\iota",
        'κ' => "\\kappa",
        'λ' => "\\lambda",
        'μ' | 'µ' => "\\mu",
        'ν' => "\\nu",
        'ξ' => "\\xi",
        'π' => "\\pi",
        'ρ' => "\\rho",
        'σ' => "\\sigma",
        'τ' => "\\tau",
        'υ' => "\\upsilon",
        'φ' => "\\varphi",
        'ϕ' => "\\phi",
        'ϵ' => "\\epsilon",
        'χ' => "\\chi",
        'ψ' => "\\psi",
        'ω' => "\\omega",
        'Γ' => "\\Gamma",
        'Δ' => "\\Delta",
        'Θ' => "\\Theta",
        'Λ' => "\\Lambda",
        'Σ' | '∑' => "\\Sigma",
        'Φ' => "\\Phi",
        'Ψ' => "\\Psi",
        'Ξ' => "\\Xi",
        'Π' => "\\Pi",
        'Ω' => "\\Omega",
        '−' => "-",
        '±' => "\\pm",
        '×' => "\\times",
        '·' => "\\cdot",
        '≤' => "\\le",
        '≥' => "\\ge",
        '<' => "<",
        '>' => ">",
        '≈' => "\\approx",
        '≠' => "\\ne",
        '∞' => "\\infty",
        '→' => "\\to",
        '√' => "\\surd",
        '∈' => "\\in",
        '‖' => "\\Vert",
        '|' => "|",
        '∂' => "\\partial",
        '∇' => "\\nabla",
        '…' => "\\ldots",
        '∝' => "\\propto",
        '∼' => "\\sim",
        '≪' | '«' => "\\ll",
        '≫' | '»' => "\\gg",
        '⟨' => "\\langle",
        '⟩' => "\\rangle",
        '∫' => "\\int",
        '∏' => "\\Pi",
        '←' => "\\leftarrow",
        '↔' => "\\leftrightarrow",
        '⊥' => "\\perp",
        '∥' => "\\parallel",
        '°' => "{}^{\\circ}",
        '′' => "'",
        _ => return None,
    })
}

/// A raised or lowered character of Unicode.
fn script(c: char) -> Option<(Place, char)> {
    const RAISED: [char; 12] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹', '⁻', '⁺'];
    const LOWERED: [char; 12] = ['₀', '₁', '₂', '₃', '₄', '₅', '₆', '₇', '₈', '₉', '₋', '₊'];
    const PLAIN: [char; 12] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-', '+'];
    let find = |set: [char; 12]| set.iter().position(|s| *s == c).map(|at| PLAIN[at]);
    let raised = find(RAISED).map(|c| (Place::Super, c));
    raised.or_else(|| find(LOWERED).map(|c| (Place::Sub, c)))
}

/// The accent that a combining mark puts on the letter before it.
fn accent(mark: char) -> Option<&'static str> {
    Some(match mark {
        '\u{300}' => "\\grave",
        '\u{301}' => "\\acute",
        '\u{302}' => "\\hat",
        '\u{303}' => "\\tilde",
        '\u{304}' | '\u{305}' => "\\bar",
        '\u{306}' => "\\breve",
        '\u{307}' => "\\dot",
        '\u{308}' => "\\ddot",
        '\u{30C}' => "\\check",
        '\u{20D7}' => "\\vec",
        _ => return None,
    })
}

/// A character in text, escaped where it has a meaning; none where pdflatex has no sign for it.
fn letter(c: char) -> Option<String> {
    // Letters beyond ASCII that pdflatex sets in its default encoding: those of Latin-1 and Latin Extended-A but a few.
    const MISSING: &str = "ÐÞðþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲųſ";
    Some(match c {
        '\\' => "\\textbackslash{}".into(),
        '~' => "\\textasciitilde{}".into(),
        '^' => "\\textasciicircum{}".into(),
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => format!("\\{c}"),
        '–' => "--".into(),
        '—' => "---".into(),
        '\u{2009}' | '\u{202F}' => "\\,".into(),
        '\u{A0}' => "~".into(),
        '\n' | '\t' => " ".into(),
        '‘' => "`".into(),
        '’' => "'".into(),
        '“' => "``".into(),
        '”' => "''".into(),
        '\u{2011}' => "-".into(),
        ' '..='}' => c.to_string(),
        '\u{A1}'..='\u{17F}' if !MISSING.contains(c) => c.to_string(),
        _ => return None,
    })
}

/// A piece of a text in one mode.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Run {
    Text(String),
    /// A symbol or an accented letter.
    Symbol(String),
    Script(Place, String),
}

/// The runs of a text outside indices; raised and lowered digits that follow each other are one script.
fn runs(text: &str, found: &mut Vec<Run>) -> Result<(), char> {
    let mut letters = text.chars().peekable();
    let mut own_script = false;
    while let Some(c) = letters.next() {
        let own = std::mem::take(&mut own_script);
        if let Some((mark, accent)) = letters.peek().and_then(|mark| Some((*mark, accent(*mark)?))) {
            letters.next();
            let base = match math(c) {
                Some(code) => code.to_string(),
                None if c.is_ascii_alphanumeric() => c.to_string(),
                None => return Err(mark),
            };
            found.push(Run::Symbol(format!("{accent}{{{base}}}")));
        } else if let Some((place, digit)) = script(c) {
            match found.last_mut() {
                Some(Run::Script(last, digits)) if own && *last == place => digits.push(digit),
                _ => found.push(Run::Script(place, digit.to_string())),
            }
            own_script = true;
        } else if let Some(code) = math(c) {
            found.push(Run::Symbol(code.to_string()));
        } else {
            let shown = letter(c).ok_or(c)?;
            match found.last_mut() {
                Some(Run::Text(text)) => text.push_str(&shown),
                _ => found.push(Run::Text(shown)),
            }
        }
    }
    Ok(())
}

/// An index or exponent, inside math mode: single letters stand as variables, words upright.
fn inside(text: &str) -> Result<String, char> {
    if text.chars().count() > 1 && text.chars().all(|c| c.is_ascii_alphabetic()) {
        return Ok(format!("\\mathrm{{{text}}}"));
    }
    let mut found = Vec::new();
    runs(text, &mut found)?;
    let mut out = String::new();
    for run in found {
        match run {
            // The space ends a control word: "\lambda i", not "\lambdai".
            Run::Symbol(code) if code.starts_with('\\') && !code.ends_with('}') => out += &format!("{code} "),
            Run::Text(code) | Run::Symbol(code) => out += &code,
            Run::Script(place, digits) => out += &format!("{{}}{}{{{digits}}}", sign(place)),
        }
    }
    Ok(out.trim_end().to_string())
}

fn sign(place: Place) -> char {
    if place == Place::Sub { '_' } else { '^' }
}

/// Text with markup for LaTeX.
///
/// # Errors
/// The character that pdflatex would stop at.
pub(crate) fn text(text: &str) -> Result<String, char> {
    let mut found = Vec::new();
    for piece in pieces(text) {
        match piece.place {
            Place::Base => runs(piece.text, &mut found)?,
            place => found.push(Run::Script(place, inside(piece.text)?)),
        }
    }
    let mut out = String::new();
    let mut formula = false;
    // Which scripts the letter before has already: a second one of a kind stands at what is there.
    let mut taken: Vec<Place> = Vec::new();
    for run in found {
        let is_formula = !matches!(run, Run::Text(_));
        if is_formula != formula {
            out.push('$');
            formula = is_formula;
            taken.clear();
        }
        match run {
            Run::Text(text) => out += &text,
            Run::Symbol(code) => {
                out += &code;
                taken.clear();
            }
            Run::Script(place, code) => {
                if taken.contains(&place) {
                    out += "{}";
                    taken.clear();
                }
                out += &format!("{}{{{code}}}", sign(place));
                taken.push(place);
            }
        }
    }
    if formula {
        out.push('$');
    }
    Ok(out)
}

/// As [`text`], for a part (`place`) of something named in the error.
///
/// # Errors
/// [`Error::Drawing`] naming a character that pdflatex has no sign for; `otherwise` says what to use then.
pub(super) fn set(given: &str, what: &str, place: &str, otherwise: &str) -> Result<String> {
    text(given).map_err(|c| Error::Drawing {
        what: format!("the LaTeX of {what}, {place} {given:?}"),
        reason: format!(
            "pdflatex has no sign for {c:?} (U+{:04X}); use another one, or {otherwise}",
            u32::from(c)
        ),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn set(given: &str) -> String {
        text(given).unwrap()
    }

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(set("50 % of x_y & {a} #1 $2"), "50 \\% of x\\_y \\& \\{a\\} \\#1 \\$2");
        assert_eq!(set("a\\b~c^d"), "a\\textbackslash{}b\\textasciitilde{}c\\textasciicircum{}d");
        assert_eq!(set("λ_{i}"), "$\\lambda_{i}$");
        assert_eq!(
            set("Σ c_{k}^{2}, 10^{−λm}, x_{max}"),
            "$\\Sigma$ c$_{k}^{2}$, 10$^{-\\lambda m}$, x$_{\\mathrm{max}}$"
        );
        assert_eq!(set("−0.4 ± 0.1"), "$-$0.4 $\\pm$ 0.1");
    }

    #[test]
    fn an_escaped_dollar_beside_mathematics_stays_escaped() {
        assert_eq!(set("$−5"), "\\$$-$5");
        assert_eq!(set("−$"), "$-$\\$");
        assert_eq!(set("λ$σ"), "$\\lambda$\\$$\\sigma$");
    }

    #[test]
    fn neighbouring_digits_are_one_script_and_two_scripts_stay_two() {
        assert_eq!(set("λ₁₀"), "$\\lambda_{10}$");
        assert_eq!(set("10⁻¹²"), "10$^{-12}$");
        assert_eq!(set("x^{2}²"), "x$^{2}{}^{2}$");
        assert_eq!(set("x²^{3}"), "x$^{2}{}^{3}$");
        assert_eq!(set("a_{i}_{j}^{k}"), "a$_{i}{}_{j}^{k}$");
        assert_eq!(set("x₁²"), "x$_{1}^{2}$");
        assert_eq!(set("e_{σ²}"), "e$_{\\sigma {}^{2}}$");
    }

    #[test]
    fn combining_marks_are_accents() {
        assert_eq!(set("q\u{304}_{sr}"), "$\\bar{q}_{\\mathrm{sr}}$");
        assert_eq!(set("mean V\u{302}"), "mean $\\hat{V}$");
        assert_eq!(set("θ\u{303}"), "$\\tilde{\\theta}$");
    }

    #[test]
    fn a_character_without_a_sign_is_named() {
        assert_eq!(text("ok é ł ü"), Ok("ok é ł ü".into()));
        for (given, c) in [
            ("中文", '中'),
            ("a\u{304}\u{304}", '\u{304}'),
            ("x_{🎉}", '🎉'),
            ("ð", 'ð'),
            ("\u{304}", '\u{304}'),
        ] {
            assert_eq!(text(given), Err(c), "{given}");
        }
    }
}
