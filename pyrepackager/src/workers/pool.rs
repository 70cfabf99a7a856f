//! Shares requests out to worker processes, one per core.
//!
//! Each process has a thread that feeds it: it takes the next batch of requests that nobody has
//! taken, until none is left, so a process that got long modules gets fewer of them.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::WorkersError;
use super::process::Process;
use super::{Request, Work};
use crate::reporter::{Length, Reporter, Step};

/// Requests in a batch: enough to make waiting rare, few enough to spread the work.
const BATCH: usize = 8;

/// The outcome of the request at an index.
type Indexed<R> = (usize, <R as Request>::Outcome);

/// Worker processes for one kind of work. They live as long as [`Pool::run`].
#[derive(Clone, Copy, Debug)]
pub struct Pool<'a> {
    python: &'a Path,
    work: &'a Work,
    workers: usize,
    batch: usize,
}

impl<'a> Pool<'a> {
    /// A process of the interpreter `python` for each core.
    pub fn new(python: &'a Path, work: &'a Work) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Self { python, work, workers, batch: BATCH }
    }

    /// Another number of processes, and of requests in a batch.
    #[cfg(test)]
    pub fn sized(self, workers: usize, batch: usize) -> Self {
        Self { workers, batch, ..self }
    }

    /// Has all of `requests` worked on; the outcomes are in their order.
    pub fn run<R: Request>(
        &self,
        requests: &[&R],
        reporter: &dyn Reporter,
    ) -> Result<Vec<R::Outcome>, WorkersError> {
        let step = reporter.start(self.work.label, Length::Items(requests.len() as u64));
        let next = AtomicUsize::new(0);
        let feed = || self.feed(requests, &next, step.as_ref());
        let parts: Vec<Result<Vec<Indexed<R>>, WorkersError>> = std::thread::scope(|scope| {
            let workers = self.workers.min(requests.len().div_ceil(self.batch)).max(1);
            let threads: Vec<_> = (0..workers).map(|_| scope.spawn(feed)).collect();
            threads
                .into_iter()
                .map(|thread| match thread.join() {
                    Ok(result) => result,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect()
        });
        let mut outcomes = Vec::with_capacity(requests.len());
        for part in parts {
            outcomes.extend(part?);
        }
        outcomes.sort_by_key(|(index, _)| *index);
        Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
    }

    /// Feeds one process until no request is left.
    fn feed<R: Request>(
        &self,
        requests: &[&R],
        next: &AtomicUsize,
        step: &dyn Step,
    ) -> Result<Vec<Indexed<R>>, WorkersError> {
        let mut process = Process::start(self.python, self.work)?;
        let mut outcomes = Vec::new();
        loop {
            let start = next.fetch_add(self.batch, Ordering::Relaxed);
            let Some(rest) = requests.get(start..).filter(|rest| !rest.is_empty()) else {
                break;
            };
            let taken = &rest[..self.batch.min(rest.len())];
            let results = match process.exchange(taken) {
                Ok(results) => results,
                Err(source) => {
                    // The others need not go on.
                    next.store(requests.len(), Ordering::Relaxed);
                    return Err(process.broken(taken, source));
                }
            };
            outcomes.extend((start..).zip(results));
            step.advance(taken.len() as u64);
        }
        process.finish()?;
        Ok(outcomes)
    }
}
