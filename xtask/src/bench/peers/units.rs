//! Quantities as a person would say them.

use std::time::Duration;

/// A time in seconds as a person would say it.
pub fn time(seconds: f64) -> String {
    let time = Duration::from_secs_f64(seconds);
    match seconds {
        0.0..0.1 => format!("{:.1} ms", seconds * 1e3),
        0.1..1.0 => format!("{} ms", time.as_millis()),
        1.0..100.0 => format!("{seconds:.1} s"),
        _ => format!("{seconds:.0} s"),
    }
}

/// A number of bytes as a person would say it.
pub fn size(bytes: f64) -> String {
    if bytes < 1e5 { format!("{:.1} kB", bytes / 1e3) } else { format!("{:.1} MB", bytes / 1e6) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_will_do() {
        assert_eq!(
            [0.0062, 0.125, 1.5, 250.0].map(time),
            ["6.2 ms", "125 ms", "1.5 s", "250 s"].map(str::to_owned)
        );
        assert_eq!([7_180.0, 24_312_296.0].map(size), ["7.2 kB", "24.3 MB"].map(str::to_owned));
    }
}
