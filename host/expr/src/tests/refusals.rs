//! What is refused when an expression is compiled, and where the message points.

use crate::{CompileErrorKind, Program};

fn error(source: &str) -> crate::CompileError {
    Program::compile(source, &["context", "input"]).expect_err(source)
}

#[test]
fn forms_that_cannot_be_bounded_or_look_outside_are_refused_with_a_reason() {
    let table = [
        ("repeat(.)", "repeat/1", "repeat"),
        ("[.[] | while(true; .)]", "while/2", "while"),
        ("until(false; .)", "until/2", "until"),
        ("recurse(.a)", "recurse/1", "recurse"),
        ("recurse(.a; true)", "recurse/2", "recurse"),
        ("def f: f; f", "recursive definition f/0", "f"),
        ("def f(x): x | f(x); f(.)", "recursive definition f/1", "f"),
        ("def f: def g: f; g; f", "recursive definition f/0", "f"),
        (
            "def f: def f(x): f(x); 1; f",
            "recursive definition f/1",
            "f",
        ),
        ("input", "input/0", "input"),
        ("[inputs]", "inputs/0", "inputs"),
        ("input_filename", "input_filename/0", "input_filename"),
        (
            "input_line_number",
            "input_line_number/0",
            "input_line_number",
        ),
        ("env.HOME", "env/0", "env"),
        ("$ENV.HOME", "$ENV", "$ENV"),
        ("$__loc__", "$__loc__", "$__loc__"),
        ("{$__loc__}", "$__loc__", "$__loc__"),
        ("now", "now/0", "now"),
        ("localtime", "localtime/0", "localtime"),
        ("gmtime", "gmtime/0", "gmtime"),
        ("mktime", "mktime/0", "mktime"),
        ("strftime(\"%Y\")", "strftime/1", "strftime"),
        ("strflocaltime(\"%Y\")", "strflocaltime/1", "strflocaltime"),
        ("strptime(\"%Y\")", "strptime/1", "strptime"),
        ("date", "date/0", "date"),
        ("debug", "debug/0", "debug"),
        ("debug(1)", "debug/1", "debug"),
        ("stderr", "stderr/0", "stderr"),
        ("stderr_empty", "stderr_empty/0", "stderr_empty"),
        ("halt", "halt/0", "halt"),
        ("halt(1)", "halt/1", "halt"),
        ("halt_error", "halt_error/0", "halt_error"),
        ("halt_error(1)", "halt_error/1", "halt_error"),
        ("tobytes", "tobytes/0", "tobytes"),
        ("get_search_list", "get_search_list/0", "get_search_list"),
        ("import \"a\" as a; .", "import", "import"),
        ("include \"a\"; .", "include", "include"),
        ("module {}; .", "module", "module"),
        ("try repeat(1) catch 2", "repeat/1", "repeat"),
        ("path(..) | \"\\(now)\"", "now/0", "now"),
    ];
    for (source, name, place) in table {
        let error = error(source);
        match &error.kind {
            CompileErrorKind::Refused { name: refused, why } => {
                assert_eq!(refused, name, "{source}");
                assert!(
                    error.message.contains(why.as_str()) && !why.is_empty(),
                    "{source}: {}",
                    error.message
                );
            }
            other => panic!("{source}: {other:?}"),
        }
        assert!(error.hint.is_some(), "{source}");
        assert_eq!(source.get(error.span.clone()), Some(place), "{source}");
    }
}

#[test]
fn unknown_names_point_at_the_name_and_suggest_another() {
    let table = [
        (
            ". | mpa(.)",
            CompileErrorKind::UnknownFunction("mpa/1".into()),
            "mpa",
            Some("did you mean `map`?"),
        ),
        (
            "map",
            CompileErrorKind::UnknownFunction("map/0".into()),
            "map",
            Some("it exists as `map/1`"),
        ),
        (
            "foo::bar",
            CompileErrorKind::UnknownFunction("foo::bar/0".into()),
            "foo::bar",
            None,
        ),
        (
            "@xyz",
            CompileErrorKind::UnknownFunction("@xyz/0".into()),
            "@xyz",
            None,
        ),
        (
            "$contxt.a",
            CompileErrorKind::UnknownVariable("$contxt".into()),
            "$contxt",
            Some("did you mean `$context`?"),
        ),
        (
            "1 + $zzz",
            CompileErrorKind::UnknownVariable("$zzz".into()),
            "$zzz",
            Some("available here: $context, $input"),
        ),
        (
            "break $x",
            CompileErrorKind::UnknownVariable("$x".into()),
            "$x",
            Some("write `label $x | …` around it"),
        ),
        (
            "def lenght2: 1; lenght",
            CompileErrorKind::UnknownFunction("lenght/0".into()),
            "lenght",
            Some("did you mean `lenght2`?"),
        ),
    ];
    for (source, kind, place, hint) in table {
        let error = error(source);
        assert_eq!(
            (&error.kind, source.get(error.span.clone())),
            (&kind, Some(place)),
            "{source}"
        );
        assert_eq!(error.hint.as_deref(), hint, "{source}");
    }
}

