//! The rules of context attributes (CloudEvents 1.0.2, "Context Attributes" and "Type System";
//! JSON format, 2.2 and 3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::error::EventError;
use super::{ATTRIBUTE_BYTES_MAX, ATTRIBUTES_MAX, EVENT_NAME_BYTES_MAX, SPEC_VERSION, type_name};

/// Whether a text can be the name of an attribute: lower-case letters and digits of ASCII.
pub fn is_attribute_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    !name.is_empty() && name.bytes().all(fits)
}

/// Checks a whole envelope, in which nothing but `data` is null.
pub(super) fn check(envelope: &Map<String, Value>) -> Result<(), EventError> {
    if envelope.len() > ATTRIBUTES_MAX {
        let limit = ATTRIBUTES_MAX;
        return Err(EventError::TooManyAttributes { limit });
    }
    for attribute in ["specversion", "id", "source", "type"] {
        if !envelope.contains_key(attribute) {
            return Err(EventError::Missing { attribute });
        }
    }
    for (name, value) in envelope {
        match name.as_str() {
            "data" => {}
            "data_base64" => base64(envelope, value)?,
            _ => attribute(name, value)?,
        }
    }
    Ok(())
}

fn base64(envelope: &Map<String, Value>, value: &Value) -> Result<(), EventError> {
    let wrong = |reason: &str, fix| Err(broken("data_base64", reason, fix));
    if envelope.contains_key("data") {
        return wrong("stands beside `data`", "send the data once");
    }
    match value.as_str().map(|text| STANDARD.decode(text)) {
        Some(Ok(_)) => Ok(()),
        _ => wrong(
            "is not base64",
            "encode the bytes with the standard alphabet and padding (RFC 4648)",
        ),
    }
}

fn attribute(name: &str, value: &Value) -> Result<(), EventError> {
    if !is_attribute_name(name) {
        let shown: String = name.chars().take(80).collect();
        let fix = "names of attributes have lower-case letters and digits only; anything else belongs into `data`";
        return Err(broken(&shown, "has a name that no attribute can have", fix));
    }
    let text = match value {
        Value::String(text) => text,
        Value::Bool(_) if !is_known(name) => return Ok(()),
        Value::Number(number) if !is_known(name) => {
            let fits = number.as_i64().is_some_and(|n| i32::try_from(n).is_ok());
            return match fits {
                true => Ok(()),
                false => Err(broken(
                    name,
                    "is no integer of 32 bits",
                    "send other numbers as text, or in `data`",
                )),
            };
        }
        other => {
            let reason = format!("is {}", type_name(other));
            let fix = match is_known(name) {
                true => "send it as a string",
                false => {
                    "attributes are strings, integers and booleans; anything else belongs into `data`"
                }
            };
            return Err(broken(name, &reason, fix));
        }
    };
    string(name, text)?;
    known(name, text)
}

/// The attributes that the specification defines.
fn is_known(name: &str) -> bool {
    matches!(
        name,
        "specversion"
            | "id"
            | "source"
            | "type"
            | "subject"
            | "time"
            | "datacontenttype"
            | "dataschema"
    )
}

/// What every string must be.
fn string(name: &str, text: &str) -> Result<(), EventError> {
    let limit = match name {
        "id" | "source" | "type" => EVENT_NAME_BYTES_MAX,
        _ => ATTRIBUTE_BYTES_MAX,
    };
    if text.len() > limit {
        let reason = format!("has more than {limit} bytes");
        return Err(broken(name, &reason, "move what is long into `data`"));
    }
    let bad = |c: char| c.is_control() || is_noncharacter(c);
    match text.chars().find(|c| bad(*c)) {
        None => Ok(()),
        Some(c) => {
            let reason = format!("holds the character U+{:04X}", u32::from(c));
            let fix = "leave control characters and noncharacters out";
            Err(broken(name, &reason, fix))
        }
    }
}

