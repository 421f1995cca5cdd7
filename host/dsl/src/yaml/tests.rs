//! Documents as text: what is read, what is refused, and where it stands.

use serde_json::json;

use super::*;

fn tree(source: &str) -> serde_json::Value {
    let mut sink = Sink::default();
    let tree = parse(source, &mut sink);
    let json = tree.map(|t| t.root().to_json());
    json.unwrap_or_else(|| panic!("{:?}", sink.finish()))
}

fn refusal(source: &str) -> Diagnostic {
    let mut sink = Sink::default();
    assert!(parse(source, &mut sink).is_none(), "{source}");
    sink.finish().remove(0)
}

#[test]
fn yaml_and_json_read_alike() {
    let expected = json!({"a": [1, 2.5, "x"], "b": {"c": null, "d": true}});
    assert_eq!(tree("a: [1, 2.5, x]\nb:\n  c: ~\n  d: true\n"), expected);
    assert_eq!(tree(&expected.to_string()), expected);
    assert_eq!(
        tree(&serde_json::to_string_pretty(&expected).unwrap()),
        expected
    );
}

#[test]
fn json_escapes_are_understood() {
    let source = r#"{"a": "\u00e9\/\n\"\\ \ud83d\ude00"}"#;
    assert_eq!(tree(source), json!({"a": "é/\n\"\\ 😀"}));
}

#[test]
fn every_scalar_knows_the_bytes_that_wrote_it() {
    let source = "# dièse — ünïcode\nä: ö # ß\nb: \"q\\u0041\"\nc: [é, 2]\nd: |\n  text\n  more\n\n\ne: end\n";
    let mut sink = Sink::default();
    let tree = parse(source, &mut sink).unwrap();
    let root = tree.root();
    let at = |pointer: &str| root.find(pointer).unwrap();
    assert_eq!(at("/ä").source(), "ö");
    assert_eq!(&source[at("/ä").key_span().unwrap()], "ä");
    assert_eq!(at("/b").source(), "\"q\\u0041\"");
    assert_eq!(at("/c/0").source(), "é");
    assert_eq!(at("/c").source(), "[é, 2]");
    assert_eq!(at("/d").source(), "text\n  more");
    assert_eq!(&source[at("/d").mark()], "d");
    assert_eq!(at("/e").source(), "end");
    assert_eq!(at("/c/1").pointer(), "/c/1");
}

#[test]
fn a_byte_order_mark_moves_the_places() {
    let source = "\u{feff}a: b";
    let mut sink = Sink::default();
    let tree = parse(source, &mut sink).unwrap();
    assert_eq!(tree.root().get("a").unwrap().source(), "b");
}

#[test]
fn pointers_escape_slashes_and_tildes() {
    let mut sink = Sink::default();
    let tree = parse("a/b: {c~d: [x]}", &mut sink).unwrap();
    let node = tree.root().find("/a~1b/c~0d/0").unwrap();
    assert_eq!(node.pointer(), "/a~1b/c~0d/0");
    assert_eq!(node.as_str(), Some("x"));
}

#[test]
fn duplicate_keys_are_refused_with_both_places() {
    let found = refusal("a: 1\nb: 2\na: 3\n");
    assert_eq!(found.code, Code::DuplicateKey);
    assert_eq!((found.span, found.labels[0].0.clone()), (10..11, 0..1));
    assert_eq!(refusal("{\"a\": 1, 'a': 2}").code, Code::DuplicateKey);
}

#[test]
fn keys_are_strings() {
    for source in [
        "1: x",
        "true: x",
        "~: x",
        "? [a]\n: x",
        "? {a: b}\n: x",
        "<<: x",
    ] {
        assert_eq!(refusal(source).code, Code::KeyType, "{source}");
    }
    assert_eq!(tree("on: 1\nyes: 2"), json!({"on": 1, "yes": 2}));
}