#[test]
fn syntax_errors_point_into_the_source() {
    let table = [
        ("", 0..0, Some("write `.` for the input itself")),
        (".a | ", 5..5, None),
        ("(.a", 3..3, None),
        ("\"abc", 4..4, None),
        (".a }", 3..4, None),
        (".a && .b", 3..4, Some("jq writes `and` and `or`")),
        ("'a'", 0..1, Some("texts stand in double quotes")),
        (
            "${.a}",
            1..2,
            Some("inside an expression variables are written `$name`, without braces"),
        ),
        ("if . then 1 else 2", 18..18, None),
        ("reduce . as $x (0)", 0..6, None),
        ("foreach . as $x (0)", 0..7, None),
        ("{a: 1", 5..5, None),
        ("1 2", 2..3, None),
    ];
    for (source, span, hint) in table {
        let error = error(source);
        assert_eq!(error.kind, CompileErrorKind::Syntax, "{source}: {error:?}");
        assert_eq!(error.span, span, "{source}: {error:?}");
        if hint.is_some() {
            assert_eq!(error.hint.as_deref(), hint, "{source}");
        }
        assert!(
            error.message.starts_with("expected ") || source.contains("as $x"),
            "{}",
            error.message
        );
    }
}

#[test]
fn sources_are_limited_in_length_and_nesting() {
    let long = format!("\"{}\"", "a".repeat(crate::limits::SOURCE_BYTES_MAX));
    let many: String = (0..200)
        .map(|i| format!("def f{i}: 1;"))
        .collect::<String>()
        + "1";
    let chain: String = (1..90).fold("def f0: - - - 1;".to_owned(), |s, i| {
        format!("{s}def f{i}: - - f{};", i - 1)
    }) + "f89";
    let nested = [
        "[".repeat(1000) + &"]".repeat(1000),
        "-".repeat(5000) + "1",
        "1".to_owned() + &"+1".repeat(5000),
        ".".to_owned() + &"|.".repeat(5000),
        "if . then ".repeat(300) + "1" + &" end".repeat(300),
        "if . then 1 ".to_owned() + &"elif . then 1 ".repeat(300) + "end",
        "try ".repeat(1000) + ".",
        ". as $x | ".repeat(1000) + ".",
        "label $x | ".repeat(1000) + ".",
        "\"\\(".repeat(500) + "1" + &")\"".repeat(500),
        "{a:".repeat(500) + "1" + &"}".repeat(500),
        ". as ".to_owned() + &"[".repeat(1000) + "$x" + &"]".repeat(1000) + " | 1",
        chain,
    ];
    for source in nested.iter().chain([&long, &many]) {
        let error = error(source);
        let named = matches!(&error.kind, CompileErrorKind::Refused { .. })
            || error.message.contains("definitions");
        assert!(named, "{}…: {error:?}", source.get(..40).unwrap());
    }
}

#[test]
fn no_source_overflows_the_stack_of_the_reader() {
    let fill = |part: &str| part.repeat(crate::limits::SOURCE_BYTES_MAX / part.len());
    for part in [
        "(",
        "[",
        "{",
        "-",
        "\"\\(",
        "if ",
        "try ",
        ".|",
        "def a: ",
        ".[",
        "[.|",
        "reduce ",
        "1,",
        "a(",
        ". as [",
        "..",
        "?",
        "{a:",
        ".a",
        "\"",
        "#",
        "$",
        "@",
        "label $x|",
        "1//",
        "not|",
        ".a=",
        "\\",
        "a::",
        "1e",
    ] {
        let source = fill(part);
        let _ = Program::compile(&source, &[]);
        let _ = Program::compile(source.get(..200).unwrap_or(&source), &[]);
    }
}
