//! What the worker processes do, and which scans are kept. `scan.py` and `conditions.py` are their
//! part.

use super::error::ImportsError;
use super::model::Scan;
use crate::cache::Cache;
use crate::digest::Hasher;
use crate::distribution::Distribution;
use crate::reporter::Reporter;
use crate::workers::{Keyed, Pool, Request, Store, Work, WorkersError};

/// Changes when `scan.py` or `conditions.py` says something else about the same module.
const GENERATION: &[u8] = b"pyrepackager imports 1";

const WORK: Work = Work {
    label: "Looking for imports",
    verb: "looked for the imports of",
    modules: &[("conditions", include_str!("conditions.py")), ("scan", include_str!("scan.py"))],
    options: &[],
};

/// A module to look into.
pub struct ScanRequest {
    /// Full dotted name, for messages: it does not decide what the module says.
    pub name: String,
    /// Whether it is the `__init__.py` of a package.
    pub is_package: bool,
    /// The file's bytes.
    pub source: Vec<u8>,
}

impl Keyed for ScanRequest {
    fn add_to(&self, key: &mut Hasher) {
        key.add(&[u8::from(self.is_package)]);
        key.add_block(&self.source);
    }
}

impl Request for ScanRequest {
    /// What [`parse`] reads. It is kept as it is.
    type Outcome = Vec<u8>;

    fn name(&self) -> &str {
        &self.name
    }

    fn encode(&self) -> Vec<u8> {
        [&[u8::from(self.is_package)], self.source.as_slice()].concat()
    }

    fn decode(&self, reply: Vec<u8>) -> std::io::Result<Vec<u8>> {
        parse(&reply).map(|_| reply).ok_or_else(|| std::io::ErrorKind::InvalidData.into())
    }
}

fn parse(reply: &[u8]) -> Option<Scan> {
    serde_json::from_slice(reply).ok()
}

/// Scans modules; the scans are in the order of the requests.
pub fn scan(
    distribution: &Distribution,
    requests: &[ScanRequest],
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Vec<Scan>, ImportsError> {
    let store = store(cache, distribution)?;
    let kept = store.load(requests).into_iter();
    let mut scans: Vec<Option<Scan>> = kept.map(|kept| parse(&kept?)).collect();
    let missing: Vec<usize> = (0..requests.len()).filter(|&i| scans[i].is_none()).collect();
    if !missing.is_empty() {
        let new: Vec<&ScanRequest> = missing.iter().map(|&index| &requests[index]).collect();
        let replies = Pool::new(&distribution.python_exe, &WORK).run(&new, reporter)?;
        let made: Vec<_> = new.into_iter().zip(replies.iter().map(Vec::as_slice)).collect();
        store.save(&made)?;
        for (index, reply) in missing.into_iter().zip(&replies) {
            scans[index] = parse(reply);
        }
    }
    Ok(scans.into_iter().flatten().collect())
}

/// The kept scans. Conditions are decided for the interpreter that makes the scans.
fn store(cache: &Cache, distribution: &Distribution) -> Result<Store, WorkersError> {
    let mut interpreter = Hasher::default();
    interpreter.add(GENERATION);
    interpreter.add_block(distribution.full_version.as_bytes());
    interpreter.add_block(distribution.target_triple.as_bytes());
    Store::open(cache, "imports", interpreter)
}