#[test]
fn aliases_are_copied_and_cannot_explode() {
    let source = "a: &x {k: [1, 2]}\nb: *x\nc: [*x]\n";
    let one = json!({"k": [1, 2]});
    assert_eq!(tree(source), json!({"a": one, "b": one, "c": [one]}));

    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let items = vec![format!("*a{}", i - 1); 10].join(", ");
        bomb.push_str(&format!("a{i}: &a{i} [{items}]\n"));
    }
    assert_eq!(refusal(&bomb).code, Code::DocumentLimit);

    let wide = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(100_000),
        vec!["*a"; 1000].join(", ")
    );
    assert_eq!(refusal(&wide).code, Code::DocumentLimit);
    assert_eq!(refusal("a: &x [*x]").code, Code::InvalidYaml);
    assert_eq!(refusal("a: *nobody").code, Code::InvalidYaml);
}

#[test]
fn depth_size_and_key_length_are_bounded() {
    let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    assert!(tree(&nested(DEPTH_MAX)).is_array());
    assert_eq!(refusal(&nested(DEPTH_MAX + 1)).code, Code::DocumentLimit);
    // Here the parser's own limit strikes first.
    assert_eq!(refusal(&nested(200_000)).code, Code::InvalidYaml);
    let chain =
        "a: &a [&b [&c [1]]]\n".to_owned() + &format!("b: {}*a{}", "[".repeat(62), "]".repeat(62));
    assert_eq!(refusal(&chain).code, Code::DocumentLimit);
    assert_eq!(
        refusal(&"x".repeat(WORKFLOW_BYTES_MAX + 1)).code,
        Code::DocumentLimit
    );
    let key = format!("? \"{}\"\n: 1", "k".repeat(KEY_BYTES_MAX + 1));
    assert_eq!(refusal(&key).code, Code::DocumentLimit);
    let wide = format!("[{}]", "1,".repeat(NODES_MAX + 1));
    assert_eq!(refusal(&wide).code, Code::DocumentLimit);
}

#[test]
fn nothing_hides_behind_a_nul() {
    let found = refusal("a: 1\n\0b: 2\n");
    assert_eq!((found.code, found.span), (Code::ControlCharacter, 5..6));
}

#[test]
fn tags_and_second_documents_are_refused() {
    assert_eq!(refusal("a: !mine x").code, Code::UnsupportedTag);
    assert_eq!(refusal("a: !!binary aGk=").code, Code::UnsupportedTag);
    assert_eq!(refusal("a: !!int x").code, Code::UnsupportedTag);
    assert_eq!(refusal("a: !!set {x}").code, Code::UnsupportedTag);
    assert_eq!(tree("a: !!str 12"), json!({"a": "12"}));
    assert_eq!(refusal("a: 1\n---\nb: 2\n").code, Code::InvalidYaml);
    assert_eq!(refusal("").code, Code::InvalidYaml);
    assert_eq!(refusal("# only a comment\n").code, Code::InvalidYaml);
    assert_eq!(refusal("a: .nan").code, Code::NotJson);
}

#[test]
fn tabs_and_colons_get_advice() {
    let tab = refusal("a:\n\tb: 1\n");
    assert!(
        tab.help.as_deref().is_some_and(|h| h.contains("spaces")),
        "{tab:?}"
    );
    let braces = refusal("a: ${ {b: 1} }\n");
    assert!(
        braces.help.as_deref().is_some_and(|h| h.contains("quotes")),
        "{braces:?}"
    );
}

#[test]
fn places_inside_of_strings_are_found_in_every_style() {
    let source = concat!(
        "plain: abc DEF ghi\n",
        "single: 'it''s DEF now'\n",
        "double: \"tab\\t\\u0041 DEF\"\n",
        "literal: |\n    first\n    DEF last\n",
        "folded: >-\n    first\n    DEF last\n",
        "lines: one\n  two DEF\n",
    );
    let mut sink = Sink::default();
    let tree = parse(source, &mut sink).unwrap();
    for field in tree.root().fields() {
        let value = field.value.as_str().unwrap();
        let at = value.find("DEF").unwrap();
        let place = place_in_source(field.value, at..at + 3);
        assert_eq!(&source[place.unwrap()], "DEF", "{}", field.key);
    }
}
