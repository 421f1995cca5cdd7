//! Every way to run away meets a limit, quickly and without taking memory.

use serde_json::{Value, json};

use crate::{Bounds, EvalError, Program};

fn outcome(source: &str) -> Result<Value, EvalError> {
    let input = json!({"list": (0..1000).collect::<Vec<_>>(), "text": "ab".repeat(1000)});
    Program::compile(source, &[])
        .unwrap_or_else(|error| panic!("{source}: {error:?}"))
        .value(&input, &[], Bounds::default())
}

#[test]
fn endless_work_meets_the_step_limit() {
    let table = [
        "last(range(1000000000000))",
        "[range(1000000000000) | select(false)]",
        "reduce range(1000000000000) as $i (0; . + 1)",
        "first(range(1000000000000) | select(. < 0))",
        "last(foreach range(1000000000000) as $i (0; $i))",
        "last(limit(1000000000000; range(1000000000000)))",
        "last(skip(1000000000; range(1000000000000)))",
        "def a: ., .; def b: a | a; def c: b | b; def d: c | c; def e: d | d; def f: e | e; last(f)",
        "def t: ., .; last(t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t)",
        "last(range(1000000000000; -1; -1))",
        "last(range(0; 1; 0))",
        "isempty(range(1000000000000) | empty)",
        "any(range(1000000000000); false)",
        "all(range(1000000000000); true)",
        "last(path(range(1000000000000) as $i | .))",
        "[.list, .list, .list | .[]] | map([.] | .[0]) | [.[] as $x | .[] as $y | select($x + $y < 0)] | length",
        ".list as $l | last(range(100000000) | $l | sort | empty)",
        ".list as $l | last(range(100000000) | $l | index(-1))",
        ".list as $l | last(range(100000000) | $l == ($l | map(.)) | empty)",
        ".text as $t | last(range(100000000) | $t | test(\"(a|b)*c\") | empty)",
        ".text | test(\"(a*)*(b*)*(a*b*)*c\") | [range(100000000) | empty]",
        "label $out | range(1000000000000) | if . < 0 then break $out else empty end",
        "try last(range(1000000000000)) catch 1",
        "last(range(1000000000000))? // 1",
        "[.[] | try last(range(1000000000000)) catch 1]",
        "last(range(1000000000000) | try error(\"x\") catch empty)",
        "[range(300)] | combinations(3) | select(false)",
    ];
    for source in table {
        assert_eq!(
            outcome(source),
            Err(EvalError::StepLimit { limit: 1_000_000 }),
            "{source}"
        );
    }
}

