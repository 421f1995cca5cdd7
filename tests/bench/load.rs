//! A load generator for the control API: so many connections, each of which starts a run, waits
//! for its end, checks the answer and starts the next. One thread, so that it takes little from
//! the host beside it.
//!
//! `load ADDRESS TOKEN WORKFLOW CONNECTIONS RUNS` prints one line of JSON: how many runs, how
//! many of them failed, how long it took, and the median and the 99th percentile of one run in
//! microseconds. A tenth as many runs warm up before.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark: it measures, prints, and may stop at the first surprise"
)]

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// What every run of workload W adds to its number.
const STEPS: u64 = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, token, workflow, connections, runs] = arguments.as_slice() else {
        eprintln!("load ADDRESS TOKEN WORKFLOW CONNECTIONS RUNS");
        std::process::exit(2);
    };
    let (connections, runs) = (connections.parse().unwrap(), runs.parse().unwrap());
    let target = Rc::new(Target {
        address: address.clone(),
        head: format!(
            "POST /v1/runs?wait=50 HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        ),
        workflow: workflow.clone(),
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let local = LocalSet::new();
    let result = local.block_on(&runtime, async {
        round(&target, connections, runs / 10).await;
        round(&target, connections, runs).await
    });
    println!("{}", result.line());
}

/// Where runs are started.
struct Target {
    address: String,
    head: String,
    workflow: String,
}

/// What one round saw.
struct Round {
    times: Vec<Duration>,
    failed: usize,
    took: Duration,
}

impl Round {
    fn line(mut self) -> String {
        self.times.sort_unstable();
        let at = |part: usize| {
            let index = (self.times.len() * part / 100).min(self.times.len().saturating_sub(1));
            self.times.get(index).map_or(0, Duration::as_micros)
        };
        format!(
            "{{\"runs\": {}, \"failed\": {}, \"seconds\": {:.3}, \"p50_us\": {}, \"p99_us\": {}}}",
            self.times.len(),
            self.failed,
            self.took.as_secs_f64(),
            at(50),
            at(99)
        )
    }
}

async fn round(target: &Rc<Target>, connections: usize, runs: usize) -> Round {
    let left = Rc::new(Cell::new(runs));
    let start = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|number| {
            let (target, left) = (Rc::clone(target), Rc::clone(&left));
            tokio::task::spawn_local(async move { client(&target, number as u64, &left).await })
        })
        .collect();
    let (mut times, mut failed) = (Vec::with_capacity(runs), 0);
    for task in tasks {
        let (of_one, failures) = task.await.unwrap();
        times.extend(of_one);
        failed += failures;
    }
    let took = start.elapsed();
    Round {
        times,
        failed,
        took,
    }
}

/// One connection: runs one after the other, while there are any left to do.
async fn client(target: &Target, number: u64, left: &Cell<usize>) -> (Vec<Duration>, usize) {
    let mut stream = TcpStream::connect(&target.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut times, mut failed, mut buffer) = (Vec::new(), 0, Vec::with_capacity(16 << 10));
    let mut n = number * 1_000_000;
    while left.get() > 0 {
        left.set(left.get() - 1);
        n += 1;
        let body = format!(
            "{{\"workflow\": \"{}\", \"input\": {{\"n\": {n}}}}}",
            target.workflow
        );
        let request = format!(
            "{}content-length: {}\r\n\r\n{body}",
            target.head,
            body.len()
        );
        let start = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = answer(&mut stream, &mut buffer).await;
        times.push(start.elapsed());
        if !is_right(answer, n) {
            failed += 1;
            if failed == 1 {
                eprintln!("not the answer: {}", String::from_utf8_lossy(answer));
            }
        }
    }
    (times, failed)
}

/// Reads one answer with a `Content-Length`, head and all.
async fn answer<'b>(stream: &mut TcpStream, buffer: &'b mut Vec<u8>) -> &'b [u8] {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.unwrap();
        assert!(read > 0, "the host closed the connection");
        let Some(head) = find(buffer, b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(&buffer[..head]).unwrap().to_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .expect("an answer with its length");
        if buffer.len() >= head + 4 + length.trim().parse::<usize>().unwrap() {
            return buffer;
        }
    }
}

/// Whether the run completed, with the number that five steps make.
fn is_right(answer: &[u8], n: u64) -> bool {
    let output = format!("\"output\":{{\"n\":{}", n + STEPS);
    answer.starts_with(b"HTTP/1.1 200 ")
        && find(answer, output.as_bytes())
            .and_then(|at| answer.get(at + output.len()))
            .is_some_and(|next| !next.is_ascii_digit())
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}
