//! `cargo xtask demo`: the order example in a running host that is killed in the middle, and
//! the proof that nobody was charged twice and nobody's stock was lost.
#![expect(
    clippy::indexing_slicing,
    reason = "JSON values are indexed by name; what is missing is null, and nothing panics"
)]

mod arrivals;
mod host;
mod orders;
mod services;
mod table;
mod verdict;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{build, files, plugins, say};
use host::Host;
use orders::Order;
use services::Services;
use verdict::Verdict;

/// The plugins of the example.
const PLUGINS: &[&str] = &["order", "pricing", "stock", "payment", "notify"];

/// Between recording and answering, so that a kill finds requests under way.
const SERVICE_DELAY: Duration = Duration::from_millis(60);

/// The host is killed for the first time when this many runs have ended.
const FIRST_KILL_AFTER: usize = 6;
/// And for the second time after this many.
const SECOND_KILL_AFTER: usize = 14;

/// All orders together, with two restarts, take seconds; this is a hang.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs the demonstration; an order or a check that did not pass is a failure.
pub(crate) fn run(workspace: &Workspace, _: &[String]) -> Result<(), Failure> {
    plugins::run(workspace, &[])?;
    build::run(workspace, &[])?;
    let folder = fresh_folder(workspace)?;
    let example = workspace.root().join("examples").join("order");
    let orders = orders::load(&example.join("orders.json"))?;

    say::step("starting the payment, stock and mail services of the example");
    let log = folder.join("arrivals.jsonl");
    let services = Services::start(&example, &log, SERVICE_DELAY)?;
    say::detail(&format!(
        "{}, arrivals in {}",
        services.url(),
        log.display()
    ));

    let mut host = Host::prepare(workspace, &folder, services.url())?;
    host.start()?;
    host.deploy(PLUGINS.iter().map(|name| workspace.guest(name)).collect())?;
    host.deploy(vec![example.join("order.yaml")])?;

    let kills = act(&mut host, &orders, &services)?;
    let runs = orders
        .iter()
        .map(|o| host.run_of(o))
        .collect::<Result<Vec<_>, _>>()?;
    let arrivals = arrivals::read(&log)?;
    let mut verdicts: Vec<Verdict> = orders.iter().zip(&runs).map(verdict::of_order).collect();
    table::print(&orders, &runs, &verdicts);
    verdicts.extend(arrivals.checks(&runs, &services)?);
    verdicts.push(Verdict::check(
        "the host was killed in the middle, twice",
        kills == 2,
    ));
    verdict::report(&verdicts)
}

/// Sends all orders, kills the host twice while they run, and waits until all have ended.
fn act(host: &mut Host, orders: &[Order], services: &Services) -> Result<usize, Failure> {
    say::step(&format!("sending {} orders", orders.len()));
    for order in orders {
        host.send(order, services.url())?;
    }
    let start = Instant::now();
    let mut kills = 0;
    loop {
        let ended = host.ended()?;
        let next_kill = [FIRST_KILL_AFTER, SECOND_KILL_AFTER].get(kills).copied();
        if next_kill.is_some_and(|after| ended >= after && ended < orders.len()) {
            host.kill()?;
            kills += 1;
            say::step(&format!(
                "killed the host with SIGKILL, {ended} of {} orders done",
                orders.len()
            ));
            host.start()?;
            say::detail("started it again; every order is sent again, with the same key");
            for order in orders {
                host.send(order, services.url())?;
            }
            continue;
        }
        if ended == orders.len() {
            return Ok(kills);
        }
        if start.elapsed() > PATIENCE {
            let mend = "look at the host's log in target/demo";
            return Err(Failure::new(format!("only {ended} orders ended in time")).mend(mend));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// `target/demo`, empty.
fn fresh_folder(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let folder = workspace.root().join("target").join("demo");
    files::fresh_folder(&folder)?;
    Ok(folder)
}
