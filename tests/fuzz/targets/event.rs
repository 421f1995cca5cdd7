//! Event decoding: a request as `name: value` lines, an empty line, and the body. Whatever it
//! is, there is an answer, and what is accepted reads the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_model::event::{Headers, decode_batch, decode_binary, decode_request, decode_structured};

fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    let mut headers = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            break;
        };
        let name = String::from_utf8_lossy(&line[..colon]).into_owned();
        headers.push((name, line[colon + 1..].to_vec()));
    }
    let headers = Headers::new(headers.iter().map(|(n, v)| (n.as_str(), v.as_slice())));
    let mut events = decode_request(&headers, rest).unwrap_or_default();
    events.extend(decode_binary(&headers, rest));
    events.extend(decode_structured(rest));
    events.extend(decode_batch(rest).unwrap_or_default());
    for event in events {
        assert!(!event.id().is_empty() && !event.source().is_empty() && !event.kind().is_empty());
        let again = decode_structured(event.to_json().as_bytes());
        assert_eq!(again.as_ref(), Ok(&event));
    }
});
