//! One test for each fixture; one that is missing does not compile.

use segue_model::outcome::Stop;
use segue_model::problem::Kind;
use segue_model::{Grants, Outcome};
use segue_runtime::LogLevel;
use serde_json::{Value, json};

use super::harness::{Attempt, assert_stop, attempt, bytes, denied, output, refusal, runtime};

#[path = "../../fixtures/fixtures.rs"]
#[macro_use]
mod list;

macro_rules! has_a_test {
    ($name:ident) => {
        #[expect(unused_imports, reason = "only its existence matters")]
        use self::tests_of_fixtures::$name as _;
    };
}
for_each_fixture!(has_a_test);

/// Fuel that ends a runaway quickly.
const LITTLE_FUEL: u64 = 50_000_000;

fn plain(name: &str) -> Attempt {
    attempt(name, json!({"any": ["input", 1]}))
}

mod tests_of_fixtures {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    pub async fn echo() {
        let (report, heard) = plain("echo").heard_in(runtime()).await;
        assert_eq!(*output(&report), json!({"any": ["input", 1]}));
        let usage = report.usage;
        assert!(
            usage.fuel > 1_000 && usage.memory_bytes >= 64 << 10,
            "{usage:?}"
        );
        assert!(usage.host_calls >= 3 && usage.log_bytes > 0, "{usage:?}");
        assert_eq!(usage.output_bytes, r#"{"any":["input",1]}"#.len() as u64);
        let logs = heard.logs.lock().unwrap();
        assert_eq!(logs[0].0, LogLevel::Info);
        assert_eq!(logs[0].2, "attempt 1 of /do/0/run");
        let progress = heard.progress.lock().unwrap();
        let reports: Vec<_> = progress.iter().map(|(f, m)| (*f, m.as_str())).collect();
        assert_eq!(
            reports,
            [(Some(0.5), "half of it"), (Some(1.0), "all of it")]
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn counter() {
        let report = attempt("counter", json!({"n": 41})).run().await;
        assert_eq!(*output(&report), json!({"n": 42}));
        let refused = attempt("counter", json!({"n": u64::MAX})).run().await;
        let Outcome::StepError { retryable, .. } = refused.outcome else {
            panic!("{refused:?}")
        };
        assert!(!retryable);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn stamp() {
        let report = attempt("stamp", json!({"n": 41})).run().await;
        let output = output(&report);
        assert_eq!(output["n"], 42);
        // Without the grant that it declares it is pure, and sees the frozen clock.
        assert_eq!(output["seconds"], 1_750_000_000);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn clock_and_random() {
        let pure = plain("clock-and-random").run().await;
        let said = output(&pure);
        assert_eq!(said["wall_seconds"], 1_750_000_000);
        assert_eq!(said["wall_nanoseconds"], 123_000_000);
        let ticks: Vec<u64> = serde_json::from_value(said["monotonic"].clone()).unwrap();
        assert!(ticks[0] < ticks[1]);
        assert_eq!(ticks[1] - ticks[0], ticks[2] - ticks[1]);
        let again = plain("clock-and-random").run().await;
        assert_eq!((output(&again), again.usage), (said, pure.usage));
        let retry = plain("clock-and-random").number(2).run().await;
        assert_ne!(output(&retry)["random"], said["random"]);
        assert_ne!(output(&retry)["insecure"], said["insecure"]);

        let real = plain("clock-and-random").real().run().await;
        let other = plain("clock-and-random").real().run().await;
        assert_ne!(output(&real)["random"], output(&other)["random"]);
        assert!(output(&real)["wall_seconds"].as_u64() > Some(1_760_000_000));
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn python_step() {
        let input = json!("the quick brown fox jumps");
        let report = attempt("python-step", input.clone()).run().await;
        let said = output(&report);
        assert_eq!(said["time_ns"], 1_750_000_000_123_000_000u64);
        assert!(said["slept_ns"].as_u64() >= Some(50_000_000), "{said}");
        let again = attempt("python-step", input).run().await;
        assert_eq!((output(&again), again.usage), (said, report.usage));
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn sleeper() {
        let day = json!({"ms": 86_400_000});
        let pure = attempt("sleeper", day).run().await;
        let went_on = output(&pure)["clock_went_on_ns"].as_u64();
        assert!(went_on >= Some(86_400_000_000_000));
        assert!(pure.wall_us < 60_000_000);
        let real = attempt("sleeper", json!({"ms": 50})).real().run().await;
        assert!(output(&real)["clock_went_on_ns"].as_u64() >= Some(50_000_000));
        assert!(real.wall_us >= 50_000);
        let late = attempt("sleeper", json!({"ms": 60_000})).real();
        let late = late.limits(|l| l.time_ms = 100).run().await;
        assert_stop(&late, Stop::Deadline);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn http_get() {
        let refused = refusal("http-get").await;
        assert!(refused.is(Kind::ImportRefused), "{refused}");
        assert!(refused.to_string().contains("grants.http]]"), "{refused}");
        let plugin = runtime().inspect(&bytes("http-get"), &denied()).await;
        assert_eq!(plugin.unwrap().world, "segue:plugin/steps-with-http@0.1.0");
        let input = json!({"url": "http://127.0.0.1:9/"});
        let report = attempt("http-get", input).grants(denied()).run().await;
        let Outcome::Denied { detail } = report.outcome else {
            panic!("{report:?}")
        };
        assert!(
            detail.contains("[[plugins.http-get.grants.http]]"),
            "{detail}"
        );
        assert_eq!(report.usage.http_requests, 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn endless_loop() {
        let fuel = plain("endless-loop").limits(|l| l.fuel = LITTLE_FUEL);
        let report = fuel.run().await;
        assert_stop(&report, Stop::Fuel);
        assert_eq!(report.usage.fuel, LITTLE_FUEL);
        let time = plain("endless-loop").limits(|l| {
            l.fuel = u64::MAX;
            l.time_ms = 100;
        });
        let report = time.run().await;
        assert_stop(&report, Stop::Deadline);
        assert!(report.wall_us < 30_000_000, "{}", report.wall_us);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn endless_wait() {
        // In the deterministic world waiting ends at once, and the calls are counted.
        let pure = plain("endless-wait").limits(|l| l.host_calls = 10_000);
        assert_stop(&pure.run().await, Stop::HostCalls);
        let real = plain("endless-wait").real().limits(|l| l.time_ms = 100);
        assert_stop(&real.run().await, Stop::Deadline);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn loop_in_start() {
        let attempt = plain("loop-in-start").limits(|l| l.fuel = LITTLE_FUEL);
        assert_stop(&attempt.run().await, Stop::Fuel);
        let refused = refusal("loop-in-start").await;
        assert!(refused.is(Kind::BadDescription), "{refused}");
        assert!(refused.to_string().contains("out-of-fuel"), "{refused}");
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn memory_growth() {
        let limit = 32 << 20;
        let attempt = plain("memory-growth").limits(|l| l.memory_bytes = limit);
        let report = attempt.run().await;
        let detail = assert_stop(&report, Stop::Memory);
        assert!(detail.contains("memory-bytes"), "{detail}");
        assert!(report.usage.memory_bytes <= limit);
        assert!(report.usage.memory_bytes > limit / 2);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn table_growth() {
        assert_stop(&plain("table-growth").run().await, Stop::Table);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn handle_leak() {
        let report = plain("handle-leak").run().await;
        assert_stop(&report, Stop::HostCalls);
        assert!(report.usage.host_calls <= 1_100, "{:?}", report.usage);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn deep_recursion() {
        assert_stop(&plain("deep-recursion").run().await, Stop::Stack);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn trap() {
        let report = plain("trap").run().await;
        let detail = assert_stop(&report, Stop::Trap);
        assert!(
            detail.starts_with("plugin trap:0.1.0, step run: "),
            "{detail}"
        );
        assert!(detail.contains("wasm backtrace"), "{detail}");
        // Logs are not kept, so the problem itself says what the panic said.
        assert!(detail.contains("this fixture always fails"), "{detail}");
        let again = plain("trap").run().await;
        assert_eq!((again.outcome, again.usage), (report.outcome, report.usage));
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn panics_in_describe() {
        let refused = refusal("panics-in-describe").await;
        assert!(refused.is(Kind::BadDescription), "{refused}");
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn huge_output() {
        let roomy = |l: &mut segue_model::StepLimits| l.memory_bytes = 512 << 20;
        let report = plain("huge-output").limits(roomy).run().await;
        assert_stop(&report, Stop::Output);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn huge_error() {
        let roomy = |l: &mut segue_model::StepLimits| l.memory_bytes = 512 << 20;
        let report = plain("huge-error").limits(roomy).run().await;
        assert_stop(&report, Stop::Output);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn log_flood() {
        let flood = attempt("log-flood", json!({}));
        let (report, heard) = flood.heard_in(runtime()).await;
        assert_stop(&report, Stop::Log);
        assert!(report.usage.log_bytes <= segue_model::limits::LOG_BYTES_DEFAULT);
        let logs = heard.logs.lock().unwrap().clone();
        assert!(!logs.is_empty());
        let steers = |text: &str| text.contains(['\u{1b}', '\u{7}', '\0', '\r']);
        assert!(!logs.iter().any(|(_, c, m)| steers(c) || steers(m)));
        let few = attempt("log-flood", json!({"messages": 3, "bytes": 10}));
        assert_eq!(*output(&few.run().await), json!({"messages": 3}));
        let huge = attempt("log-flood", json!({"messages": 1, "bytes": 20_000_000}));
        assert_stop(&huge.run().await, Stop::HostCalls);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn bad_json() {
        assert_stop(&plain("bad-json").run().await, Stop::BadOutput);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn deep_json() {
        assert_stop(&plain("deep-json").run().await, Stop::BadOutput);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn invalid_utf8() {
        assert_stop(&plain("invalid-utf8").run().await, Stop::BadOutput);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn bad_realloc() {
        assert_stop(&plain("bad-realloc").run().await, Stop::Trap);
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn ungranted_import() {
        for grants in [Grants::default(), denied()] {
            let refused = runtime().inspect(&bytes("ungranted-import"), &grants).await;
            let refused = refused.unwrap_err();
            assert!(refused.is(Kind::ImportRefused), "{refused}");
            let import = Value::from("acme:vault/secrets@1.0.0");
            assert_eq!(refused.extensions["import"], import);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn wrong_world() {
        let refused = refusal("wrong-world").await;
        assert!(refused.is(Kind::WrongWorld), "{refused}");
        assert!(
            refused.to_string().contains("wasi:cli/run@0.2.12"),
            "{refused}"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn wrong_version() {
        let refused = refusal("wrong-version").await;
        assert!(refused.is(Kind::WrongVersion), "{refused}");
        assert!(refused.to_string().contains("9.0.0"), "{refused}");
    }

    #[tokio::test(flavor = "multi_thread")]
    pub async fn corrupt() {
        let refused = refusal("corrupt").await;
        assert!(refused.is(Kind::InvalidComponent), "{refused}");
    }
}
