//! How long calls from Rust take: `cargo run --release --example calls`.

use std::time::Instant;

use pywindll::{Convention, Options, ResultKind, Routine, Session, Symbol, Words};

/// Calls in a batch.
const BATCH: u32 = 100;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let session = Session::start(&Options::from_environment()?)?;
    let failed = |code: u32| format!("Windows' error {code}");
    let module = session.load_library("msvcrt.dll", 0)?.map_err(failed)?;
    let address = session.symbol(module, &Symbol::Name("abs"))?.map_err(failed)?;
    let thread = session.thread()?;
    let routine =
        Routine { address, result: ResultKind::Integer, use_last_error: false, use_errno: false };
    let mut words = Words::new(session.pointer_size(), Convention::Cdecl);
    words.word(5)?;
    let single = median(20_000, || thread.call_words(&routine, &words).map(|_| ()))?;
    let calls: Vec<_> = (0..BATCH).map(|_| (routine, words.clone())).collect();
    let batch = median(2_000, || thread.batch(&calls).map(|_| ()))?;
    println!(
        "{single:.2} microseconds a call, {:.3} a call in a batch of {BATCH}",
        batch / f64::from(BATCH)
    );
    Ok(())
}

/// The median of single runs, in microseconds.
fn median<E>(count: usize, mut run: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let begin = Instant::now();
        run()?;
        times.push(begin.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[count / 2])
}
