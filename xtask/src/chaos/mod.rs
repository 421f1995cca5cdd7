//! `cargo xtask chaos`: the real host under mixed load, killed with SIGKILL at random instants,
//! and the proof that nothing that it acknowledged was lost and nothing durable was done again.
//!
//! ```text
//! options    the command line
//! work       what runs do: the workflows of the load, and what each must come to
//! service    the other side: logs raw arrivals, and never deduplicates
//! place      where the host is at the moment; killing and starting it
//! client     starts runs, publishes events, remembers what was acknowledged
//! verdict    journals and answers against arrivals
//! ```
#![expect(
    clippy::indexing_slicing,
    reason = "JSON values are indexed by name; what is missing is null, and nothing panics"
)]

mod client;
mod options;
mod place;
mod random;
mod service;
mod verdict;
mod work;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{build, files, plugins, say};
use client::Client;
use options::Options;
use place::Place;
use random::Random;
use service::Service;

/// Clients at once: enough to have all kinds of work in flight on a small machine.
const CLIENTS: u64 = 6;
/// The host lives so long at least and at most between two kills, once it is ready.
const LIFE: (Duration, Duration) = (Duration::from_millis(30), Duration::from_millis(700));

/// Kills the host, then looks at everything that was acknowledged.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let options = Options::read(arguments)?;
    plugins::run(workspace, &[])?;
    let program = match options.sabotage {
        false => {
            build::run(workspace, &[])?;
            workspace.segue()
        }
        true => place::sabotaged(workspace)?,
    };
    let folder = workspace.root().join("target").join("chaos");
    files::fresh_folder(&folder)?;
    let service = Service::start()?;
    let place = Place::start(&folder, program, &service)?;
    work::deploy(workspace, &place, &service)?;
    say::step("one run of each kind before the first kill");
    let stop = AtomicBool::new(false);
    let mut first = Client::new(CLIENTS, options.seed);
    for kind in work::Kind::ALL {
        first.start(&place, &stop, kind);
    }
    verdict::judge(&place, &service, std::slice::from_ref(&first))?;
    say::step(&format!("{} kills, seed {}", options.kills, options.seed));
    let mut clients = load(&place, &options)?;
    clients.push(first);
    say::step("waiting for every run that was acknowledged");
    let verdict = verdict::judge(&place, &service, &clients)?;
    verdict.report(options.kills);
    match (verdict.is_clean(), options.sabotage) {
        (true, false) => Ok(()),
        (false, true) => {
            say::detail("the sabotage was caught");
            Ok(())
        }
        (false, false) => Err(Failure::new("the host broke its promises").mend(format!(
            "again: `cargo xtask chaos --kills {} --seed {}`",
            options.kills, options.seed
        ))),
        (true, true) => Err(Failure::new(
            "the host acknowledged before its commits were on disk, and nothing noticed",
        )
        .mend("more kills: `--kills N`")),
    }
}

/// Clients work while the host is killed again and again.
fn load(place: &Place, options: &Options) -> Result<Vec<Client>, Failure> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let mut client = Client::new(number, options.seed);
                let stop = &stop;
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        client.turn(place, stop);
                    }
                    client
                })
            })
            .collect();
        let killed = kill(place, options);
        stop.store(true, Ordering::Relaxed);
        let clients = workers.into_iter().map(|worker| {
            worker
                .join()
                .map_err(|_| Failure::new("a client stopped in the middle"))
        });
        let clients = clients.collect::<Result<Vec<_>, _>>()?;
        killed.map(|()| clients)
    })
}

fn kill(place: &Place, options: &Options) -> Result<(), Failure> {
    let mut random = Random::new(options.seed);
    let (shortest, longest) = LIFE;
    for number in 1..=options.kills {
        let more = random.below((longest - shortest).as_millis() as u64);
        std::thread::sleep(shortest + Duration::from_millis(more));
        place.kill_and_start()?;
        if number % 50 == 0 {
            say::detail(&format!("{number} kills"));
        }
    }
    Ok(())
}
