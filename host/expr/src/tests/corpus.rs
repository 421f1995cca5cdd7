//! A corpus of ordinary jq: program, input, outputs.

use serde_json::{Value, json};

use super::outputs;
use crate::EvalError;

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Checks lines of `program` / `input` / `array of outputs`.
fn check(table: &[(&str, &str, &str)]) {
    for (program, input, expected) in table {
        let outcome = outputs(program, &parse(input));
        let expected = parse(expected);
        assert_eq!(
            outcome.clone().map(Value::Array),
            Ok(expected.clone()),
            "{program} on {input}"
        );
        // Objects are equal in any order, but the order is part of the promise.
        assert_eq!(
            Value::Array(outcome.unwrap()).to_string(),
            expected.to_string(),
            "{program} on {input}"
        );
    }
}

#[test]
fn paths_read_parts() {
    check(&[
        (".", "null", "[null]"),
        (".a", r#"{"a": {"b": 1}}"#, r#"[{"b":1}]"#),
        (".a.b.c", r#"{"a": {"b": {"c": "x"}}}"#, r#"["x"]"#),
        (".a.b", "null", "[null]"),
        (".a?", "[1]", "[]"),
        (".[\"a b\"], .\"a b\"", r#"{"a b": 1}"#, "[1,1]"),
        (".[0], .[-1], .[5]", "[1,2,3]", "[1,3,null]"),
        (
            ".[1:3], .[:1], .[-1:], .[9:]",
            "[1,2,3]",
            "[[2,3],[1],[3],[]]",
        ),
        (".[1:3]", "\"aäbc\"", "[\"äb\"]"),
        (".[]", r#"{"b": 1, "a": 2}"#, "[1,2]"),
        (".[]?", "3", "[]"),
        ("[.[].a]", r#"[{"a":1},{"b":2}]"#, "[[1,null]]"),
        (".[] | .a?", r#"[{"a":1}, 5, {"a":2}]"#, "[1,2]"),
        (
            "..",
            "[[1],{\"a\":2}]",
            r#"[[[1],{"a":2}],[1],1,{"a":2},2]"#,
        ),
        (".[\"a\",\"b\"]", r#"{"a":1,"b":2}"#, "[1,2]"),
        (".a[.i]", r#"{"a":[10,20],"i":1}"#, "[20]"),
        (".[[2]], .[[]]", "[1,2,1,2]", "[[1,3],[]]"),
        (".[{start: 1, end: 2}]", "[1,2,3]", "[[2]]"),
        ("getpath([\"a\",0,\"b\"])", r#"{"a":[{"b":5}]}"#, "[5]"),
        ("has(\"a\"), has(\"z\")", r#"{"a":null}"#, "[true,false]"),
        ("[.[] | has(1)]", "[[1],[1,2]]", "[[false,true]]"),
    ]);
}

#[test]
fn operators_work_as_in_jq() {
    check(&[
        ("1 + 2 * 3 - 4", "null", "[3]"),
        ("10 / 4, 7 % 3, -7 % 3, 1 / 4", "null", "[2.5,1,-1,0.25]"),
        (
            "\"a\" + \"b\", [1] + [2], {a:1} + {b:2} + {a:3}",
            "null",
            r#"["ab",[1,2],{"a":3,"b":2}]"#,
        ),
        (". + {a: 1}", "null", r#"[{"a":1}]"#),
        ("{a: 1} + null, null + null", "null", r#"[{"a":1},null]"#),
        ("[1,2,3,2] - [2]", "null", "[[1,3]]"),
        (
            "{a:{b:1,c:2}} * {a:{b:9}}",
            "null",
            r#"[{"a":{"b":9,"c":2}}]"#,
        ),
        ("\"ab\" * 3, \"x\" * 0", "null", r#"["ababab",null]"#),
        (
            "\"a,b,,c\" / \",\", \"abc\" / \"\"",
            "null",
            r#"[["a","b","","c"],["a","b","c"]]"#,
        ),
        (
            "1 < 2, \"a\" < \"b\", null < false, [] < {}, 2 <= 2, 1 != 2",
            "null",
            "[true,true,true,true,true,true]",
        ),
        (
            "{a:1,b:2} == {b:2,a:1}, [1] == [1.0]",
            "null",
            "[true,true]",
        ),
        (
            "true and false, true or false, (null or 0), (null | not)",
            "null",
            "[false,true,true,true]",
        ),
        (
            ".a // 1, false // 2, (empty // 3), (1, null, 2 // 4)",
            "{}",
            "[1,2,3,1,null,2]",
        ),
        ("(false, null, 1) // 42", "null", "[1]"),
        ("-(1), -.a", r#"{"a": 3}"#, "[-1,-3]"),
        ("(1,2) + (10,20)", "null", "[11,21,12,22]"),
        (
            "[(1,2) as $x | (3,4) as $y | $x * $y]",
            "null",
            "[[3,4,6,8]]",
        ),
        ("if . then \"yes\" else \"no\" end", "0", r#"["yes"]"#),
        (
            "if . == 1 then \"a\" elif . == 2 then \"b\" end",
            "3",
            "[3]",
        ),
        ("if (true, false) then 1 else 2 end", "null", "[1,2]"),
    ]);
}

#[test]
fn objects_arrays_and_texts_are_built() {
    check(&[
        (
            "{a: 1, \"b c\": 2, (\"d\" + \"e\"): 3}",
            "null",
            r#"[{"a":1,"b c":2,"de":3}]"#,
        ),
        ("{a, b: .c}", r#"{"a":1,"c":2}"#, r#"[{"a":1,"b":2}]"#),
        ("1 as $x | {$x, y: $x}", "null", r#"[{"x":1,"y":1}]"#),
        (
            "{a: (1,2), b: (3,4)}",
            "null",
            r#"[{"a":1,"b":3},{"a":1,"b":4},{"a":2,"b":3},{"a":2,"b":4}]"#,
        ),
        ("{\"a\\(1 + 1)\": 3}", "null", r#"[{"a2":3}]"#),
        ("[.[] | . * 2]", "[1,2]", "[[2,4]]"),
        (
            "\"a \\(.x) b \\([1,\"y\"])\"",
            r#"{"x":"é"}"#,
            r#"["a é b [1,\"y\"]"]"#,
        ),
        (
            "\"\\(1,2)-\\(3,4)\"",
            "null",
            r#"["1-3","1-4","2-3","2-4"]"#,
        ),
        (
            "@base64 \"x\\(.)\", @json \"v=\\([1])\"",
            "\"hi\"",
            r#"["xaGk=","v=[1]"]"#,
        ),
        ("\"\\u00e4\\n\\t\\\\\"", "null", r#"["ä\n\t\\"]"#),
        ("{} | .a = 1", "null", r#"[{"a":1}]"#),
        ("[], {}, \"\"", "null", r#"[[],{},""]"#),
    ]);
}

#[test]
fn variables_folds_and_definitions_work() {
    check(&[
        (". as [$a, {b: $c}] | [$a, $c]", r#"[1,{"b":2}]"#, "[[1,2]]"),
        (
            ". as {a: $x, b: [$y, $z]} | $x + $y + $z",
            r#"{"a":1,"b":[2,3]}"#,
            "[6]",
        ),
        (". as {$a, $b} | $a - $b", r#"{"a":5,"b":3}"#, "[2]"),
        ("reduce .[] as $x (0; . + $x)", "[1,2,3]", "[6]"),
        (
            "reduce .[] as [$k, $v] ({}; .[$k] = $v)",
            r#"[["a",1],["b",2]]"#,
            r#"[{"a":1,"b":2}]"#,
        ),
        ("reduce empty as $x (7; 8)", "null", "[7]"),
        (
            "reduce (1,2) as $x (0; . + $x, . + 10 * $x)",
            "null",
            "[3,21,12,30]",
        ),
        ("foreach (1,2,3) as $x (0; . + $x)", "null", "[1,3,6]"),
        (
            "foreach (1,2) as $x (0; . + $x; [$x, .])",
            "null",
            "[[1,1],[2,3]]",
        ),
        (
            "foreach (1,2) as $x (0; ., . + $x)",
            "null",
            "[0,0,2,1,1,3]",
        ),
        ("def f(x): x * 2; f(.[])", "[1,2]", "[2,4]"),
        (
            "def add3($a; $b; $c): $a + $b + $c; add3(1; 2; 3)",
            "null",
            "[6]",
        ),
        ("def f(g): def h: g | g; h; 3 | f(. * .)", "null", "[81]"),
        ("def f: 1; def g: def f: 2; f; [f, g]", "null", "[[1,2]]"),
        ("def f($x): $x | . + 1; [f(1, 2)]", "null", "[[2,3]]"),
        ("5 as $x | def f: $x; 6 as $x | [f, $x]", "null", "[[5,6]]"),
        ("label $out | 1, 2, break $out, 3", "null", "[1,2]"),
        (
            "[label $f | range(10) | ., (select(. == 3) | break $f)]",
            "null",
            "[[0,1,2,3]]",
        ),
        ("def map(f): \"own\"; map(1)", "null", r#"["own"]"#),
        ("def repeat(f): f; repeat(1)", "null", "[1]"),
    ]);
}

#[test]
fn errors_are_raised_and_caught() {
    check(&[
        ("try error(\"x\") catch .", "null", r#"["x"]"#),
        ("try error({a:1}) catch .a", "null", "[1]"),
        ("try (1, error(\"x\"), 3) catch .", "null", r#"[1,"x"]"#),
        (
            "[.[] | try tonumber catch \"bad\"]",
            r#"["1","x"]"#,
            r#"[[1,"bad"]]"#,
        ),
        ("(1, error(\"x\"))?", "null", "[1]"),
        (
            "try (try error(\"a\") catch error(\"b\")) catch .",
            "null",
            r#"["b"]"#,
        ),
        ("[limit(1; 1, error(\"x\"))]", "null", "[[1]]"),
        ("first(1, error(\"x\"))", "null", "[1]"),
        ("try ({} | .a.b.c = 1) catch \"no\"", "null", r#"["no"]"#),
        (
            "try (1 + \"a\") catch .",
            "null",
            r#"["cannot calculate 1 + \"a\""]"#,
        ),
        (
            "try ([] | .[\"a\"]) catch .",
            "null",
            r#"["cannot index [] with \"a\""]"#,
        ),
        ("try error catch .", "{\"m\":1}", r#"[{"m":1}]"#),
        (
            "isempty(empty), isempty(1, error(\"x\"))",
            "null",
            "[true,false]",
        ),
    ]);
    let caught_outside = outputs("(try 1 catch 2) | error(\"later\")", &Value::Null);
    assert_eq!(
        caught_outside,
        Err(EvalError::Failed {
            message: "later".into()
        })
    );
    let raised = outputs("error({a: 1})", &Value::Null);
    assert_eq!(
        raised,
        Err(EvalError::Failed {
            message: "{\"a\":1}".into()
        })
    );
}

#[test]
fn assignments_change_places() {
    check(&[
        (
            ".a = 1 | .b.c = 2",
            r#"{"b":{}}"#,
            r#"[{"b":{"c":2},"a":1}]"#,
        ),
        (".[] += 1", "[1,2]", "[[2,3]]"),
        (
            ".a |= . + 1, .a += 1, .a -= 1, .a *= 3",
            r#"{"a":2}"#,
            r#"[{"a":3},{"a":3},{"a":1},{"a":6}]"#,
        ),
        (".a //= 5", r#"{"a":null}"#, r#"[{"a":5}]"#),
        (".[] |= empty", "[1,2,3]", "[[]]"),
        ("(.a, .b) = 9", r#"{"a":1}"#, r#"[{"a":9,"b":9}]"#),
        (".a[1:] = [7]", r#"{"a":[1,2,3]}"#, r#"[{"a":[1,7]}]"#),
        (".[1:3] |= map(. * 10)", "[1,2,3,4]", "[[1,20,30,4]]"),
        ("(.[] | select(. > 1)) |= . * 2", "[1,2,3]", "[[1,4,6]]"),
        ("del(.b)", r#"{"a":1,"b":2,"c":3}"#, r#"[{"a":1,"c":3}]"#),
        ("del(.[1])", "[1,2,3]", "[[1,3]]"),
        (
            "map_values(. + 1)",
            r#"{"a":1,"b":2}"#,
            r#"[{"a":2,"b":3}]"#,
        ),
        (
            "walk(if isnumber then . + 1 else . end)",
            r#"[1,{"a":[2]}]"#,
            r#"[[2,{"a":[3]}]]"#,
        ),
        (
            "setpath([\"a\",\"b\"]; 1)",
            r#"{"a":{}}"#,
            r#"[{"a":{"b":1}}]"#,
        ),
        (
            "delpaths([[\"a\"],[\"b\"]])",
            r#"{"a":1,"b":2,"c":3}"#,
            r#"[{"c":3}]"#,
        ),
        (
            "to_entries, with_entries(.value += 1)",
            r#"{"a":1}"#,
            r#"[[{"key":"a","value":1}],{"a":2}]"#,
        ),
        ("from_entries", r#"[{"key":"a","value":1}]"#, r#"[{"a":1}]"#),
        (
            ".. |= (if isnumber then . + 1 else . end)",
            "[1,[2]]",
            "[[2,[3]]]",
        ),
        (".a = (1,2)", "{}", r#"[{"a":1},{"a":2}]"#),
        (
            "reduce range(3) as $i ({}; .[$i | tostring] = $i)",
            "null",
            r#"[{"0":0,"1":1,"2":2}]"#,
        ),
        (
            ".a as $x | .b |= . + $x",
            r#"{"a":1,"b":2}"#,
            r#"[{"a":1,"b":3}]"#,
        ),
    ]);
}

#[test]
fn paths_are_values() {
    check(&[
        ("[paths]", r#"{"a":[1]}"#, r#"[[["a"],["a",0]]]"#),
        ("path(.a[0].b?)", "null", r#"[["a",0,"b"]]"#),
        ("[path(..)]", "[[1]]", "[[[],[0],[0,0]]]"),
        ("path(.a | select(.b))", r#"{"a":{"b":1}}"#, r#"[["a"]]"#),
        (
            "[paths(isnumber)]",
            r#"[1,{"a":2,"b":"x"}]"#,
            r#"[[[0],[1,"a"]]]"#,
        ),
        (
            "pick(.a.b)",
            r#"{"a":{"b":1,"c":2},"d":3}"#,
            r#"[{"a":{"b":1}}]"#,
        ),
        ("path(.[1:])", "[1,2]", r#"[[{"start":1}]]"#),
        (
            "path(first(.a,.b)), path(limit(1; .[]?))",
            "{\"a\":1}",
            r#"[["a"],["a"]]"#,
        ),
        ("path(getpath([\"x\",\"y\"]))", "null", r#"[["x","y"]]"#),
        ("[path(.a // .b)]", r#"{"a":null}"#, r#"[[["b"]]]"#),
        ("try path(1) catch \"no path\"", "null", r#"["no path"]"#),
        ("path(if .a then .a else .b end)", "{\"a\":1}", r#"[["a"]]"#),
    ]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn arrays_are_sorted_grouped_and_searched() {
    check(&[
        (
            "sort, sort_by(-.), reverse, length",
            "[3,1,2]",
            "[[1,2,3],[3,2,1],[2,1,3],3]",
        ),
        (
            "sort",
            r#"[{"a":1},[1],"a",1,true,false,null,[0],{"a":0}]"#,
            r#"[[null,false,true,1,"a",[0],[1],{"a":0},{"a":1}]]"#,
        ),
        (
            "sort_by(.a, .b) | map(.b)",
            r#"[{"a":1,"b":2},{"a":1,"b":1},{"a":0,"b":3}]"#,
            "[[3,1,2]]",
        ),
        (
            "group_by(.a) | map(length)",
            r#"[{"a":1},{"a":2},{"a":1}]"#,
            "[[2,1]]",
        ),
        ("unique, unique_by(. % 2)", "[3,1,2,1]", "[[1,2,3],[2,3]]"),
        (
            "min, max, min_by(-.), max_by(-.), add, any, all",
            "[3,1,2]",
            "[1,3,3,1,6,true,true]",
        ),
        ("min, max, add", "[]", "[null,null,null]"),
        ("add(.[].a)", r#"[{"a":1},{"a":2}]"#, "[3]"),
        ("flatten, flatten(1)", "[1,[2,[3]]]", "[[1,2,3],[1,2,[3]]]"),
        (
            "index(2), rindex(2), indices(2), indices([2,3])",
            "[1,2,3,2]",
            "[1,3,[1,3],[1]]",
        ),
        (
            "index(\"b\"), indices(\"b\"), rindex(\"b\")",
            "\"äbcb\"",
            "[1,[1,3],3]",
        ),
        (
            "contains([\"a\"]), contains([\"z\"]), inside([\"abc\",\"x\"])",
            "[\"ab\"]",
            "[true,false,true]",
        ),
        (
            "contains({a:{b:\"x\"}})",
            r#"{"a":{"b":"xyz","c":1}}"#,
            "[true]",
        ),
        (
            "[combinations], [[0,1] | combinations(2)]",
            "[[1,2],[3]]",
            "[[[1,3],[2,3]],[[0,0],[0,1],[1,0],[1,1]]]",
        ),
        ("transpose", "[[1,2],[3]]", "[[[1,3],[2,null]]]"),
        (
            "first, last, nth(1), first(.[]), last(.[]), nth(1; .[])",
            "[1,2,3]",
            "[1,3,2,1,3,2]",
        ),
        (
            "[limit(2; .[])], [skip(1; .[])], [limit(0; 1)], [limit(-1; 1)]",
            "[1,2,3]",
            "[[1,2],[2,3],[],[]]",
        ),
        (
            "[range(3)], [range(1;3)], [range(0;1;0.5)], [range(3;0;-2)]",
            "null",
            "[[0,1,2],[1,2],[0,0.5],[3,1]]",
        ),
        ("bsearch(2), bsearch(5)", "[1,2,3]", "[1,-4]"),
        (
            "any(. > 2), all(. > 0), any(.[]; . == 9)",
            "[1,2,3]",
            "[true,true,false]",
        ),
        (
            "map(select(. > 1)), [.[] | select(. != 2)]",
            "[1,2,3]",
            "[[2,3],[1,3]]",
        ),
        (
            "join(\", \"), join(\"-\")",
            r#"["a",1,true]"#,
            r#"["a, 1, true","a-1-true"]"#,
        ),
        (
            "keys, keys_unsorted, length",
            r#"{"b":1,"a":2}"#,
            r#"[["a","b"],["b","a"],2]"#,
        ),
        ("in({\"a\":1})", "\"a\"", "[true]"),
        (
            "IN(.[]; 2, 3), INDEX(.[]; .) == {\"1\":1}",
            "[1]",
            "[false,true]",
        ),
        (
            "@csv, @tsv",
            r#"[1,"a\"b\tc",null,true]"#,
            r#"["1,\"a\"\"b\tc\",,true","1\ta\"b\\tc\t\ttrue"]"#,
        ),
    ]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn texts_are_taken_apart_and_put_together() {
    check(&[
        (
            "length, utf8bytelength, explode, (explode | implode)",
            "\"aä\"",
            r#"[2,3,[97,228],"aä"]"#,
        ),
        (
            "ascii_downcase, ascii_upcase",
            "\"aBä\"",
            r#"["abä","ABä"]"#,
        ),
        (
            "ltrimstr(\"a\"), rtrimstr(\"c\"), ltrimstr(\"x\")",
            "\"abc\"",
            r#"["bc","ab","abc"]"#,
        ),
        ("trim, ltrim, rtrim", "\" a \"", r#"["a","a "," a"]"#),
        (
            "startswith(\"ab\"), endswith(\"c\"), startswith(\"b\")",
            "\"abc\"",
            "[true,true,false]",
        ),
        (
            "split(\", \"), split(\"\")",
            "\"a, b\"",
            r#"[["a","b"],["a",","," ","b"]]"#,
        ),
        (
            "tojson, tostring, (tojson | fromjson)",
            r#"[1,"a\n",1.5,null]"#,
            r#"["[1,\"a\\n\",1.5,null]","[1,\"a\\n\",1.5,null]",[1,"a\n",1.5,null]]"#,
        ),
        ("tostring, tojson", "\"x\"", r#"["x","\"x\""]"#),
        (
            "@html, @uri, @base64, @text, @json, @sh",
            "\"<a&b 'ü'>\"",
            r#"["&lt;a&amp;b &apos;ü&apos;&gt;","%3Ca%26b%20%27%C3%BC%27%3E","PGEmYiAnw7wnPg==","<a&b 'ü'>","\"<a&b 'ü'>\"","'<a&b '\\''ü'\\''>'"]"#,
        ),
        (
            "@base64d, @urid, @htmld",
            "\"aGk=\"",
            r#"["hi","aGk=","aGk="]"#,
        ),
        ("@urid, @htmld", "\"a%20b&lt;\"", r#"["a b&lt;","a%20b<"]"#),
        ("@base64d | length", "\"/w==\"", "[1]"),
        (
            "[.[] | tonumber]",
            r#"["1","-2","1.5","1e2",3]"#,
            "[[1,-2,1.5,100.0,3]]",
        ),
        ("[.[] | toboolean]", r#"["true",false]"#, "[[true,false]]"),
        (
            "[.[] | type]",
            r#"[null,true,1,"",[],{}]"#,
            r#"[["null","boolean","number","string","array","object"]]"#,
        ),
        (
            "[.[] | length]",
            r#"[null,-5,"ab",[1],{"a":1}]"#,
            "[[0,5,2,1,1]]",
        ),
        (
            "map(numbers), map(strings), map(scalars), map(iterables), map(values), map(nulls)",
            r#"[1,"a",[],null]"#,
            r#"[[1],["a"],[1,"a",null],[[]],[1,"a",[]],[null]]"#,
        ),
        ("ascii", "65", r#"["A"]"#),
        (
            "todate, (todate | fromdate)",
            "1425599621",
            r#"["2015-03-05T23:53:41Z",1425599621]"#,
        ),
        (
            "fromdateiso8601",
            "\"2015-03-05T23:53:41.5+01:00\"",
            "[1425596021.5]",
        ),
    ]);
}

#[test]
fn regular_expressions_match() {
    check(&[
        (
            "test(\"b+\"), test(\"^b\"), test(\"B\"; \"i\")",
            "\"abbc\"",
            "[true,false,true]",
        ),
        (
            "match(\"(?<x>b)(d)?\")",
            "\"äbc\"",
            r#"[{"offset":1,"length":1,"string":"b","captures":[{"offset":1,"length":1,"string":"b","name":"x"}]}]"#,
        ),
        ("[match(\"a|b\"; \"g\").offset]", "\"abcb\"", "[[0,1,3]]"),
        (
            "capture(\"(?<y>\\\\d+)-(?<m>\\\\d+)\")",
            "\"on 2026-11\"",
            r#"[{"y":"2026","m":"11"}]"#,
        ),
        (
            "[scan(\"[a-z]+\")], [scan(\"(a)(b)\")]",
            "\"ab cd ab\"",
            r#"[["ab","cd","ab"],[["a","b"],["a","b"]]]"#,
        ),
        (
            "split(\", *\"; null // \"g\"), [splits(\", *\")]",
            "\"a, b,c\"",
            r#"[["a","b","c"],["a","b","c"]]"#,
        ),
        (
            "sub(\"b\"; \"X\"), gsub(\"b\"; \"X\"), gsub(\"(?<c>[bc])\"; \"<\\(.c)>\")",
            "\"abcb\"",
            r#"["aXcb","aXcX","a<b><c><b>"]"#,
        ),
        (
            "gsub(\"\"; \"-\"), gsub(\"^\"; \">\")",
            "\"ab\"",
            r#"["-a-b-",">ab"]"#,
        ),
        ("[match(\"\"; \"g\").offset]", "\"aä\"", "[[0,1,2]]"),
        ("gsub(\"\\\\s+\"; \" \")", "\"a  b\\n\\tc\"", r#"["a b c"]"#),
        (
            "test(\"\\\\bfoo\\\\b\"), test(\"^\\\\p{L}+$\")",
            "\"foo\"",
            "[true,true]",
        ),
        (
            "[match(\"a+?\"; \"g\").length], [match(\"a+?\"; \"gl\").length]",
            "\"aaa\"",
            "[[1,1,1],[3]]",
        ),
        (
            "test(\"A B\"; \"xi\"), test(\"a.b\"; \"s\")",
            "\"ab\"",
            "[true,false]",
        ),
        (
            "[match(\"a|ab\"; \"g\").string], [match(\"(a*)*\").string]",
            "\"aab\"",
            r#"[["a","a"],["aa"]]"#,
        ),
    ]);
    check(&[(
        r#"test("^\\w{1,64}@\\w{1,64}$")"#,
        "\"ann@example\"",
        "[true]",
    )]);
    let bad = outputs("test(\"(\")", &json!("a"));
    assert!(
        matches!(&bad, Err(EvalError::Failed { message }) if message.starts_with("invalid regex")),
        "{bad:?}"
    );
}

#[test]
fn numbers_follow_jaq_and_what_serde_json_holds() {
    check(&[
        (
            "9007199254740993, 18446744073709551615, -9223372036854775808",
            "null",
            "[9007199254740993,18446744073709551615,-9223372036854775808]",
        ),
        (". + 1", "9223372036854775807", "[9223372036854775808]"),
        (
            "100000000000000000001 | tostring",
            "null",
            r#"["100000000000000000001"]"#,
        ),
        ("100000000000000000001", "null", "[1e20]"),
        (
            "(100000000000000000001 - 100000000000000000000), 12345678901234567890123 % 10",
            "null",
            "[1,3]",
        ),
        ("1.10 | tostring", "null", r#"["1.10"]"#),
        (".a | tostring", r#"{"a": 1.10}"#, r#"["1.1"]"#),
        ("4 / 2, 1.0, 3 * 1.0, 1e3", "null", "[2.0,1.0,3.0,1000.0]"),
        ("0.1 + 0.2", "null", "[0.30000000000000004]"),
        (
            "floor, ceil, round, sqrt, pow(.; 2)",
            "2.5",
            "[2,3,3,1.5811388300841898,6.25]",
        ),
        ("[.[] | floor]", "[-1.5, 1e300]", "[[-2, 1e300]]"),
        (
            "[nan] | sort | length, (nan < nan), (nan == nan), ([nan, 1] | min | isnan)",
            "null",
            "[1,true,false,true]",
        ),
        (
            "infinite > 1, (infinite | isinfinite), abs",
            "-3",
            "[true,true,3]",
        ),
        (
            "\"123456789012345678901234567890\" | tonumber | tostring",
            "null",
            r#"["123456789012345678901234567890"]"#,
        ),
        (
            "log10, exp10, significand, logb, trunc",
            "100",
            "[2.0,1e100,1.5625,6.0,100.0]",
        ),
        ("5 % 0.5 | isnan | not", "null", "[true]"),
    ]);
    for source in [
        "nan",
        "infinite",
        "-infinite",
        "[1, {a: nan}]",
        "1e999",
        "1 / 0",
    ] {
        let outcome = super::value(source, &Value::Null);
        assert!(
            matches!(&outcome, Err(EvalError::Failed { message }) if message.contains("JSON cannot express")),
            "{source}: {outcome:?}"
        );
    }
    assert!(matches!(
        super::value("1 % 0", &Value::Null),
        Err(EvalError::Failed { .. })
    ));
}
