//! Events through the doors that a request takes.

use serde_json::{Value, json};

use super::*;

/// The smallest event, with more members.
fn with(more: Value) -> Value {
    let mut event = json!({"specversion": "1.0", "id": "1", "source": "/s", "type": "t"});
    for (name, value) in more.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn structured(more: Value) -> Result<CloudEvent, EventError> {
    decode_structured(with(more).to_string().as_bytes())
}

fn binary(headers: &[(&str, &str)], body: &[u8]) -> Result<CloudEvent, EventError> {
    let plain = [
        ("CE-SpecVersion", "1.0"),
        ("ce-id", "1"),
        ("ce-source", "/s"),
        ("ce-type", "t"),
    ];
    let all = plain.iter().chain(headers);
    let headers = Headers::new(all.map(|(name, value)| (*name, value.as_bytes())));
    decode_binary(&headers, body)
}

#[test]
fn an_event_in_structured_mode_keeps_what_it_says() {
    let event = structured(json!({
        "subject": "order 7", "time": "2026-01-31T12:00:00.123456789012+01:00",
        "datacontenttype": "application/json", "dataschema": "https://x.example/s.json",
        "roomid": "A1", "count": -5, "urgent": true, "gone": null, "data": {"n": [1, null]},
    }))
    .unwrap();
    assert_eq!((event.id(), event.source(), event.kind()), ("1", "/s", "t"));
    assert_eq!(event.envelope()["count"], -5);
    assert_eq!(event.envelope()["data"], json!({"n": [1, null]}));
    assert!(!event.envelope().contains_key("gone"));
    assert_eq!(decode_structured(event.to_json().as_bytes()), Ok(event));
}

#[test]
fn data_that_is_null_is_data() {
    let event = structured(json!({"data": null})).unwrap();
    assert_eq!(event.envelope()["data"], Value::Null);
}

#[test]
fn what_breaks_a_rule_is_named_with_its_fix() {
    for (more, attribute) in [
        (json!({"specversion": "0.3"}), "specversion"),
        (json!({"id": null}), "id"),
        (json!({"id": ""}), "id"),
        (json!({"id": 7}), "id"),
        (json!({"source": ""}), "source"),
        (json!({"source": "a b"}), "source"),
        (json!({"source": "9x:y"}), "source"),
        (json!({"source": "%zz"}), "source"),
        (json!({"source": "/a#b#c"}), "source"),
        (json!({"type": ""}), "type"),
        (json!({"type": "a\u{7}"}), "type"),
        (json!({"subject": ""}), "subject"),
        (json!({"subject": "\u{fffe}"}), "subject"),
        (json!({"time": "yesterday"}), "time"),
        (json!({"time": "2026-02-30T00:00:00Z"}), "time"),
        (json!({"time": "2026-02-03 00:00:00Z"}), "time"),
        (json!({"time": "2026-02-03T00:00:00"}), "time"),
        (json!({"time": "2026-02-03T00:00:00.Z"}), "time"),
        (json!({"datacontenttype": "json"}), "datacontenttype"),
        (json!({"dataschema": "/relative"}), "dataschema"),
        (json!({"roomId": "1"}), "roomId"),
        (json!({"room_id": "1"}), "room_id"),
        (json!({"": "1"}), ""),
        (json!({"level": 1.5}), "level"),
        (json!({"level": 2147483648u64}), "level"),
        (json!({"level": [1]}), "level"),
        (json!({"level": {}}), "level"),
        (json!({"data_base64": "a"}), "data_base64"),
        (json!({"data_base64": 1}), "data_base64"),
        (json!({"data_base64": "YQ==", "data": 1}), "data_base64"),
        (json!({"long": "x".repeat(ATTRIBUTE_BYTES_MAX + 1)}), "long"),
        (json!({"id": "x".repeat(EVENT_NAME_BYTES_MAX + 1)}), "id"),
        (
            json!({"source": "x".repeat(EVENT_NAME_BYTES_MAX + 1)}),
            "source",
        ),
        (
            json!({"type": "x".repeat(EVENT_NAME_BYTES_MAX + 1)}),
            "type",
        ),
    ] {
        let error = structured(more.clone()).unwrap_err();
        assert_eq!(error.attribute(), Some(attribute), "{more}: {error}");
        assert!(!error.fix().is_empty() && !error.is_limit(), "{more}");
    }
}

#[test]
fn times_and_addresses_may_be_written_in_every_way_the_rfcs_allow() {
    for time in [
        "2026-01-31T12:00:00Z",
        "2026-01-31t12:00:00z",
        "2026-01-31T12:00:00.5-08:00",
        "2026-01-31T23:59:60Z",
        "2024-02-29T00:00:00+00:00",
    ] {
        structured(json!({"time": time})).unwrap_or_else(|error| panic!("{time}: {error}"));
    }
    for source in [
        "https://a.example/b?c=d#e",
        "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
        "mailto:a@b.example",
        "/cloudevents/spec/pull/123",
        "1-555-123-4567",
        "a/b:c",
        "%C3%A4",
    ] {
        structured(json!({"source": source})).unwrap_or_else(|error| panic!("{source}: {error}"));
    }
}

#[test]
fn sizes_are_bounded() {
    let long = json!({"data": "x".repeat(EVENT_BYTES_MAX)});
    assert!(structured(long.clone()).unwrap_err().is_limit());
    let batch = json!([with(long)]).to_string();
    let error = decode_batch(batch.as_bytes()).unwrap_err();
    assert!(error.is_limit(), "{error}");
    let many = Value::Array(vec![with(json!({})); BATCH_EVENTS_MAX + 1]);
    let error = decode_batch(many.to_string().as_bytes()).unwrap_err();
    assert!(matches!(error, EventError::TooMany { .. }), "{error}");
    let deep = (0..EVENT_DEPTH_MAX).fold(json!(1), |inner, _| json!([inner]));
    let error = structured(json!({"data": deep})).unwrap_err();
    assert!(matches!(error, EventError::TooDeep { .. }), "{error}");
    let body = vec![b' '; BATCH_BYTES_MAX + 1];
    assert!(decode_batch(&body).unwrap_err().is_limit());
    let mut wide = with(json!({}));
    for n in 0..ATTRIBUTES_MAX {
        wide[format!("a{n}")] = json!(n);
    }
    let error = CloudEvent::from_value(wide).unwrap_err();
    assert!(
        matches!(error, EventError::TooManyAttributes { .. }),
        "{error}"
    );
}

#[test]
fn a_batch_has_all_of_its_events_or_says_which_is_wrong() {
    let batch = json!([with(json!({"id": "a"})), with(json!({"id": "b"}))]).to_string();
    let events = decode_batch(batch.as_bytes()).unwrap();
    assert_eq!(
        events.iter().map(CloudEvent::id).collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert_eq!(decode_batch(b"[]"), Ok(Vec::new()));
    let batch = json!([with(json!({})), with(json!({"type": null}))]).to_string();
    let error = decode_batch(batch.as_bytes()).unwrap_err();
    assert_eq!(error.attribute(), Some("type"));
    assert!(error.to_string().contains("index 1"), "{error}");
    assert!(matches!(
        decode_batch(b"{}"),
        Err(EventError::NotAnArray { .. })
    ));
    assert!(matches!(
        decode_structured(b"[]"),
        Err(EventError::NotAnObject { .. })
    ));
    assert!(matches!(
        decode_structured(b"{"),
        Err(EventError::NotJson { .. })
    ));
}

#[test]
fn binary_mode_takes_the_body_as_its_type_says() {
    let data = |media, body| {
        let event = binary(&[("Content-Type", media)], body).unwrap();
        let envelope = event.envelope().clone();
        let name = if envelope.contains_key("data") {
            "data"
        } else {
            "data_base64"
        };
        (name, envelope[name].clone())
    };
    assert_eq!(
        data("application/json", b"{\"a\": 1}"),
        ("data", json!({"a": 1}))
    );
    assert_eq!(
        data("application/vnd.x+json; a=b", b"[]"),
        ("data", json!([]))
    );
    assert_eq!(data("text/plain", "ä".as_bytes()), ("data", json!("ä")));
    assert_eq!(data("text/plain", b"\xff"), ("data_base64", json!("/w==")));
    assert_eq!(data("image/png", b"a"), ("data_base64", json!("YQ==")));
    assert!(matches!(
        binary(&[("content-type", "application/json")], b"{"),
        Err(EventError::NotJson { .. })
    ));
    let bare = binary(&[], b"[1]").unwrap();
    assert_eq!(bare.envelope()["data"], json!([1]));
    let error = binary(&[], b"text").unwrap_err();
    assert_eq!(error.attribute(), Some("datacontenttype"));
    assert!(!binary(&[], b"").unwrap().envelope().contains_key("data"));
}

#[test]
fn headers_are_decoded_once() {
    let subject = |value| {
        let event = binary(&[("ce-subject", value)], b"")?;
        Ok::<_, EventError>(event.envelope()["subject"].as_str().unwrap().to_owned())
    };
    assert_eq!(
        subject("Euro%20%E2%82%AC%20%F0%9F%98%80"),
        Ok("Euro € 😀".into())
    );
    assert_eq!(subject("%2541"), Ok("%41".into()));
    assert_eq!(subject("100%"), Ok("100%".into()));
    assert_eq!(subject("\"a \\\" b\""), Ok("a \" b".into()));
    assert!(subject("%ff").is_err() && subject("%00").is_err());
    for name in ["ce-data", "ce-datacontenttype", "ce-data_base64"] {
        assert!(binary(&[(name, "x")], b"").is_err(), "{name}");
    }
    let twice = binary(&[("ce-subject", "a"), ("Ce-Subject", "b")], b"");
    assert_eq!(twice.unwrap_err().attribute(), Some("subject"));
}

#[test]
fn a_request_is_read_in_the_mode_that_it_is_in() {
    let decode = |headers: &[(&str, &str)], body: &str| {
        let headers = Headers::new(headers.iter().map(|(n, v)| (*n, v.as_bytes())));
        decode_request(&headers, body.as_bytes())
    };
    let one = with(json!({})).to_string();
    let many = format!("[{one},{one}]");
    let structured = [(
        "Content-Type",
        "Application/CloudEvents+JSON; charset=utf-8",
    )];
    assert_eq!(decode(&structured, &one).unwrap().len(), 1);
    assert_eq!(
        decode(&[("content-type", BATCH_TYPE)], &many)
            .unwrap()
            .len(),
        2
    );
    let attributes = [
        ("ce-specversion", "1.0"),
        ("ce-id", "1"),
        ("ce-type", "t"),
        ("ce-source", "/s"),
    ];
    assert_eq!(decode(&attributes, "").unwrap().len(), 1);
    let xml = [("content-type", "application/cloudevents+avro")];
    assert!(matches!(
        decode(&xml, &one),
        Err(EventError::UnknownFormat { .. })
    ));
    let error = decode(&[("content-type", "application/json")], &one).unwrap_err();
    assert_eq!(error, EventError::NoEvent);
    assert!(error.fix().contains("application/cloudevents+json"));
}
