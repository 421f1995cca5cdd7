//! jaq itself as the oracle: random programs give here what they give there.

use jaq_core::compile::Undefined;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Compiler, Ctx, Error, Vars, data::JustLut, unwrap_valr};
use jaq_json::Val;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Bounds, EvalError, Program};

type Data = JustLut<Val>;

fn funs() -> impl Iterator<Item = Fun<Data>> {
    jaq_core::funs()
        .chain(jaq_std::base_funs())
        .chain(jaq_json::funs())
}

/// jaq's definitions speak of natives that belong to features which are off here: those fail.
fn missing() -> Vec<(&'static str, usize)> {
    let arena = Arena::default();
    let defs = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let modules = Loader::new(defs).load(
        &arena,
        File {
            code: ".",
            path: (),
        },
    );
    let errors = Compiler::default()
        .with_funs(funs())
        .compile(modules.ok().unwrap())
        .err()
        .unwrap_or_default();
    let names = errors.into_iter().flat_map(|(_, undefined)| undefined);
    let missing = names.filter_map(|(name, kind)| match kind {
        Undefined::Filter(arity) => Some((&*name.to_owned().leak(), arity)),
        _ => None,
    });
    missing.collect()
}

thread_local! {
    static MISSING: Vec<(&'static str, usize)> = missing();
}

/// What jaq makes of a program.
#[derive(Debug, PartialEq)]
enum Outcome {
    Outputs(Vec<Value>),
    Failed,
    /// It gives NaN, an infinity or an object with keys that are no texts.
    NotJson,
}

fn jaq(source: &str, input: &Value) -> Outcome {
    let Some(outputs) = jaq_outputs(source, input) else {
        return Outcome::Failed;
    };
    let parsed: Result<_, _> = outputs
        .iter()
        .map(|output| serde_json::from_str(output))
        .collect();
    parsed.map_or(Outcome::NotJson, Outcome::Outputs)
}

/// All outputs that jaq gives as text, or none if it fails.
fn jaq_outputs(source: &str, input: &Value) -> Option<Vec<String>> {
    let arena = Arena::default();
    let defs = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let modules = Loader::new(defs)
        .load(
            &arena,
            File {
                code: source,
                path: (),
            },
        )
        .ok()?;
    let stubs: Vec<Fun<Data>> = MISSING.with(|missing| {
        let stub =
            |&(name, arity)| run::<Data>((name, v(arity), |_| bome(Err(Error::str("not here")))));
        missing.iter().map(stub).collect()
    });
    let filter = Compiler::default()
        .with_funs(funs().chain(stubs))
        .compile(modules)
        .ok()?;
    let input = jaq_json::read::parse_single(input.to_string().as_bytes()).ok()?;
    let ctx = Ctx::<Data>::new(&filter.lut, Vars::new([]));
    let mut outputs = Vec::new();
    for output in filter.id.run((ctx, input)).map(unwrap_valr) {
        outputs.push(output.ok()?.to_string());
    }
    Some(outputs)
}

fn ours(source: &str, input: &Value) -> Result<Vec<Value>, EvalError> {
    let program = Program::compile(&format!("[{source}]"), &[])
        .unwrap_or_else(|error| panic!("{source}: {error:?}"));
    match program.value(
        input,
        &[],
        Bounds {
            steps: 200_000,
            bytes: 4_000_000,
        },
    )? {
        Value::Array(list) => Ok(list),
        other => panic!("not an array: {other}"),
    }
}

fn is_limit(error: &EvalError) -> bool {
    !matches!(error, EvalError::Failed { .. })
}

/// Asserts that both agree.
fn agree(source: &str, input: &Value) -> Result<(), TestCaseError> {
    let ours = ours(source, input);
    if matches!(&ours, Err(error) if is_limit(error)) {
        return Ok(());
    }
    let theirs = jaq(source, input);
    let same = match (&ours, &theirs) {
        (_, Outcome::NotJson) => true,
        (Ok(ours), Outcome::Outputs(theirs)) => ours == theirs,
        (ours, theirs) => ours.is_err() && *theirs == Outcome::Failed,
    };
    prop_assert!(
        same,
        "{} on {}:\n ours {:?}\n jaq {:?}",
        source,
        input,
        ours,
        theirs
    );
    Ok(())
}

fn leaf() -> impl Strategy<Value = String> {
    let leaves = [
        ".",
        ".a",
        ".b",
        ".a?",
        ".[0]?",
        ".[]",
        ".[]?",
        ".[1:]?",
        "1",
        "2.5",
        "-3",
        "\"a\"",
        "\"b\"",
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "[1,2]",
        "{a: 1}",
        "..",
        "empty",
        "error(\"e\")",
        "length?",
        "type",
        "keys?",
        "tojson",
        "$x",
        "not",
        "range(3)",
        "first?",
        "add?",
        "sort?",
        "to_entries?",
        "[paths]",
        "isempty(.[]?)",
        "tostring",
        "min?",
        "reverse?",
        ".[\"a\",\"b\"]?",
        "explode?",
        "flatten?",
        "any?",
        "unique?",
        ".a.b?",
        "100000000000000000000",
        "floor?",
        "1e3",
        "g",
    ];
    proptest::sample::select(leaves.to_vec()).prop_map(str::to_owned)
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn program() -> impl Strategy<Value = String> {
    leaf().prop_recursive(5, 40, 3, |inner| {
        let forms = [
            "(1 | 2)",
            "(1, 2)",
            "(1 + 2)",
            "(1 - 2)",
            "(1 * 2)",
            "(1 / 2)",
            "(1 % 2)",
            "(1 == 2)",
            "(1 < 2)",
            "(1 >= 2)",
            "(1 and 2)",
            "(1 or 2)",
            "(1 // 2)",
            "[1]",
            "{a: 1, b: 2}",
            "{(1 | tojson): 2}",
            "if 1 then 2 else 3 end",
            "(try 1 catch 2)",
            "(1)?",
            "(1 as $x | 2)",
            "(1 as [$x] | 2)",
            "(1 as {a: $x} | 2)",
            "reduce 1 as $x (2; 3)",
            "foreach 1 as $x (2; 3)",
            "foreach limit(4; 1) as $x (0; 2; 3)",
            "limit(2; 1)",
            "first(1)",
            "last(1)",
            "skip(1; 2)",
            "[path(1)]",
            "((1) |= 2)",
            "((1) = 2)",
            "((1) += 2)",
            "((1) //= 2)",
            "map(1)",
            "map_values(1)?",
            "sort_by(1)?",
            "group_by(1)?",
            "min_by(1)?",
            "max_by(1)?",
            "unique_by(1)?",
            "(label $f | 1, break $f, 2)",
            "(def f(g): 1 | g; f(2))",
            "(def h: 1; h | 2)",
            "(objects | with_entries(.value |= [1]))",
            "\"<\\(1)-\\(2)>\"",
            "any(1; 2)",
            "all(1; 2)",
            "add(1)",
            "isempty(1)",
            "del(1)",
            "(1 | select(2))",
            "(1 | has(\"a\"))",
            "(1 | contains(2))",
            "(1 | index(2))?",
            "-(1)",
            "walk(1)",
            "[1 | ., 2]",
            "(1)[2]?",
            "(1)[2:]?",
            "pick(.a, .b)?",
            "getpath([1, 2])?",
            "[limit(3; 1)]",
            "(1 | join(\",\"))?",
        ];
        (
            proptest::sample::select(forms.to_vec()),
            inner.clone(),
            inner.clone(),
            inner,
        )
            .prop_map(|(form, one, two, three)| {
                let parts = [one, two, three];
                let mut source = String::new();
                for c in form.chars() {
                    match c {
                        '1' | '2' | '3' => source.push_str(&parts[c as usize - '1' as usize]),
                        c => source.push(c),
                    }
                }
                source
            })
    })
}

fn input() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..4).prop_map(Value::from),
        Just(json!(1.5)),
        proptest::sample::select(["", "a", "b", "äb"].as_slice()).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map(
                proptest::sample::select(["a", "b", "c"].as_slice()),
                inner,
                0..3
            )
            .prop_map(|map| map
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

/// Places in which a form stands, with everything that it may name.
fn complete(source: &str) -> String {
    format!("[3, \"a\"] as $x | def g: .a?; {source}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_agree_with_jaq(source in program(), input in input()) {
        agree(&complete(&source), &input)?;
    }

    #[test]
    fn random_text_never_panics(source in "[\\[\\](){}|,.:;\"\\\\$@#?a-c0-9 +*/=<>-]{0,60}", input in input()) {
        if let Ok(program) = Program::compile(&source, &["a"]) {
            let bounds = Bounds { steps: 20_000, bytes: 200_000 };
            let first = program.value(&input, &[Value::Null], bounds);
            prop_assert_eq!(first, program.value(&input, &[Value::Null], bounds));
        }
    }

    #[test]
    fn random_programs_end_the_same_way_under_any_bounds(
        source in program(), input in input(), steps in 0_u64..2000, bytes in 0_u64..20_000,
    ) {
        let program = Program::compile(&complete(&source), &[]).unwrap();
        let bounds = Bounds { steps, bytes };
        let first = program.value(&input, &[], bounds);
        prop_assert_eq!(&first, &program.value(&input, &[], bounds));
        // A larger budget changes nothing but the limits.
        let larger = program.value(&input, &[], Bounds { steps: steps + 1_000_000, bytes: bytes + 10_000_000 });
        if !matches!(&first, Err(EvalError::StepLimit { .. } | EvalError::ByteLimit { .. })) {
            prop_assert_eq!(first, larger);
        }
    }
}

/// More with `SEGUE_EXPR_CASES`.
fn cases() -> u32 {
    std::env::var("SEGUE_EXPR_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(400)
}

#[test]
fn the_oracle_works() {
    assert_eq!(
        jaq(".a + 1", &json!({"a": 2})),
        Outcome::Outputs(vec![json!(3)])
    );
    assert_eq!(
        jaq(".[] | tojson", &json!([1, "x"])),
        Outcome::Outputs(vec![json!("1"), json!("\"x\"")])
    );
    assert_eq!(jaq("error(1)", &json!(null)), Outcome::Failed);
    assert_eq!(jaq("{(1): 2}", &json!(null)), Outcome::NotJson);
    assert!(!missing().is_empty());
}