fn is_noncharacter(c: char) -> bool {
    let code = u32::from(c);
    (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
}

/// What the attributes of the specification must be besides.
fn known(name: &str, text: &str) -> Result<(), EventError> {
    let wrong = |reason: &str, fix| Err(broken(name, reason, fix));
    match name {
        "specversion" if text != SPEC_VERSION => {
            let reason = format!("is {:?}", text.chars().take(20).collect::<String>());
            wrong(&reason, "send events of version `1.0`")
        }
        "id" | "type" | "subject" if text.is_empty() => {
            wrong("is empty", "give it at least one character")
        }
        "source" if text.is_empty() || !is_uri_reference(text) => wrong(
            "is no URI reference",
            "write `/shop/orders` or `https://shop.example/orders`, with other characters as %XX",
        ),
        "dataschema" if scheme(text).is_none() || !is_uri_reference(text) => wrong(
            "is no absolute URI",
            "write the whole address of the schema, such as `https://shop.example/order.json`",
        ),
        "time" if !is_rfc3339(text) => wrong(
            "is no time of RFC 3339",
            "write it as `2026-01-31T12:00:00Z`",
        ),
        "datacontenttype" if !is_media_type(text) => wrong(
            "is no media type",
            "write it as `application/json` or `text/plain; charset=utf-8`",
        ),
        _ => Ok(()),
    }
}

/// Whether a text consists of what a URI reference may hold (RFC 3986, appendix A). Letters
/// outside of ASCII must be written as `%XX`.
pub fn is_uri_reference(text: &str) -> bool {
    let mut rest = text.as_bytes();
    let mut fragments = 0;
    while let [first, after @ ..] = rest {
        rest = match (*first, after) {
            (b'%', [a, b, after @ ..]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => after,
            (b'#', after) => {
                fragments += 1;
                after
            }
            (byte, after) if byte.is_ascii_alphanumeric() => after,
            (byte, after) if b"-._~:/?[]@!$&'()*+,;=".contains(&byte) => after,
            _ => return false,
        };
    }
    // Before a colon in the first segment there is a scheme.
    let first = text.split(['/', '?', '#']).next().unwrap_or_default();
    fragments <= 1 && (!first.contains(':') || scheme(text).is_some())
}

fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let mut bytes = scheme.bytes();
    let first = bytes.next()?.is_ascii_alphabetic();
    let rest = bytes.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    (first && rest).then_some(scheme)
}

/// `2018-04-05T17:31:00Z`, with any fraction and offset. jiff takes more than RFC 3339 does,
/// so the shape is looked at first.
fn is_rfc3339(text: &str) -> bool {
    let shape = b"0000-00-00T00:00:00";
    let Some((head, tail)) = text.as_bytes().split_at_checked(shape.len()) else {
        return false;
    };
    let fits = head.iter().zip(shape).all(|(byte, wanted)| match wanted {
        b'0' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't'),
        wanted => byte == wanted,
    });
    let digits = |bytes: &[u8]| bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let zone = match tail.split_first() {
        Some((b'.', fraction)) => match fraction.split_at_checked(digits(fraction)) {
            Some(([], _)) | None => return false,
            Some((_, zone)) => zone,
        },
        _ => tail,
    };
    let zone_fits = match zone {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].iter().all(|x| x.is_ascii_digit()),
        _ => false,
    };
    // A leap second and the offset of an unknown place are times as well.
    fits && zone_fits && is_in_calendar(text)
}

fn is_in_calendar(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    // jiff keeps nine digits of a second and refuses more.
    let (clock, tail) = upper.split_at_checked(19).unwrap_or((&upper, ""));
    let zone = tail.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    format!("{clock}{zone}").parse::<jiff::Timestamp>().is_ok()
}

/// `type/subtype`, with parameters or without (RFC 2046).
fn is_media_type(text: &str) -> bool {
    let token = |part: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$&-^_.+*'`|~%{}".contains(&b);
        !part.is_empty() && part.bytes().all(fits)
    };
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence
        .split_once('/')
        .is_some_and(|(main, sub)| token(main) && token(sub))
}

fn broken(attribute: &str, reason: &str, fix: &'static str) -> EventError {
    EventError::Attribute {
        attribute: attribute.to_owned(),
        reason: reason.to_owned(),
        fix,
    }
}
