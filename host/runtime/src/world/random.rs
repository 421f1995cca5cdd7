//! Randomness: a byte stream from a seed for pure steps, the operating system's for
//! effectful ones. `wasi:random/insecure` draws from the same source.

use segue_model::Seed;
use segue_model::outcome::Stop;
use wasmtime::component::HasData;
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use crate::stop::{HostFailure, StopSignal};

/// The most random bytes that one call may ask for: enough for any key or buffer, and the
/// host allocates no more at once.
const RANDOM_BYTES_MAX: u64 = 64 << 10;

/// Where random bytes come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// SHA-256 over the seed and a counter, block by block.
    Seeded(Box<Stream>),
    /// The operating system.
    OperatingSystem,
}

#[derive(Debug)]
pub(crate) struct Stream {
    seed: Seed,
    counter: u64,
    block: [u8; 32],
    /// How much of `block` was handed out.
    used: usize,
}

impl Stream {
    fn next(&mut self) -> u8 {
        if self.used == self.block.len() {
            self.block = self.seed.derive(&[&self.counter.to_be_bytes()]).0;
            self.counter = self.counter.wrapping_add(1);
            self.used = 0;
        }
        let byte = self.block.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }
}

impl Source {
    pub(crate) fn seeded(seed: Seed) -> Self {
        Source::Seeded(Box::new(Stream {
            seed,
            counter: 0,
            block: [0; 32],
            used: 32,
        }))
    }

    pub(crate) fn operating_system() -> Self {
        Source::OperatingSystem
    }

    fn fill(&mut self, bytes: &mut [u8]) -> wasmtime::Result<()> {
        match self {
            Source::Seeded(stream) => bytes.iter_mut().for_each(|b| *b = stream.next()),
            Source::OperatingSystem => getrandom::fill(bytes)
                .map_err(|e| HostFailure(format!("the system gave no randomness: {e}")))?,
        }
        Ok(())
    }

    /// That many random bytes, at most [`RANDOM_BYTES_MAX`].
    pub(crate) fn bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        if len > RANDOM_BYTES_MAX {
            let detail = format!(
                "{len} random bytes asked for at once, {RANDOM_BYTES_MAX} allowed; ask for less, more often"
            );
            return Err(StopSignal::new(Stop::HostCalls, detail).into());
        }
        let mut bytes = vec![0; usize::try_from(len)?];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn number(&mut self) -> wasmtime::Result<u64> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

/// Names [`Source`] to the linker.
pub(crate) struct HasRandom;

impl HasData for HasRandom {
    type Data<'a> = &'a mut Source;
}

impl random::Host for Source {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.bytes(len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.number()
    }
}

impl insecure::Host for Source {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.bytes(len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.number()
    }
}

impl insecure_seed::Host for Source {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.number()?, self.number()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_stream_however_it_is_cut() {
        let mut whole = Source::seeded(Seed([1; 32]));
        let mut cut = Source::seeded(Seed([1; 32]));
        let mut parts = cut.bytes(1).unwrap();
        parts.extend(cut.bytes(70).unwrap());
        assert_eq!(whole.bytes(71).unwrap(), parts);
    }

    #[test]
    fn the_stream_does_not_repeat_its_blocks() {
        let bytes = Source::seeded(Seed([2; 32])).bytes(64).unwrap();
        assert_ne!(bytes[..32], bytes[32..]);
    }

    #[test]
    fn too_many_bytes_at_once_stop_the_guest() {
        let error = Source::operating_system()
            .bytes(RANDOM_BYTES_MAX + 1)
            .unwrap_err();
        assert!(error.is::<StopSignal>());
        assert_eq!(Source::operating_system().bytes(8).unwrap().len(), 8);
    }
}