#[test]
fn endless_data_meets_the_byte_limit_before_it_is_made() {
    for source in [
        "\"x\" * 1000000000",
        "reduce range(100) as $i ([1]; . + .)",
        "reduce range(30) as $i (1; [., .])",
    ] {
        assert_eq!(
            outcome(source),
            Err(EvalError::ByteLimit {
                limit: 16 * 1024 * 1024
            }),
            "{source}"
        );
    }
    let table = [
        "\"x\" * 1000000000",
        "\"x\" * 100000000000000000000000000000",
        "\"abc\" * 9223372036854775807",
        "reduce range(100) as $i ([1]; . + .)",
        "(\"x\" * 4000000) as $t | last(range(1000000000000) | try ($t + 1) catch empty)",
        "[range(300000)] as $t | last(range(1000000000000) | try ($t + 1) catch empty)",
        "last(range(1000000000000) as $i | \"x\" | test(\"(?i)\\\\w{\\($i % 100)}\\($i)\") | empty)",
        "last(range(1000000000000) as $i | \"x\" | try test(\"(((a{9}){9}){9}){9}\\($i)\") catch empty)",
        "last(range(1000000000000) as $i | \"x\" | try test(\"(?i)\\\\pL\" * 100 + \"\\($i)\") catch empty)",
        "(\"\\\\w\" * 1000000) as $re | last(range(1000000000000) | \"x\" | try test($re) catch empty)",
        "reduce range(100) as $i (\"x\"; . + .)",
        "reduce range(100) as $i (\"x\"; \"\\(.)\\(.)\")",
        "reduce range(100) as $i (\"x\"; . * 2)",
        "reduce range(100) as $i (\"x\"; tojson)",
        "reduce range(100) as $i (\"x\"; @base64)",
        "reduce range(100) as $i (\"x \"; @uri + @uri)",
        "reduce range(100) as $i (\"'\"; @sh)",
        "reduce range(100) as $i (\"<\"; @html | @html + .)",
        "reduce range(100) as $i ([\"x\"]; [.[], .[]] | [join(\",\")] + .)",
        "reduce range(100) as $i ([1]; [.[], .[]])",
        "reduce range(100) as $i ([1]; map(., .))",
        "reduce range(100) as $i ({a: 1}; with_entries(., (.key += \"x\")) + {\"\\($i)\": .})",
        "reduce range(100) as $i (2; . * .) | tostring | length",
        "reduce range(100) as $i (\"ab\"; gsub(\"(?<x>.)\"; .x + .x))",
        "reduce range(100) as $i (\"ab\"; explode + explode | implode)",
        "reduce range(100) as $i (\"ab\"; ascii_upcase + ascii_downcase)",
        "reduce range(100) as $i (\"ab\"; [., .] | join(\"\"))",
        "reduce range(100) as $i (\"ab\"; ltrimstr(\"b\") + rtrimstr(\"a\"))",
        "reduce range(100) as $i (\"ab\"; [splits(\"x\")] | add + add)",
        "reduce range(20) as $i (1; [., .]) | tojson | length",
        "reduce range(30) as $i (1; [., .])",
        "reduce range(30) as $i (1; {a: ., b: .})",
        "[range(1000000)] | to_entries",
        "[.list[] as $x | .list | to_entries]",
        "[limit(900000; range(1000000) | [.])]",
        "[.text | explode[] | [range(1000)]]",
        ".list as $l | [$l[] | $l + [.]]",
        ".list as $l | [$l[] | $l | reverse]",
        ".list as $l | [$l[] | $l | sort]",
        ".list as $l | [$l[] | $l | group_by(.)]",
        ".text as $t | [.list[] | $t | [match(\"a\"; \"g\")]]",
        "[.text | range(100000) as $i | ascii_upcase]",
        "[paths, paths, paths, paths] | [., ., .] | [limit(100000; range(100000) as $i | tojson)]",
    ];
    for source in table {
        // Which of the two limits comes first does not matter where work and data grow together.
        let outcome = outcome(source);
        assert!(
            matches!(
                outcome,
                Err(EvalError::ByteLimit { .. } | EvalError::StepLimit { .. })
            ),
            "{source}: {outcome:?}"
        );
    }
}

#[test]
fn deep_data_meets_the_depth_limit_and_is_dropped_without_overflow() {
    let table = [
        "reduce range(1000000) as $i (0; [.])",
        "reduce range(1000000) as $i (0; {a: .})",
        "reduce range(1000000) as $i ([]; [[.]] + .)",
        "(\"[\" * 100000) + (\"]\" * 100000) | fromjson",
        "reduce range(200) as $i ({}; .a |= {b: .})",
        "reduce range(200) as $i ([0]; .[0] |= [.])",
        "[limit(200; foreach range(200) as $i (0; [.]))] | last",
    ];
    for source in table {
        assert_eq!(
            outcome(source),
            Err(EvalError::DepthLimit { limit: 100 }),
            "{source}"
        );
    }
    // One level below it is fine.
    assert!(outcome("reduce range(100) as $i (0; [.])").is_ok());
    assert!(outcome("reduce range(100) as $i (0; [.]) | tojson | fromjson").is_ok());
}

