//! Outgoing HTTP against real servers on loopback: what reaches them, and what must not.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use segue_model::outcome::Stop;
use segue_model::{AttemptReport, Grants, HttpGrant, Outcome};
use segue_runtime::{Resolve, Resolving, Runtime};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::harness::{Attempt, assert_stop, attempt, options, output, runtime};

/// How a server answers.
#[derive(Clone, Copy)]
enum Answer {
    Hello,
    Redirect,
    Endless,
    Never,
}

/// A real HTTP server that keeps what it was sent.
struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = kept.clone();
                tokio::spawn(async move { serve(stream, answer, &kept).await });
            }
        });
        Server { address, requests }
    }

    fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/pay?x=1", self.address.port())
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The values of a header field, over all requests.
    fn field(&self, name: &str) -> Vec<String> {
        let prefix = format!("{name}: ");
        let requests = self.requests();
        let lines = requests.iter().flat_map(|r| r.lines());
        lines
            .filter_map(|line| line.to_lowercase().strip_prefix(&prefix).map(str::to_owned))
            .collect()
    }

    fn grant(&self, host: &str, allow_private: bool) -> Grants {
        let grant = HttpGrant {
            scheme: "http".to_owned(),
            host: host.to_owned(),
            port: self.address.port(),
            allow_private,
        };
        Grants {
            http: vec![grant],
            deny: Vec::new(),
        }
    }
}

/// Reads one request, head and as much body as it announces, and answers.
async fn serve(mut stream: TcpStream, answer: Answer, kept: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !complete(&request) {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            break;
        }
        request.extend_from_slice(&buffer[..n]);
    }
    kept.lock()
        .unwrap()
        .push(String::from_utf8_lossy(&request).into_owned());
    match answer {
        Answer::Hello => {
            stream
                .write_all(
                    b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello",
                )
                .await
        }
        Answer::Redirect => stream
            .write_all(
                b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            )
            .await,
        Answer::Endless => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n")
                .await?;
            loop {
                stream.write_all(&[b'x'; 4096]).await?;
            }
        }
        Answer::Never => {
            let _ = stream.read(&mut buffer).await?;
            Ok(())
        }
    }
}

/// Whether head and body of a request are there (`content-length` or chunked).
fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    if head.contains("transfer-encoding: chunked") {
        return body.ends_with("0\r\n\r\n");
    }
    let length = head
        .lines()
        .find_map(|l| l.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |l| l.parse().unwrap())
}

