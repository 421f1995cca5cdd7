//! Escaping and encoding: what `@sh`, `@html`, `@uri`, `@base64`, `@csv` and `@tsv` are made of.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::texts::made;
use super::{Native, text, zero};
use crate::meter::Meter;
use crate::value::fault::Fault;
use crate::value::{Res, V};

const HTML: &[(&str, &str)] = &[
    ("<", "&lt;"),
    (">", "&gt;"),
    ("&", "&amp;"),
    ("'", "&apos;"),
    ("\"", "&quot;"),
];
const HTML_BACK: &[(&str, &str)] = &[
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
    ("&apos;", "'"),
    ("&quot;", "\""),
];

pub(super) const TABLE: &[Native] = &[
    zero("escape_sh", |meter, v| replace(meter, v, &[("'", "'\\''")])),
    zero("escape_html", |meter, v| replace(meter, v, HTML)),
    zero("unescape_html", |meter, v| replace(meter, v, HTML_BACK)),
    zero("escape_tsv", |meter, v| {
        replace(
            meter,
            v,
            &[("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")],
        )
    }),
    zero("encode_uri", encode_uri),
    zero("decode_uri", decode_uri),
    zero("encode_base64", |meter, v| {
        let text = text(v)?;
        meter.text(text.len().saturating_mul(4) / 3 + 4)?;
        Ok(made(STANDARD.encode(text.as_bytes())))
    }),
    zero("decode_base64", |meter, v| {
        let text = text(v)?;
        // Bytes that are no UTF-8 become replacement characters of three bytes.
        meter.text(text.len().saturating_mul(3))?;
        match STANDARD.decode(text.as_bytes()) {
            Ok(bytes) => Ok(made(lossy(bytes))),
            Err(error) => Err(Fault::Other(format!("cannot decode base64: {error}")).into()),
        }
    }),
];

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Replaces each of some parts, from left to right.
fn replace<'a>(meter: &mut Meter, value: V<'a>, table: &[(&str, &str)]) -> Res<'a> {
    let text = text(value)?;
    meter.text(0)?;
    meter.scan(text.len().saturating_mul(4))?;
    let mut out = String::new();
    let (mut kept, mut at) = (0, 0);
    while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
        match table
            .iter()
            .find(|(from, _)| rest.starts_with(from.as_bytes()))
        {
            Some((from, to)) => {
                let before = text.get(kept..at).unwrap_or("");
                meter.bytes((before.len() + to.len()) as u64)?;
                out.push_str(before);
                out.push_str(to);
                at += from.len();
                kept = at;
            }
            None => at += 1,
        }
    }
    let after = text.get(kept..).unwrap_or("");
    meter.bytes(after.len() as u64)?;
    out.push_str(after);
    Ok(made(out))
}

/// Everything but letters, digits and `-_.~` as `%XX` (RFC 3986).
fn encode_uri<'a>(meter: &mut Meter, value: V<'a>) -> Res<'a> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let text = text(value)?;
    meter.text(text.len().saturating_mul(3))?;
    let digit = |nibble: u8| {
        DIGITS
            .get(usize::from(nibble))
            .map(|digit| char::from(*digit))
    };
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(digit(byte >> 4));
            out.extend(digit(byte & 15));
        }
    }
    Ok(made(out))
}

/// `%XX` as bytes; anything else stays.
fn decode_uri<'a>(meter: &mut Meter, value: V<'a>) -> Res<'a> {
    let text = text(value)?;
    meter.text(text.len().saturating_mul(3))?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = match after {
            [high, low, ..] if *first == b'%' => {
                hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low)
            }
            _ => None,
        };
        bytes.push(escape.unwrap_or(*first));
        rest = if escape.is_some() {
            after.get(2..).unwrap_or(&[])
        } else {
            after
        };
    }
    Ok(made(lossy(bytes)))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
