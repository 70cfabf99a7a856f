//! Clients that ask for one address all the time, each on a connection of its own as long as the server keeps it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// How long an answer may take: some servers need seconds for a page, of which each client waits for all others.
const PATIENCE: Duration = Duration::from_secs(600);

/// What clients have seen.
pub struct Load {
    /// How long each request took, sorted.
    times: Vec<Duration>,
    /// How long all of them asked.
    elapsed: Duration,
}

impl Load {
    /// Requests in a second.
    pub fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The time that so many of a hundred requests did not exceed.
    pub fn percentile(&self, of: usize) -> Duration {
        let index = (self.times.len() * of / 100).min(self.times.len().saturating_sub(1));
        self.times.get(index).copied().unwrap_or_default()
    }
}

/// Has clients ask for a path.
pub fn run(address: SocketAddr, path: &str, clients: usize, time: Duration) -> Result<Load> {
    let begin = Instant::now();
    let times = std::thread::scope(|scope| {
        let clients: Vec<_> =
            (0..clients).map(|_| scope.spawn(|| client(address, path, begin + time))).collect();
        let times = clients.into_iter().map(|client| match client.join() {
            Ok(times) => times,
            Err(_) => bail!("a client panicked"),
        });
        times.collect::<Result<Vec<_>>>()
    })?;
    let elapsed = begin.elapsed();
    let mut times = times.concat();
    times.sort();
    ensure!(!times.is_empty(), "no request for {path} was answered");
    Ok(Load { times, elapsed })
}

fn client(address: SocketAddr, path: &str, end: Instant) -> Result<Vec<Duration>> {
    let mut connection = None;
    let mut times = Vec::new();
    while Instant::now() < end {
        let begin = Instant::now();
        let mut stream = match connection.take() {
            Some(stream) => stream,
            None => connect(address)?,
        };
        let (answer, stays) = ask(&mut stream, address, path)?;
        ensure!(answer.0 == 200, "{path} is answered by {}", answer.0);
        times.push(begin.elapsed());
        connection = stays.then_some(stream);
    }
    Ok(times)
}

fn connect(address: SocketAddr) -> Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(BufReader::with_capacity(64 << 10, stream))
}

/// The status and size of one answer.
pub fn once(address: SocketAddr, path: &str) -> Result<(u16, u64)> {
    Ok(ask(&mut connect(address)?, address, path)?.0)
}

/// Asks, and reads the answer: its status and size, and whether the connection can be used again.
fn ask(
    stream: &mut BufReader<TcpStream>,
    address: SocketAddr,
    path: &str,
) -> Result<((u16, u64), bool)> {
    write!(stream.get_mut(), "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).context("no answer")?.parse()?;
    let (mut length, mut stays) = (None, line.starts_with("HTTP/1.1"));
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = Some(value.trim().parse::<u64>()?),
            "connection" => stays &= !value.trim().eq_ignore_ascii_case("close"),
            "transfer-encoding" => bail!("an answer in chunks, which this client does not read"),
            _ => {}
        }
    }
    let limit = length.unwrap_or(u64::MAX);
    let size = std::io::copy(&mut stream.take(limit), &mut std::io::sink())?;
    ensure!(length.is_none_or(|length| length == size), "an answer was cut short");
    Ok(((status, size), stays && length.is_some()))
}
