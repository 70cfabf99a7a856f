//! What a server does beside answering: folders that change, bad input, ends, slow clients.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fs_err as fs;

use super::{COMMAND, Served, Shelf, client, fail, succeed, write_wheel};

/// What a command that has to fail says.
fn message(arguments: &[&str]) -> String {
    let output = Command::new(&*COMMAND).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_new_file_shows_at_the_next_request() {
    let shelf = Shelf::filled();
    let served = shelf.serve(&[]);
    for number in 0..20 {
        let path = format!("/simple/fresh-{number}/");
        assert!(served.get(&path).starts_with("HTTP/1.1 404 "));
        shelf.wheel(&format!("deep/fresh_{number}-1.0-py3-none-any.whl"), "");
        assert!(served.get(&path).contains(&format!("fresh_{number}-1.0-py3-none-any.whl")));
    }
    fs::remove_dir_all(shelf.path("deep")).unwrap();
    assert!(served.get("/simple/fresh-1/").starts_with("HTTP/1.1 404 "));
    // And a file that was built again in its place is sent as it is listed.
    let name = "The_Tool-1.0-py3-none-any.whl";
    let before = shelf.sha256(name);
    assert!(served.get("/simple/the-tool/").contains(&before));
    let again = write_wheel(shelf.home.path(), name, "Summary: built again\n");
    fs::copy(again, shelf.path(name)).unwrap();
    let page = served.get("/simple/the-tool/");
    assert!(!page.contains(&before) && page.contains(&shelf.sha256(name)));
}

#[test]
fn what_is_not_here_is_taken_from_the_other_index() {
    let public = Shelf::new();
    public.wheel("helper-99.0-py3-none-any.whl", "");
    public.wheel("ours_secret-99.0-py3-none-any.whl", "");
    public.wheel("public_tool-1.0-py3-none-any.whl", "Requires-Dist: helper\n");
    let other = public.serve(&[]);
    let shelf = Shelf::filled();
    let served = shelf.serve(&["--fallback", &other.simple(), "--private", "ours-*"]);
    for program in ["pip", "uv"] {
        let mut command = shelf.client(program);
        match program {
            "pip" => command.args(["install", "--index-url"]),
            _ => command.args(["pip", "install", "--default-index"]),
        };
        command.arg(served.simple()).args(["--target", program, "public-tool"]);
        succeed(&mut command);
        // A project of this index is taken from nowhere else, however new it is there.
        let helper = fs::read_to_string(shelf.home.path().join(program).join("helper.py")).unwrap();
        assert_eq!(helper, "VERSION = '1.0'\n", "{program}");
    }
    let mut pip = shelf.client("pip");
    pip.args(["install", "ours-secret", "--target", "none", "--index-url"]).arg(served.simple());
    fail(&mut pip);
}

#[test]
fn what_cannot_be_served_is_one_clear_error() {
    let shelf = Shelf::filled();
    let served = shelf.serve(&[]);
    let folder = shelf.folder.path().to_str().unwrap();
    let address = served.url.trim_start_matches("http://").trim_end_matches('/');
    let said = message(&["index", "serve", folder, "--listen", address]);
    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
    assert!(
        said.contains("in use") && said.contains("hint: another program listens there"),
        "{said}"
    );

    let said = message(&["index", "serve", "no/such/folder"]);
    assert!(
        said.contains("cannot read the folder of the index") && said.contains("no/such/folder"),
        "{said}"
    );
    let short = shelf.write("short", "secret\n");
    let said = message(&["index", "serve", folder, "--upload-token-file", short.to_str().unwrap()]);
    assert!(said.contains("line 1 of") && said.contains("hint: write a random token"), "{said}");
    let said = message(&["index", "serve", folder, "--fallback", "packages.example.org"]);
    assert!(said.contains("`packages.example.org` is not the address of an index"), "{said}");
    // It has the file of tokens.
    let occupied = shelf.home.path().to_str().unwrap();
    let said = message(&["index", "build", folder, "--output", occupied]);
    assert!(said.contains("is not empty"), "{said}");
    let usage = Command::new(&*COMMAND)
        .args(["index", "serve", folder, "--listen", "nonsense"])
        .output()
        .unwrap();
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn odd_requests_are_refused_and_harm_nobody() {
    let shelf = Shelf::filled();
    let served = shelf.serve(&[]);
    let long =
        format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a".repeat(100_000));
    for (request, status) in [
        (
            "GET /files/the-tool/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "404",
        ),
        (
            "GET /files/the-tool/../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "404",
        ),
        ("GET /simple/%ff%fe/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"),
        ("GET /simple/ HTTP/1.1\r\nHost: x\r\nAccept: \x01\r\nConnection: close\r\n\r\n", "400"),
        (
            "GET /simple/ HTTP/1.1\r\nHost: x\r\nAccept-Encoding: ;;;q=,gzip;q=nan\r\nConnection: close\r\n\r\n",
            "200",
        ),
        ("BREW /simple/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "405"),
        ("nonsense\r\n\r\n", "400"),
        (long.as_str(), "4"),
    ] {
        let answer = served.ask(request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request:.80}: {answer:.200}");
    }
    assert!(served.get("/simple/").starts_with("HTTP/1.1 200 "));
}

#[test]
fn slow_clients_keep_nobody_waiting() {
    let shelf = Shelf::filled();
    let served = shelf.serve(&[]);
    let slow: Vec<_> = (0..200).map(|_| served.connect("GET /simple/ HTTP/1.1\r\nHost:")).collect();
    let begin = Instant::now();
    assert!(served.get("/simple/").starts_with("HTTP/1.1 200 "));
    assert!(begin.elapsed() < Duration::from_secs(20));
    drop(slow);
}

#[test]
fn a_signal_ends_it_when_what_was_asked_is_answered() {
    for signal in ["TERM", "INT"] {
        let shelf = Shelf::filled();
        let large = shelf.wheel("large-1.0-py3-none-any.whl", "");
        let mut bytes = vec![0; 30 << 20];
        bytes.extend(fs::read(&large).unwrap());
        fs::write(&large, &bytes).unwrap();
        let mut served = shelf.serve(&[]);
        let request = "GET /files/large/large-1.0-py3-none-any.whl HTTP/1.1\r\nHost: x\r\n\r\n";
        let mut stream = served.connect(request);
        let mut first = [0; 1000];
        stream.read_exact(&mut first).unwrap();
        served.signal(signal);
        // Nothing new is taken.
        let begin = Instant::now();
        let address = served.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        while std::net::TcpStream::connect(&address).is_ok() {
            assert!(begin.elapsed() < Duration::from_secs(30));
        }
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert!(
            rest.len() + first.len() > bytes.len() && rest.ends_with(&bytes[bytes.len() - 100..])
        );
        assert_eq!(served.child.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn it_says_where_it_listens_and_who_reaches_it() {
    let shelf = Shelf::filled();
    let start = |listen: &str| {
        let mut command = Command::new(&*COMMAND);
        command.args(["index", "serve"]).arg(shelf.folder.path()).args(["--listen", listen]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
        succeed(Command::new("kill").arg(child.id().to_string()));
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        child.wait().unwrap();
        (line, stderr)
    };
    let (line, stderr) = start("127.0.0.1:0");
    assert!(line.contains("/simple/ (3 projects, 6 files, for this machine only)"), "{line}");
    assert!(!stderr.contains("note:"), "{stderr}");
    let (line, stderr) = start("0.0.0.0:0");
    assert!(!line.contains("this machine"), "{line}");
    assert!(stderr.contains("note: whoever reaches this address can read the index"), "{stderr}");
}

#[test]
fn an_upload_that_ends_early_leaves_nothing() {
    let shelf = Shelf::new();
    let token = shelf.write("tokens", "an-upload-token-of-tests");
    let served = shelf.serve(&["--upload-token-file", token.to_str().unwrap()]);
    let head = "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer an-upload-token-of-tests\r\n\
                Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n\
                --b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"x-1.tar.gz\"\r\n\r\n";
    let mut stream = served.connect(head);
    stream.write_all(&[0; 10_000]).unwrap();
    let uploads = shelf.path(".pyoxidizer-uploads");
    let count = || fs::read_dir(&uploads).unwrap().count();
    wait_until(|| count() == 1);
    drop(stream);
    wait_until(|| count() == 0);
    assert!(served.get("/simple/x/").starts_with("HTTP/1.1 404 "));
}

fn wait_until(holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn curl_sees_what_caches_need() {
    let shelf = Shelf::filled();
    let served = shelf.serve(&[]);
    let page = served.get("/simple/helper/");
    let tag = page.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let again = served.ask(&format!(
        "GET /simple/helper/ HTTP/1.1\r\nHost: x\r\nIf-None-Match: {tag}\r\nConnection: close\r\n\r\n"
    ));
    assert!(again.starts_with("HTTP/1.1 304 ") && again.ends_with("\r\n\r\n"), "{again}");
    // pip looks into wheels by parts of them.
    let mut pip = client("pip", shelf.home.path());
    pip.args(["download", "--use-feature=fast-deps", "--index-url"]).arg(served.simple());
    succeed(pip.arg("the-tool"));
}

#[test]
fn sites_are_written_by_the_same_code() {
    let shelf = Shelf::filled();
    let (served, site) = (shelf.serve(&[]), shelf.site());
    let body = |served: &Served, path: &str| {
        let answer = served.get(path);
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    };
    for path in [
        "/simple/",
        "/simple/the-tool/",
        "/simple/helper/",
        "/simple/broken/",
        "/files/helper/helper-1.0-py3-none-any.whl.metadata",
    ] {
        assert_eq!(body(&served, path), body(&site, path), "{path}");
    }
    let json = served.get("/simple/helper/?format=application/vnd.pypi.simple.v1%2Bjson");
    assert_eq!(json.split_once("\r\n\r\n").unwrap().1, body(&site, "/simple/helper/index.json"));
}
