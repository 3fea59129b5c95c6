//! Text for LaTeX: escaped, Greek and mathematical letters in math mode, indices and exponents too.

use super::text::{Place, pieces};
use std::fmt::Write;

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
        'κ' => "\\kappa",
        'λ' => "\\lambda",
        'μ' | 'µ' => "\\mu",
        'ν' => "\\nu",
        'ξ' => "\\xi",
        'π' => "\\pi",
        'ρ' => "\\rho",
        'σ' => "\\sigma",
        'τ' => "\\tau",
        'φ' => "\\varphi",
        'χ' => "\\chi",
        'ψ' => "\\psi",
        'ω' => "\\omega",
        'Γ' => "\\Gamma",
        'Δ' => "\\Delta",
        'Θ' => "\\Theta",
        'Λ' => "\\Lambda",
        'Σ' | '∑' => "\\Sigma",
        'Φ' => "\\Phi",
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
        '⁻' => "^{-}",
        '⁰' => "^{0}",
        '¹' => "^{1}",
        '²' => "^{2}",
        '³' => "^{3}",
        '⁴' => "^{4}",
        '⁵' => "^{5}",
        '⁶' => "^{6}",
        '⁷' => "^{7}",
        '⁸' => "^{8}",
        '⁹' => "^{9}",
        '₀' => "_{0}",
        '₁' => "_{1}",
        '₂' => "_{2}",
        '₃' => "_{3}",
        '₄' => "_{4}",
        '₅' => "_{5}",
        '₆' => "_{6}",
        '₇' => "_{7}",
        '₈' => "_{8}",
        '₉' => "_{9}",
        _ => return None,
    })
}

/// A run of text outside math mode; characters that only math mode has become `$…$`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            '–' => out.push_str("--"),
            '—' => out.push_str("---"),
            '\u{2009}' | '\u{202F}' => out.push_str("\\,"),
            '\u{A0}' => out.push('~'),
            '\n' => out.push(' '),
            c => match math(c) {
                // {} gives a raised or lowered digit something to stand at.
                Some(code) if code.starts_with(['^', '_']) => {
                    let _ = write!(out, "${{}}{code}$");
                }
                Some(code) => {
                    let _ = write!(out, "${code}$");
                }
                None => out.push(c),
            },
        }
    }
    out
}

/// An index or exponent, inside math mode: single letters stand as variables, words upright.
fn inside(text: &str) -> String {
    if text.chars().count() > 1 && text.chars().all(|c| c.is_ascii_alphabetic()) {
        return format!("\\mathrm{{{text}}}");
    }
    let mut out = String::new();
    for c in text.chars() {
        match math(c) {
            // The space ends a control word: "\lambda i", not "\lambdai".
            Some(code) if code.starts_with('\\') => {
                let _ = write!(out, "{code} ");
            }
            Some(code) => out.push_str(code),
            None => out.push_str(&escaped(&c.to_string())),
        }
    }
    out.trim_end().to_string()
}

/// Text with markup for LaTeX.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::new();
    for piece in pieces(text) {
        let _ = match piece.place {
            Place::Base => write!(out, "{}", escaped(piece.text)),
            Place::Sub => write!(out, "$_{{{}}}$", inside(piece.text)),
            Place::Super => write!(out, "$^{{{}}}$", inside(piece.text)),
        };
    }
    // Neighbouring formulas are one, so that an index stands at its letter, and neighbouring digits one index.
    out.replace("$$", "").replace("}{}_{", "").replace("}{}^{", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(text("50 % of x_y & {a} #1 $2"), "50 \\% of x\\_y \\& \\{a\\} \\#1 \\$2");
        assert_eq!(text("a\\b~c^d"), "a\\textbackslash{}b\\textasciitilde{}c\\textasciicircum{}d");
        assert_eq!(text("λ_{i}"), "$\\lambda_{i}$");
        assert_eq!(
            text("Σ c_{k}^{2}, 10^{−λm}, x_{max}"),
            "$\\Sigma$ c$_{k}^{2}$, 10$^{-\\lambda m}$, x$_{\\mathrm{max}}$"
        );
        assert_eq!(text("λ₁₀"), "$\\lambda{}_{10}$");
        assert_eq!(text("−0.4 ± 0.1"), "$-$0.4 $\\pm$ 0.1");
    }
}