/// A resolver that answers from a table.
struct Table(HashMap<&'static str, Vec<IpAddr>>);

impl Resolve for Table {
    fn resolve(&self, host: &str) -> Resolving {
        let found = self.0.get(host).cloned();
        let missing = || io::Error::other("no such host");
        Box::pin(async move { found.ok_or_else(missing) })
    }
}

fn runtime_with(table: &[(&'static str, &[&str])]) -> Runtime {
    let parse = |list: &[&str]| list.iter().map(|a| a.parse().unwrap()).collect();
    let mut options = options();
    options.resolver = Arc::new(Table(table.iter().map(|(h, a)| (*h, parse(a))).collect()));
    Runtime::new(options).expect("a runtime")
}

fn get(url: &str) -> Attempt {
    attempt("http-get", json!({ "url": url })).real()
}

fn denial(report: &AttemptReport) -> &str {
    match &report.outcome {
        Outcome::Denied { detail } => detail,
        other => panic!("expected a denial, got {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_granted_request_arrives_with_its_idempotency_key() {
    let server = Server::start(Answer::Hello).await;
    let url = server.url("127.0.0.1");
    let grants = server.grant("127.0.0.1", true);
    let send = |number| get(&url).grants(grants.clone()).number(number);
    let report = send(1).run().await;
    assert_eq!(output(&report)["status"], 200, "{report:?}");
    assert_eq!(output(&report)["body"], "hello");
    assert_eq!(report.usage.http_requests, 1);
    send(2).run().await;
    let keys = server.field("idempotency-key");
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1], "the key is stable over attempts");
    let key = send(1).invocation.context.idempotency_key;
    assert!(keys[0].starts_with(key.as_str()), "{keys:?}");
    assert_eq!(server.field("host")[0], server.address.to_string());
    assert!(server.requests()[0].starts_with("GET /pay?x=1 HTTP/1.1\r\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_one_attempt_have_keys_of_their_own() {
    let server = Server::start(Answer::Hello).await;
    let input = json!({"url": server.url("127.0.0.1"), "body": "{}", "times": 3});
    let send = attempt("http-get", input)
        .real()
        .grants(server.grant("127.0.0.1", true));
    let report = send.run().await;
    assert_eq!(report.usage.http_requests, 3, "{report:?}");
    let mut keys = server.field("idempotency-key");
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3);
    assert!(server.requests()[2].ends_with("{}") || server.requests()[2].contains("{}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_keeps_its_own_key_and_cannot_set_the_hosts_fields() {
    let server = Server::start(Answer::Hello).await;
    let send = |name: &str, value: &str| {
        let input = json!({"url": server.url("127.0.0.1"), "headers": {name: value}});
        attempt("http-get", input)
            .real()
            .grants(server.grant("127.0.0.1", true))
            .run()
    };
    assert_eq!(
        output(&send("idempotency-key", "mine").await)["status"],
        200
    );
    assert_eq!(server.field("idempotency-key"), ["mine"]);
    for name in [
        "host",
        "connection",
        "proxy-authorization",
        "transfer-encoding",
        "te",
    ] {
        let report = send(name, "evil").await;
        assert!(
            !matches!(report.outcome, Outcome::Completed { .. }),
            "{name}: {report:?}"
        );
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_without_a_grant_for_scheme_host_and_port() {
    let server = Server::start(Answer::Hello).await;
    let other = Server::start(Answer::Hello).await;
    let grants = server.grant("127.0.0.1", true);
    let https = server.url("127.0.0.1").replace("http:", "https:");
    for url in [other.url("127.0.0.1"), server.url("localhost"), https] {
        let report = get(&url).grants(grants.clone()).run().await;
        let detail = denial(&report);
        assert!(
            detail.contains("[[plugins.http-get.grants.http]]"),
            "{detail}"
        );
    }
    assert!(server.requests().is_empty() && other.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_needs_its_own_permission_however_it_is_reached() {
    let server = Server::start(Answer::Hello).await;
    let names: [(&str, &[&str]); 6] = [
        ("loop.test", &["127.0.0.1"]),
        ("mapped.test", &["::ffff:127.0.0.1"]),
        ("any.test", &["0.0.0.0"]),
        ("meta.test", &["169.254.169.254"]),
        ("both.test", &["10.0.0.1", "127.0.0.1"]),
        ("six.test", &["::1"]),
    ];
    let runtime = runtime_with(&names);
    let literals = [
        "127.0.0.1",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "[::1]",
        "169.254.169.254",
    ];
    for host in names.iter().map(|(name, _)| *name).chain(literals) {
        let bare = host.trim_matches(['[', ']']);
        let attack = get(&server.url(host)).grants(server.grant(bare, false));
        let report = attack.run_in(&runtime).await;
        assert!(
            denial(&report).contains("allow-private = true"),
            "{host}: {report:?}"
        );
    }
    assert!(server.requests().is_empty());
    let allowed = get(&server.url("loop.test")).grants(server.grant("loop.test", true));
    assert_eq!(output(&allowed.run_in(&runtime).await)["status"], 200);
    assert_eq!(
        server.field("host"),
        [format!("loop.test:{}", server.address.port())]
    );
}

/// A resolver that gives a good answer first and a bad one ever after.
struct Rebinding(AtomicU32);

impl Resolve for Rebinding {
    fn resolve(&self, _: &str) -> Resolving {
        let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        let address = if first { "127.0.0.1" } else { "127.0.0.2" };
        Box::pin(async move { Ok(vec![address.parse().unwrap()]) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_that_was_checked_is_the_one_that_is_dialled() {
    let server = Server::start(Answer::Hello).await;
    let resolver = Arc::new(Rebinding(AtomicU32::new(0)));
    let mut options = options();
    options.resolver = resolver.clone();
    let runtime = Runtime::new(options).unwrap();
    let send = || get(&server.url("rebind.test")).grants(server.grant("rebind.test", true));
    assert_eq!(output(&send().run_in(&runtime).await)["status"], 200);
    let asked = resolver.0.load(Ordering::SeqCst);
    assert_eq!(asked, 1, "one request asks once");
    // Nobody listens there, and nobody is asked a second time.
    let second = send().run_in(&runtime).await;
    assert!(matches!(second.outcome, Outcome::StepError { .. }));
    assert_eq!(resolver.0.load(Ordering::SeqCst), 2);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_spellings_of_an_address_are_no_way_around() {
    let server = Server::start(Answer::Hello).await;
    for host in ["2130706433", "0x7f000001", "017700000001", "127.1"] {
        // As a name that was granted, without the right to private addresses.
        let attack = get(&server.url(host)).grants(server.grant(host, false));
        let report = attack.run().await;
        assert!(
            !matches!(report.outcome, Outcome::Completed { .. }),
            "{host}: {report:?}"
        );
    }
    let disguised = format!("http://granted.test@127.0.0.1:{}/", server.address.port());
    let attack = get(&disguised).grants(server.grant("granted.test", true));
    let report = attack.run().await;
    assert!(
        !matches!(report.outcome, Outcome::Completed { .. }),
        "{report:?}"
    );
    assert!(server.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed() {
    let server = Server::start(Answer::Redirect).await;
    let send = get(&server.url("127.0.0.1")).grants(server.grant("127.0.0.1", true));
    let report = send.run().await;
    assert_eq!(output(&report)["status"], 302);
    assert_eq!(report.usage.http_requests, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_body_ends_at_the_limit() {
    let server = Server::start(Answer::Endless).await;
    let send = get(&server.url("127.0.0.1"))
        .grants(server.grant("127.0.0.1", true))
        .limits(|l| l.http_bytes = 1 << 20);
    let report = send.run().await;
    let detail = assert_stop(&report, Stop::HostCalls);
    assert!(detail.contains("http-bytes"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_costs_the_exchanges_time() {
    let server = Server::start(Answer::Never).await;
    let send = get(&server.url("127.0.0.1"))
        .grants(server.grant("127.0.0.1", true))
        .limits(|l| l.http_time_ms = 100);
    let report = send.run().await;
    assert!(
        matches!(report.outcome, Outcome::StepError { .. }),
        "{report:?}"
    );
    let send = get(&server.url("127.0.0.1"))
        .grants(server.grant("127.0.0.1", true))
        .limits(|l| l.time_ms = 100);
    assert_stop(&send.run().await, Stop::Deadline);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_stopped() {
    let server = Server::start(Answer::Hello).await;
    let input = json!({"url": server.url("127.0.0.1"), "times": 10});
    let send = attempt("http-get", input)
        .real()
        .grants(server.grant("127.0.0.1", true))
        .limits(|l| l.http_requests = 4);
    let report = send.run().await;
    let detail = assert_stop(&report, Stop::HostCalls);
    assert!(detail.contains("http-requests"), "{detail}");
    assert_eq!(
        (server.requests().len(), report.usage.http_requests),
        (4, 4)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_name_that_leads_nowhere_is_an_error_of_the_step() {
    let server = Server::start(Answer::Hello).await;
    let runtime = runtime_with(&[]);
    let send = get(&server.url("gone.test")).grants(server.grant("gone.test", false));
    let report = send.run_in(&runtime).await;
    assert!(
        matches!(report.outcome, Outcome::StepError { .. }),
        "{report:?}"
    );
    let nobody = get("http://127.0.0.1:1/").grants(Grants {
        http: vec![HttpGrant {
            scheme: "http".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 1,
            allow_private: true,
        }],
        deny: Vec::new(),
    });
    let report = nobody.run_in(super::harness::runtime()).await;
    assert!(
        matches!(report.outcome, Outcome::StepError { .. }),
        "{report:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pure_step_has_no_network_whatever_it_was_granted_before() {
    let server = Server::start(Answer::Hello).await;
    let input: Value = json!({"url": server.url("127.0.0.1")});
    let report = attempt("http-get", input).run_in(runtime()).await;
    denial(&report);
    assert!(server.requests().is_empty());
}
