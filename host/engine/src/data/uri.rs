//! URI templates: RFC 6570, simple expansion of the top-level members of a value.

use segue_model::problem::Kind;
use serde_json::Value;

use super::{Evaluated, Fault, clip};

/// Bytes of an expanded template: no server takes a longer address.
const URI_BYTES_MAX: usize = 64 << 10;

/// Expands a template. A member that is missing or null is empty; one that is no scalar is an
/// error.
pub(super) fn expand(template: &str, dot: &Value) -> Evaluated<String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        push_literal(&mut out, literal);
        let Some((names, after)) = after.split_once('}') else {
            let detail = format!(
                "`{}`: a `{{` of a URI template is not closed",
                clip(template)
            );
            return Err(Fault::new(Kind::Expression, detail));
        };
        push_values(&mut out, names, dot)?;
        rest = after;
        if out.len() > URI_BYTES_MAX {
            let detail = format!("an address may have {URI_BYTES_MAX} bytes");
            return Err(Fault::new(Kind::Expression, detail));
        }
    }
    push_literal(&mut out, rest);
    Ok(out)
}

/// The values of `a` or `a,b`, with commas between those that exist.
fn push_values(out: &mut String, names: &str, dot: &Value) -> Evaluated<()> {
    let mut first = true;
    for name in names.split(',') {
        let Some(text) = scalar(name, dot.get(name))? else {
            continue;
        };
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        text.bytes().for_each(|byte| push_encoded(out, byte));
    }
    Ok(())
}

fn scalar(name: &str, value: Option<&Value>) -> Evaluated<Option<String>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Bool(is)) => Ok(Some(is.to_string())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::Array(_) | Value::Object(_)) => {
            let detail = format!(
                "`{{{}}}` of a URI template must be text, a number or a boolean",
                clip(name)
            );
            Err(Fault::new(Kind::Expression, detail))
        }
    }
}

/// A byte of a value: everything but the unreserved characters is percent-encoded.
fn push_encoded(out: &mut String, byte: u8) {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            out.push(char::from(byte));
        }
        _ => {
            let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
            out.push('%');
            out.push(digit(byte >> 4).to_ascii_uppercase());
            out.push(digit(byte & 15).to_ascii_uppercase());
        }
    }
}

/// What stands between: characters that a URI may have stay, others are percent-encoded.
fn push_literal(out: &mut String, literal: &str) {
    for char in literal.chars() {
        let kept = char.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(char);
        if kept {
            out.push(char);
        } else {
            let mut bytes = [0; 4];
            let text = char.encode_utf8(&mut bytes);
            text.bytes().for_each(|byte| push_encoded(out, byte));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn expanded(template: &str) -> String {
        let dot = json!({
            "var": "value", "hello": "Hello World!", "path": "/foo/bar", "empty": "",
            "n": 12, "half": 0.5, "yes": true, "none": null, "ü": "ä€", "list": [1], "x": 1024, "y": 768,
        });
        expand(template, &dot).unwrap()
    }

    #[test]
    fn the_examples_of_rfc_6570_come_out() {
        assert_eq!(expanded("{var}"), "value");
        assert_eq!(expanded("{hello}"), "Hello%20World%21");
        assert_eq!(expanded("{path}/here"), "%2Ffoo%2Fbar/here");
        assert_eq!(expanded("map?{x,y}"), "map?1024,768");
        assert_eq!(expanded("O{empty}X"), "OX");
        assert_eq!(expanded("O{undef}X"), "OX");
        assert_eq!(expanded("?{x,undef}"), "?1024");
    }

    #[test]
    fn scalars_are_text_and_what_is_missing_is_empty() {
        assert_eq!(
            expanded("https://h/p/{n}?status={yes}&a={none}&b={half}"),
            "https://h/p/12?status=true&a=&b=0.5"
        );
        assert_eq!(expanded("{ü}/ü b"), "%C3%A4%E2%82%AC/%C3%BC%20b");
        assert_eq!(expand("/{a}", &json!("no object")).unwrap(), "/");
    }

    #[test]
    fn lists_objects_and_open_braces_are_errors() {
        for wrong in ["{list}", "/a{b"] {
            let error = expand(wrong, &json!({"list": [1]})).unwrap_err();
            assert!(error.problem.is(Kind::Expression), "{wrong}");
        }
    }
}