#[test]
fn evaluations_inside_one_another_meet_the_nesting_limit() {
    let doubling = (1..30).fold("def t0(g): g;".to_owned(), |s, i| {
        format!("{s}def t{i}(g): t{0}(t{0}(g));", i - 1)
    });
    let table = [
        format!("{doubling} t29(.)"),
        format!("{doubling} [t29(.[]?)]"),
        format!("{doubling} path(t29(.a))"),
        format!("{doubling} t29(.a) |= 1"),
        "(reduce range(100000) as $x (.; .)) |= 1".to_owned(),
        "getpath([range(100000) | \"a\"]) |= 1".to_owned(),
        "setpath([range(100000) | \"a\"]; 1)".to_owned(),
        "[foreach range(100000) as $x (0; ., .)]".to_owned(),
    ];
    for source in table {
        let outcome = outcome(&source);
        let typed = matches!(
            outcome,
            Err(EvalError::NestingLimit { .. }
                | EvalError::StepLimit { .. }
                | EvalError::Failed { .. })
        );
        assert!(typed, "{source}: {outcome:?}");
    }
    assert_eq!(
        outcome(&format!("{doubling} t29(.)")),
        Err(EvalError::NestingLimit { limit: 256 })
    );
}

#[test]
fn long_paths_are_dropped_without_overflow() {
    let outcome = outcome("null | path(reduce range(100000) as $x (.; .a)) | length");
    assert_eq!(outcome, Ok(json!(100_000)));
}

#[test]
fn limits_are_those_that_were_given_and_always_the_same() {
    let program = Program::compile("[range(1000)] | add", &[]).unwrap();
    let null = Value::Null;
    let small = Bounds {
        steps: 500,
        bytes: 1_000_000,
    };
    assert_eq!(
        program.value(&null, &[], small),
        Err(EvalError::StepLimit { limit: 500 })
    );
    let small = Bounds {
        steps: 100_000,
        bytes: 2_000,
    };
    assert_eq!(
        program.value(&null, &[], small),
        Err(EvalError::ByteLimit { limit: 2_000 })
    );
    // The smallest budget that suffices is the same every time, and after a failed evaluation.
    let least = |program: &Program| {
        (0..20_000).find(|steps| {
            program
                .value(
                    &null,
                    &[],
                    Bounds {
                        steps: *steps,
                        bytes: 1_000_000,
                    },
                )
                .is_ok()
        })
    };
    assert!(least(&program).is_some());
    assert_eq!(least(&program), least(&program.clone()));
}

#[test]
fn ordinary_loops_stay_linear() {
    // In quadratic time or memory, none of these would end within the budget.
    let table = [
        (
            "reduce range(20000) as $i ([]; . + [$i]) | length",
            json!(20_000),
        ),
        (
            "reduce range(20000) as $i (\"\"; . + \"x\") | length",
            json!(20_000),
        ),
        (
            "reduce range(20000) as $i ({}; .[$i | tostring] = $i) | length",
            json!(20_000),
        ),
        (
            "reduce range(20000) as $i ({}; . + {($i | tostring): $i}) | length",
            json!(20_000),
        ),
        (
            "reduce range(20000) as $i ({n: []}; .n += [$i]) | .n | length",
            json!(20_000),
        ),
        (
            "def push($x): . + [$x]; reduce range(20000) as $i ([]; push($i)) | length",
            json!(20_000),
        ),
        (
            "[range(20000) | tostring] | join(\",\") | length",
            json!(108_889),
        ),
        (
            "[range(20000)] | map({id: ., name: \"n\\(.)\"}) | map(select(.id % 2 == 0)) | length",
            json!(10_000),
        ),
        (
            "[range(10000) | {k: (. % 10), v: .}] | group_by(.k) | map({k: .[0].k, sum: (map(.v) | add)}) | length",
            json!(10),
        ),
        (
            "[range(3000) | \"key\\(.)=value\\(.)\"] | join(\"&\") | [scan(\"(\\\\w+)=(\\\\w+)\")] | length",
            json!(3_000),
        ),
    ];
    for (source, expected) in table {
        assert_eq!(outcome(source), Ok(expected), "{source}");
    }
}
