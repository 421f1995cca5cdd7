//! What the parts of an order look like. Each function returns the normalised form, or `None`
//! where the text is not what it should be.

/// The longest e-mail address (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const MAX_EMAIL: usize = 254;
/// The longest part before the `@` (RFC 5321, section 4.5.3.1.1).
const MAX_LOCAL_PART: usize = 64;

/// Where we ship to, and the shape of a postcode there: `9` is a digit, `A` a letter, and the
/// rest stands for itself. A blank or hyphen in the shape is put in where it is missing.
const POSTCODES: &[(&str, &[&str])] = &[
    ("AT", &["9999"]),
    ("BE", &["9999"]),
    ("CH", &["9999"]),
    ("DE", &["99999"]),
    ("DK", &["9999"]),
    ("ES", &["99999"]),
    ("FR", &["99999"]),
    (
        "GB",
        &[
            "A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA",
        ],
    ),
    ("HU", &["9999"]),
    (
        "IE",
        &[
            "A99 AAAA", "A99 A9AA", "A99 AA99", "A99 A999", "A99 AAA9", "A99 A9A9",
        ],
    ),
    ("IT", &["99999"]),
    ("JP", &["999-9999"]),
    ("LU", &["9999"]),
    ("NL", &["9999 AA"]),
    ("PL", &["99-999"]),
    ("SE", &["999 99"]),
    ("US", &["99999", "99999-9999"]),
];

/// What customers may pay in (ISO 4217).
const CURRENCIES: &[&str] = &[
    "CHF", "DKK", "EUR", "GBP", "HUF", "JPY", "PLN", "SEK", "USD",
];

/// An order's id: letters, digits, `-` and `_`, at most 64.
pub(crate) fn id(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    ((1..=64).contains(&text.len()) && text.chars().all(allowed)).then(|| text.to_owned())
}

/// Text of at most `max` characters on one line, with single blanks.
pub(crate) fn line(text: &str, max: usize) -> Option<String> {
    let is_clean = !text.chars().any(|c| c.is_control() && c != '\t');
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (is_clean && !joined.is_empty() && joined.chars().count() <= max).then_some(joined)
}

/// `local@domain` with a dot in the domain, which comes back in lower case.
pub(crate) fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@')?;
    let local_ok = (1..=MAX_LOCAL_PART).contains(&local.len())
        && local
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let domain_ok = domain.contains('.') && domain.split('.').all(label_ok);
    (text.len() <= MAX_EMAIL && local_ok && domain_ok)
        .then(|| format!("{local}@{}", domain.to_ascii_lowercase()))
}

/// A country that we ship to, in upper case.
pub(crate) fn country(text: &str) -> Option<String> {
    let upper = text.trim().to_ascii_uppercase();
    POSTCODES
        .iter()
        .any(|(country, _)| *country == upper)
        .then_some(upper)
}

/// A postcode of that country, in its usual spelling.
pub(crate) fn postcode(text: &str, country: &str) -> Option<String> {
    let compact: Vec<char> = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let (_, shapes) = POSTCODES.iter().find(|(known, _)| *known == country)?;
    shapes.iter().find_map(|shape| fit(&compact, shape))
}

fn fit(compact: &[char], shape: &str) -> Option<String> {
    let mut rest = compact.iter();
    let mut spelled = String::new();
    for wanted in shape.chars() {
        let next = match wanted {
            '9' => *rest.next().filter(|c| c.is_ascii_digit())?,
            'A' => *rest.next().filter(|c| c.is_ascii_alphabetic())?,
            other => other,
        };
        spelled.push(next);
    }
    rest.next().is_none().then_some(spelled)
}

/// A currency that we take, in upper case.
pub(crate) fn currency(text: &str) -> Option<String> {
    let upper = text.trim().to_ascii_uppercase();
    CURRENCIES.contains(&upper.as_str()).then_some(upper)
}

/// A coupon: 3 to 20 letters and digits, in upper case.
pub(crate) fn coupon(text: &str) -> Option<String> {
    let upper = text.trim().to_ascii_uppercase();
    ((3..=20).contains(&upper.len()) && upper.chars().all(|c| c.is_ascii_alphanumeric()))
        .then_some(upper)
}

/// An article: 2 to 5 letters, a hyphen, 2 to 4 digits, in upper case.
pub(crate) fn sku(text: &str) -> Option<String> {
    let upper = text.trim().to_ascii_uppercase();
    let (letters, digits) = upper.split_once('-')?;
    let ok = (2..=5).contains(&letters.len())
        && letters.chars().all(|c| c.is_ascii_alphabetic())
        && (2..=4).contains(&digits.len())
        && digits.chars().all(|c| c.is_ascii_digit());
    ok.then_some(upper)
}

/// A token for a card: `tok_` and 4 to 40 letters, digits and `_`.
pub(crate) fn card_token(text: &str) -> Option<String> {
    let rest = text.strip_prefix("tok_")?;
    let ok = (4..=40).contains(&rest.len())
        && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    ok.then(|| text.to_owned())
}

/// Whether the text looks like the number of a card, which must never travel.
pub(crate) fn is_card_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (13..=19).contains(&digits)
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || c == ' ' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_mail_are_told_from_what_only_looks_like_one() {
        assert_eq!(
            email(" Ada.L+shop@Example.ORG ").as_deref(),
            Some("Ada.L+shop@example.org")
        );
        for wrong in [
            "ada",
            "ada@",
            "@b.org",
            "a@b",
            "a..b@c.org",
            ".a@c.org",
            "a b@c.org",
            "a@-b.org",
            "a@b..org",
        ] {
            assert_eq!(email(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_postcode_is_spelled_as_its_country_does() {
        assert_eq!(postcode("sw1a1aa", "GB").as_deref(), Some("SW1A 1AA"));
        assert_eq!(postcode("1012ab", "NL").as_deref(), Some("1012 AB"));
        assert_eq!(postcode("00950", "PL").as_deref(), Some("00-950"));
        assert_eq!(postcode("100-0001", "JP").as_deref(), Some("100-0001"));
        assert_eq!(postcode("1234", "DE"), None);
        assert_eq!(postcode("1234é", "DE"), None);
    }

    #[test]
    fn an_article_comes_back_in_upper_case() {
        assert_eq!(sku("mug-01").as_deref(), Some("MUG-01"));
        assert_eq!(sku("mug"), None);
        assert_eq!(sku("MUG-1"), None);
    }

    #[test]
    fn the_number_of_a_card_is_recognised() {
        assert!(is_card_number("4111 1111 1111 1111"));
        assert!(!is_card_number("tok_visa_4242"));
    }

    #[test]
    fn one_line_of_text_stays_one_line() {
        assert_eq!(
            line("  Ada   Lovelace ", 100).as_deref(),
            Some("Ada Lovelace")
        );
        assert_eq!(line("Ada\r\nBcc: x@y.org", 100), None);
        assert_eq!(line("   ", 100), None);
    }
}
