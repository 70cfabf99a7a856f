//! A real browser without a window: Chromium, told what to do by the DevTools protocol.
//!
//! Messages go through two pipes (`--remote-debugging-pipe`), each ended by a zero byte. A page is opened with a size
//! and a colour scheme, and asked by expressions. What it complains about and what it asks a network for is kept.
//!
//! Where there is no Chromium, the package of the operating system is installed, which takes root.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Names under which systems have it.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Longest time in which it has to answer, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// The browser's own programs use descriptors 3 and 4, which Rust has no safe way to hand on.
const WITH_PIPES: &str = "exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null";

const OPTIONS: [&str; 9] = [
    "--headless",
    "--remote-debugging-pipe",
    // Root may not have one, and nothing but pages of ours is opened.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// A browser that runs, with one page.
pub struct Browser {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    events: Vec<Value>,
    last_id: u64,
    session: Option<String>,
    _profile: tempfile::TempDir,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Width of the window in pixels.
    pub width: u32,
    /// Height of the window in pixels.
    pub height: u32,
    /// Whether the system asks for dark colours.
    pub dark: bool,
    /// Whether scripts run.
    pub scripts: bool,
}

impl View {
    /// A window with light colours.
    #[must_use]
    pub fn light(width: u32, height: u32) -> Self {
        Self { width, height, dark: false, scripts: true }
    }
}

/// The browser's program, which is installed where there is none.
///
/// # Errors
/// When it cannot be installed.
pub fn program() -> Result<&'static str> {
    let is_there = |program: &&&str| {
        let version = Command::new(program).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    };
    if let Some(program) = PROGRAMS.iter().find(is_there) {
        return Ok(program);
    }
    // Tests ask at the same time, and packages are installed once.
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _lock = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(program) = PROGRAMS.iter().find(is_there) {
        return Ok(program);
    }
    install().context("there is no Chromium, and its package cannot be installed")?;
    PROGRAMS.iter().find(is_there).copied().context("the package chromium brought no Chromium")
}

fn install() -> Result<()> {
    for arguments in
        [&["update"][..], &["install", "--yes", "--no-install-recommends", PROGRAMS[0]]]
    {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        let output = apt.output().context("apt-get does not start")?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{apt:?} failed:\n{stderr}");
    }
    Ok(())
}

impl Browser {
    /// Starts the browser and opens a file.
    ///
    /// # Errors
    /// When it does not start, or does not answer.
    pub fn open(page: &Path, view: View) -> Result<Self> {
        let page = std::path::absolute(page)?;
        let url = format!("file://{}", page.to_str().context("a path that is not UTF-8")?);
        Self::open_url(&url, view)
    }

    /// Starts the browser and opens a page of a web server on this machine, `http://127.0.0.1:PORT/`.
    ///
    /// # Errors
    /// When it does not start, or does not answer.
    pub fn open_url(url: &str, view: View) -> Result<Self> {
        let mut browser = Self::start()?;
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", attach)?;
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}))?;
        }
        let metrics = json!({
            "width": view.width, "height": view.height, "deviceScaleFactor": 1, "mobile": false
        });
        browser.call("Emulation.setDeviceMetricsOverride", metrics)?;
        let scheme = if view.dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        browser.call("Emulation.setEmulatedMedia", json!({ "features": features }))?;
        let disabled = json!({ "value": !view.scripts });
        browser.call("Emulation.setScriptExecutionDisabled", disabled)?;
        browser.navigate(url)?;
        Ok(browser)
    }

    /// Opens another page.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn navigate(&mut self, url: &str) -> Result<()> {
        let is_loaded = |event: &Value| event["method"] == "Page.loadEventFired";
        self.events.retain(|event| !is_loaded(event));
        let answer = self.call("Page.navigate", json!({ "url": url }))?;
        ensure!(answer.get("errorText").is_none(), "{url}: {answer}");
        while !self.events.iter().any(is_loaded) {
            let event = self.receive()?;
            self.events.push(event);
        }
        Ok(())
    }

    fn start() -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut command = Command::new("sh");
        command.args(["-c", WITH_PIPES, "sh", program()?]).args(OPTIONS);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().context("the browser does not start")?;
        let input = child.stdin.take().context("there is no pipe to the browser")?;
        let output = child.stdout.take().context("there is no pipe from the browser")?;
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { return };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let (events, last_id, session) = (Vec::new(), 0, None);
        Ok(Self { child, input, messages, events, last_id, session, _profile: profile })
    }

    fn receive(&self) -> Result<Value> {
        self.messages.recv_timeout(PATIENCE).context("the browser does not answer")
    }

    fn call(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.last_id += 1;
        let mut message = json!({ "id": self.last_id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        let mut bytes = serde_json::to_vec(&message)?;
        bytes.push(0);
        self.input.write_all(&bytes)?;
        loop {
            let mut message = self.receive()?;
            if message["id"] != self.last_id {
                self.events.push(message);
            } else if let Some(error) = message.get("error") {
                bail!("{method}: {error}");
            } else {
                return Ok(message["result"].take());
            }
        }
    }

    /// The value of a JavaScript expression in the page.
    ///
    /// # Errors
    /// When it throws.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let parameters =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.call("Runtime.evaluate", parameters)?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            bail!("{expression}: {thrown}");
        }
        Ok(answer["result"]["value"].take())
    }

    /// Clicks at a place in the window, in pixels.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn click(&mut self, x: f64, y: f64) -> Result<()> {
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event)?;
        }
        Ok(())
    }

    /// Presses a key, such as `Tab`, whose name is its code, too.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn press(&mut self, key: &str, number: u32) -> Result<()> {
        // Without its text, Enter presses no button.
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": number, "text": text
            });
            self.call("Input.dispatchKeyEvent", event)?;
        }
        Ok(())
    }

    /// Puts a text where the focus is, as if it were typed.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn type_text(&mut self, text: &str) -> Result<()> {
        self.call("Input.insertText", json!({ "text": text })).map(drop)
    }

    /// A picture of the page from its top, whatever the window shows, as PNG.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn screenshot(&mut self, width: u32, height: u64) -> Result<Vec<u8>> {
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let parameters = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.call("Page.captureScreenshot", parameters)?;
        Ok(STANDARD.decode(answer["data"].as_str().context("no picture")?)?)
    }

    /// Errors and warnings so far: of scripts, of the policy, of what could not be loaded.
    #[must_use]
    pub fn complaints(&self) -> Vec<&Value> {
        let is_complaint = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => event["params"]["type"] != "log",
            Some("Log.entryAdded") => true,
            _ => false,
        };
        self.events.iter().filter(is_complaint).collect()
    }

    /// Addresses that the page has asked for so far.
    #[must_use]
    pub fn requests(&self) -> Vec<&str> {
        let sent = self.events.iter().filter(|e| e["method"] == "Network.requestWillBeSent");
        sent.filter_map(|event| event["params"]["request"]["url"].as_str()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The profile's folder is removed next, which must not be in use.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
