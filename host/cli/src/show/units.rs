//! Numbers as people read them.

/// Bytes in binary units: `512 B`, `1.5 MiB`.
pub(crate) fn bytes(n: u64) -> String {
    scaled(n, 1024, &["B", "KiB", "MiB", "GiB", "TiB"])
}

/// A count in decimal units: `512`, `1.5 M`.
pub(crate) fn count(n: u64) -> String {
    scaled(n, 1000, &["", "k", "M", "G", "T"])
        .trim_end()
        .to_owned()
}

/// Microseconds as a time: `350 µs`, `12 ms`, `1.2 s`, `3 min 05 s`.
pub(crate) fn micros(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..10_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", us / 1_000),
        1_000_000..60_000_000 => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
        _ => format!(
            "{} min {:02} s",
            us / 60_000_000,
            us % 60_000_000 / 1_000_000
        ),
    }
}

fn scaled(n: u64, step: u64, units: &[&str]) -> String {
    let (mut whole, mut tenth, mut unit) = (n, 0, 0);
    while whole >= step && unit + 1 < units.len() {
        tenth = whole % step * 10 / step;
        whole /= step;
        unit += 1;
    }
    let name = units.get(unit).copied().unwrap_or_default();
    match (unit, whole) {
        (1.., 0..10) => format!("{whole}.{tenth} {name}"),
        _ => format!("{whole} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well_at_every_size() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(64 << 20), "64 MiB");
        assert_eq!(bytes(u64::MAX), "16777215 TiB");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_500_000), "1.5 M");
        assert_eq!(micros(350), "350 µs");
        assert_eq!(micros(1_250), "1.2 ms");
        assert_eq!(micros(1_250_000), "1.2 s");
        assert_eq!(micros(185_000_000), "3 min 05 s");
    }
}
