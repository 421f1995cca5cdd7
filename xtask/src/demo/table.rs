//! The table of orders.

use serde_json::Value;

use super::orders::Order;
use super::verdict::{Verdict, ending};

/// One row.
struct Row {
    cells: [String; 8],
}

const HEAD: [&str; 8] = [
    "order",
    "ended",
    "steps",
    "attempts",
    "fuel (M)",
    "peak memory (KiB)",
    "step time (ms)",
    "as expected",
];

pub(super) fn print(orders: &[Order], runs: &[Value], verdicts: &[Verdict]) {
    let rows: Vec<Row> = orders
        .iter()
        .zip(runs)
        .zip(verdicts)
        .map(|((order, run), verdict)| row(order, run, verdict))
        .collect();
    let mut widths = HEAD.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(&row.cells) {
            *width = cell.len().max(*width);
        }
    }
    let line = |cells: &[String]| {
        let padded = cells
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(i, (cell, width))| match i {
                0 | 1 => format!("{cell:width$}"),
                _ => format!("{cell:>width$}"),
            });
        println!("{}", padded.collect::<Vec<_>>().join("  "));
    };
    println!();
    line(&HEAD.map(str::to_owned));
    for row in &rows {
        line(&row.cells);
    }
    println!();
}

fn row(order: &Order, run: &Value, verdict: &Verdict) -> Row {
    let attempts = run["attempts"].as_array().map_or(&[][..], Vec::as_slice);
    let usage = |name: &str| {
        attempts
            .iter()
            .map(move |a| a["usage"][name].as_u64().unwrap_or(0))
            .collect::<Vec<_>>()
    };
    let mut steps: Vec<_> = attempts
        .iter()
        .filter_map(|a| a["idempotencyKey"].as_str())
        .collect();
    steps.sort_unstable();
    steps.dedup();
    let unknown = attempts.iter().filter(|a| a["fateUnknown"] == true).count();
    let tried = match unknown {
        0 => attempts.len().to_string(),
        n => format!("{} ({n} of unknown fate)", attempts.len()),
    };
    let wall: u64 = attempts.iter().filter_map(|a| a["wallUs"].as_u64()).sum();
    Row {
        cells: [
            order.id().to_owned(),
            ending(run),
            steps.len().to_string(),
            tried,
            format!("{:.1}", usage("fuel").iter().sum::<u64>() as f64 / 1e6),
            (usage("memoryBytes").into_iter().max().unwrap_or(0) / 1024).to_string(),
            (wall / 1000).to_string(),
            if verdict.passed { "yes" } else { "NO" }.to_owned(),
        ],
    }
}
