//! Plain scalars, by the core schema of YAML 1.2 (YAML 1.2.2, chapter 10.3).

use serde_json::Number;

/// What a plain scalar is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Number(Number),
    /// A number of the core schema that JSON has no way to write: `.inf`, `.nan`, `1e999`.
    NotJson,
    Text,
}

/// Resolves a plain scalar.
pub(super) fn resolve(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Bool(true),
        "false" | "False" | "FALSE" => Plain::Bool(false),
        _ => integer(text).or_else(|| float(text)).unwrap_or(Plain::Text),
    }
}

/// Why a plain scalar may not be what its author thinks, where that is so.
pub(super) fn surprise(text: &str, plain: &Plain) -> Option<String> {
    match plain {
        Plain::Number(number) => {
            let digits = text.trim_start_matches(['-', '+']);
            let padded = digits.len() > 1
                && digits.starts_with('0')
                && digits.bytes().all(|b| b.is_ascii_digit());
            if padded {
                return Some(format!("`{text}` is the number {number} here"));
            }
            let whole = !text.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            let kept = number.is_i64() || number.is_u64();
            (whole && !kept).then(|| {
                let clipped: String = text.chars().take(40).collect();
                format!(
                    "the number `{clipped}` is too long to be kept exactly: it becomes {number}"
                )
            })
        }
        _ => None,
    }
}

/// Whether YAML 1.1 would have read this plain scalar as true or false.
pub(crate) fn is_old_boolean(text: &str) -> bool {
    matches!(
        text,
        "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "on" | "On" | "ON" | "off" | "Off" | "OFF"
    )
}

fn integer(text: &str) -> Option<Plain> {
    if let Some(digits) = text.strip_prefix("0o") {
        let n = u64::from_str_radix(unsigned(digits)?, 8).ok()?;
        return Some(Plain::Number(n.into()));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        let n = u64::from_str_radix(unsigned(digits)?, 16).ok()?;
        return Some(Plain::Number(n.into()));
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let plain = text.strip_prefix('+').unwrap_or(text);
    let exact = plain.parse::<i64>().map(Number::from);
    let exact = exact.or_else(|_| plain.parse::<u64>().map(Number::from));
    match exact {
        Ok(number) => Some(Plain::Number(number)),
        // Too long for 64 bits: as good as a double can keep it.
        Err(_) => Some(double(plain)),
    }
}

/// Digits without a sign: the parsers of the standard library would take one.
fn unsigned(digits: &str) -> Option<&str> {
    (!digits.starts_with(['+', '-'])).then_some(digits)
}

fn float(text: &str) -> Option<Plain> {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Plain::NotJson);
    }
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let exponent_fits = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['-', '+']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    (has_digits && digits(whole) && digits(fraction) && exponent_fits)
        .then(|| double(text.strip_prefix('+').unwrap_or(text)))
}

fn double(text: &str) -> Plain {
    let parsed = text.parse::<f64>().ok().and_then(Number::from_f64);
    parsed.map_or(Plain::NotJson, Plain::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<String> {
        match resolve(text) {
            Plain::Number(n) => Some(n.to_string()),
            _ => None,
        }
    }

    #[test]
    fn scalars_follow_the_core_schema_of_yaml_1_2() {
        assert_eq!(resolve("~"), Plain::Null);
        assert_eq!(resolve("True"), Plain::Bool(true));
        for (text, expected) in [
            ("12", "12"),
            ("-3", "-3"),
            ("+7", "7"),
            ("0o17", "15"),
            ("0xfF", "255"),
            ("1.0", "1.0"),
            (".5", "0.5"),
            ("1e3", "1000.0"),
            ("18446744073709551615", "18446744073709551615"),
            ("007", "7"),
        ] {
            assert_eq!(number(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_yaml_1_1_would_have_converted_is_text() {
        for text in [
            "yes",
            "on",
            "NO",
            "1_000",
            "12:30:45",
            "2001-12-14",
            "0b1",
            "1.0.3",
            "0o8",
            "0x",
            "-",
            ".",
            "e3",
            "1e",
            "--1",
            "0o+7",
            "infinity",
            "nan",
            "0.1.0",
        ] {
            assert_eq!(resolve(text), Plain::Text, "{text}");
        }
    }

    #[test]
    fn numbers_that_json_cannot_write_are_told_apart() {
        for text in [".inf", "-.INF", ".nan", "1e999"] {
            assert_eq!(resolve(text), Plain::NotJson, "{text}");
        }
    }

    #[test]
    fn surprising_numbers_are_noticed() {
        let surprised = |text: &str| surprise(text, &resolve(text)).is_some();
        assert!(surprised("01234") && surprised("100000000000000000001"));
        assert!(!surprised("0") && !surprised("10") && !surprised("1.50") && !surprised("0x10"));
    }
}
