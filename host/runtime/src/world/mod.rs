//! The world a guest sees: clocks, waiting and randomness, either a function of recorded
//! values (pure steps) or real (effectful ones).

pub(crate) mod clock;
pub(crate) mod io;
pub(crate) mod random;

use segue_model::{Digest, Seed, Timestamp, World};

use clock::Clock;
use random::Source;

/// What the wall clock says while a component is instantiated: 2024-01-01T00:00:00Z.
/// Some fixed moment that language runtimes find plausible.
const INSTANTIATION_TIME: Timestamp = Timestamp(1_704_067_200_000);

/// Clocks and randomness of one sandbox.
///
/// It starts in the instantiation world, which depends on the component's digest alone, so
/// that a sandbox made ahead of need equals a fresh one; [`SandboxWorld::enter`] switches to
/// the world of the attempt at the call.
#[derive(Debug)]
pub(crate) struct SandboxWorld {
    pub(crate) clock: Clock,
    pub(crate) random: Source,
}

impl SandboxWorld {
    /// The world in which a component is instantiated.
    pub(crate) fn instantiation(component: &Digest) -> Self {
        let seed = Seed(*component.as_bytes()).derive(&[b"segue instantiation 1"]);
        SandboxWorld {
            clock: Clock::frozen(INSTANTIATION_TIME),
            random: Source::seeded(seed),
        }
    }

    /// Switches to the world of an attempt. `place` tells it from all others of the run
    /// (run, task, iteration, attempt).
    pub(crate) fn enter(&mut self, world: World, place: &[&[u8]]) {
        match world {
            World::Deterministic { now, seed } => {
                self.clock.freeze_at(now);
                self.random = Source::seeded(seed.derive(place));
            }
            World::Real => {
                self.clock.go_real();
                self.random = Source::operating_system();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(world: &mut SandboxWorld) -> Vec<u8> {
        world.random.bytes(16).unwrap()
    }

    #[test]
    fn instantiation_depends_on_the_component_alone() {
        let a = Digest::of(b"a");
        let same = bytes(&mut SandboxWorld::instantiation(&a));
        assert_eq!(same, bytes(&mut SandboxWorld::instantiation(&a)));
        assert_ne!(
            same,
            bytes(&mut SandboxWorld::instantiation(&Digest::of(b"b")))
        );
    }

    #[test]
    fn every_attempt_has_its_own_randomness() {
        let enter = |attempt: u8| {
            let mut world = SandboxWorld::instantiation(&Digest::of(b"a"));
            let deterministic = World::Deterministic {
                now: Timestamp(5),
                seed: Seed([7; 32]),
            };
            world.enter(deterministic, &[b"run", &[attempt]]);
            bytes(&mut world)
        };
        assert_eq!(enter(1), enter(1));
        assert_ne!(enter(1), enter(2));
    }
}
