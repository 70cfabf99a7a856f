//! What requests are answered by, without a network.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HOST, IF_NONE_MATCH, IF_RANGE, LOCATION, RANGE, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderName, Request};
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

use super::{Fallback, Options, Tokens, routes, upload};
use crate::testing::{Folder, wheel};

const WHEEL: &str = "My_Pkg-1.0-py3-none-any.whl";
const UPLOAD: &str = "upload-token-of-tests";
const READ: &str = "read-token-of-tests";

/// A folder and the answers of its server.
struct Site {
    folder: Folder,
    router: Router,
}

/// An answer that was read to its end.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn header(&self, name: HeaderName) -> &str {
        self.headers.get(&name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

fn tokens(token: &str) -> Tokens {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs_err::write(file.path(), token).unwrap();
    Tokens::read(file.path()).unwrap()
}

fn options() -> Options {
    Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        upload_tokens: None,
        read_tokens: None,
        upload_limit: 100_000,
        fallback: None,
    }
}

fn with_uploads() -> Options {
    Options { upload_tokens: Some(tokens(UPLOAD)), ..options() }
}

impl Site {
    fn new(options: Options) -> Self {
        let folder = Folder::new();
        upload::prepare(folder.0.path()).unwrap();
        let router = routes::router(Arc::new(folder.index()), options);
        Self { folder, router }
    }

    fn with_wheel(options: Options) -> Self {
        let site = Self::new(options);
        site.folder.wheel(WHEEL, "");
        site
    }

    fn send(&self, request: Request<Body>) -> Answer {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
            Answer { status, headers, body }
        })
    }

    fn get(&self, path: &str, headers: &[(HeaderName, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        self.send(request.body(Body::empty()).unwrap())
    }

    fn upload(&self, form: &Form) -> Answer {
        let request = Request::post("/").header(AUTHORIZATION, format!("Bearer {UPLOAD}"));
        let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=limit");
        self.send(request.body(form.body().into()).unwrap())
    }

    /// Files in the folder, without that for uploads; and how many are in that.
    fn files(&self) -> (Vec<String>, usize) {
        let count = |path: &str| fs_err::read_dir(self.folder.path(path)).unwrap().count();
        let snapshot = crate::folder::Index::open(self.folder.0.path()).unwrap().current().unwrap();
        (snapshot.files().map(|file| file.place.clone()).collect(), count(".pyoxidizer-uploads"))
    }
}

/// The form of an upload.
#[derive(Clone)]
struct Form {
    fields: Vec<(&'static str, String)>,
    name: String,
    content: Vec<u8>,
}

impl Form {
    fn of(name: &str, content: Vec<u8>) -> Self {
        let digest: String = Sha256::digest(&content).iter().map(|b| format!("{b:02x}")).collect();
        let fields = [
            (":action", "file_upload".to_owned()),
            ("protocol_version", "1".to_owned()),
            ("name", "my.pkg".to_owned()),
            ("version", "1.0".to_owned()),
            ("sha256_digest", digest),
            ("description", "x".repeat(10_000)),
        ];
        Self { fields: fields.into(), name: name.to_owned(), content }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.retain(|(field, _)| *field != name);
        if value != "-" {
            self.fields.push((name, value.to_owned()));
        }
        self
    }

    fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            let part = format!(
                "--limit\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend(part.as_bytes());
        }
        let head = format!(
            "--limit\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            self.name
        );
        body.extend(head.as_bytes());
        body.extend(&self.content);
        body.extend(b"\r\n--limit--\r\n");
        body
    }
}

#[test]
fn pages_come_in_the_format_that_is_asked_for() {
    let site = Site::with_wheel(options());
    let json = "application/vnd.pypi.simple.v1+json";
    for path in ["/simple/", "/simple/my-pkg/"] {
        assert_eq!(site.get(path, &[]).header(CONTENT_TYPE), "text/html; charset=utf-8");
        let answer = site.get(path, &[(ACCEPT, json)]);
        assert_eq!((answer.status, answer.header(CONTENT_TYPE)), (200, json));
        assert!(
            answer.text().starts_with("{\"meta\":{\"api-version\":\"1.1\"}"),
            "{}",
            answer.text()
        );
        assert_eq!(site.get(&format!("{path}?format={json}"), &[]).header(CONTENT_TYPE), json);
        assert_eq!(site.get(path, &[(ACCEPT, "image/png")]).status, 406);
        let tag = answer.header(ETAG);
        let again = site.get(path, &[(ACCEPT, json), (IF_NONE_MATCH, tag)]);
        assert_eq!((again.status, again.body.len()), (304, 0));
    }
}

#[test]
fn large_pages_are_compressed() {
    let site = Site::new(options());
    for number in 0..50 {
        site.folder.wheel(&format!("p{number}-1-py3-none-any.whl"), "");
    }
    let plain = site.get("/simple/", &[]);
    let compressed = site.get("/simple/", &[(ACCEPT_ENCODING, "gzip")]);
    assert!(compressed.body.starts_with(b"\x1f\x8b") && compressed.body.len() < plain.body.len());
    let mut text = Vec::new();
    let mut decoder = flate2::bufread::GzDecoder::new(compressed.body.as_slice());
    std::io::Read::read_to_end(&mut decoder, &mut text).unwrap();
    assert_eq!(text, plain.body);
}

#[test]
fn other_spellings_lead_to_the_normal_one() {
    let site = Site::with_wheel(options());
    let place = |path: &str| {
        let answer = site.get(path, &[]);
        assert_eq!(answer.status, 301, "{path}");
        answer.header(LOCATION).to_owned()
    };
    assert_eq!(place("/simple/My_Pkg/"), "../my-pkg/");
    assert_eq!(place("/simple/my-pkg?format=x"), "my-pkg/?format=x");
    assert_eq!(place("/project/MY.PKG/"), "../my-pkg/");
    assert_eq!(place("/simple"), "simple/");
}

#[test]
fn what_is_not_there_is_not_found() {
    let site = Site::with_wheel(options());
    site.folder.write("damaged-1-py3-none-any.whl", "x");
    for path in [
        "/x",
        "/simple/none/",
        "/simple/../",
        "/simple/%2e%2e/",
        "/simple/a%2Fb/",
        "/simple/%00/",
        "/simple/%E4%BD%A0/",
        "/simple/-/",
        "/files/my-pkg/none.whl",
        "/files/none/none.whl",
        "/files/my-pkg/%2e%2e",
        "/files/my-pkg/..%2F..%2Fetc%2Fpasswd",
        "/files/my-pkg/none.whl.metadata",
        "/files/damaged/damaged-1-py3-none-any.whl",
        "/files/damaged/damaged-1-py3-none-any.whl.metadata",
        "/project/none/",
        "/simple/my-pkg/x",
        "/simple/%zz/",
    ] {
        assert_eq!(site.get(path, &[]).status, 404, "{path}");
    }
    assert_eq!(site.get("/simple/%ff/", &[]).status, 400);
    // The project is this index's, even if none of its files can be used.
    let page = site.get("/simple/damaged/", &[]);
    assert!(page.status == 200 && !page.text().contains(".whl"), "{}", page.text());
    assert_eq!(site.send(Request::delete("/simple/").body(Body::empty()).unwrap()).status, 405);
}

#[test]
fn files_and_parts_of_them_are_sent() {
    let site = Site::with_wheel(options());
    let whole = fs_err::read(site.folder.path(WHEEL)).unwrap();
    let path = format!("/files/my-pkg/{WHEEL}");
    let answer = site.get(&path, &[]);
    assert_eq!((answer.status, &answer.body), (200, &whole));
    assert_eq!(answer.header(CONTENT_LENGTH), whole.len().to_string());
    let tag = answer.header(ETAG);
    let part = site.get(&path, &[(RANGE, "bytes=2-5"), (IF_RANGE, tag)]);
    assert_eq!((part.status, part.body.as_slice()), (206, &whole[2..6]));
    assert_eq!(part.header(CONTENT_RANGE), format!("bytes 2-5/{}", whole.len()));
    let end = site.get(&path, &[(RANGE, "bytes=-10")]);
    assert_eq!(end.body, whole[whole.len() - 10..]);
    assert_eq!(site.get(&path, &[(RANGE, "bytes=2-5"), (IF_RANGE, "\"other\"")]).status, 200);
    let behind = site.get(&path, &[(RANGE, "bytes=999999-")]);
    assert_eq!(
        (behind.status, behind.header(CONTENT_RANGE)),
        (416, &*format!("bytes */{}", whole.len()))
    );
    assert_eq!(site.get(&path, &[(IF_NONE_MATCH, tag)]).status, 304);
    let head = site.send(Request::head(&path).body(Body::empty()).unwrap());
    assert_eq!((head.body.len(), head.header(CONTENT_LENGTH)), (0, &*whole.len().to_string()));
    let metadata = site.get(&format!("{path}.metadata"), &[]);
    assert!(metadata.text().starts_with("Metadata-Version: 2.4\nName: My_Pkg\n"));
}

#[test]
fn people_get_pages_with_the_address_that_they_used() {
    let site = Site::with_wheel(options());
    let front = site.get("/", &[(HOST, "index.example:8087")]);
    assert!(front.text().contains("http://index.example:8087/simple/"));
    assert!(front.headers.contains_key("content-security-policy"));
    let secure = (HeaderName::from_static("x-forwarded-proto"), "https");
    let page = site.get("/project/my-pkg/", &[(HOST, "index.example"), secure]);
    assert!(page.text().contains("https://index.example/simple/"));
    let odd = site.get("/", &[(HOST, "<script>")]);
    assert!(!odd.text().contains("&#60;script") && !odd.text().contains("<script>alert"));
    assert_eq!(site.get("/health", &[]).text(), "ok: 1 projects\n");
}

#[test]
fn reading_may_need_a_token() {
    let site = Site::with_wheel(Options { read_tokens: Some(tokens(READ)), ..with_uploads() });
    for path in ["/", "/simple/", "/simple/my-pkg/", &format!("/files/my-pkg/{WHEEL}"), "/x"] {
        let answer = site.get(path, &[]);
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.header(WWW_AUTHENTICATE).starts_with("Basic "));
        assert_eq!(site.get(path, &[(AUTHORIZATION, "Bearer another-token")]).status, 401);
    }
    for token in [READ, UPLOAD] {
        let bearer = format!("Bearer {token}");
        assert_eq!(site.get("/simple/", &[(AUTHORIZATION, &bearer)]).status, 200);
    }
    assert_eq!(site.get("/health", &[]).status, 200);
}

#[test]
fn projects_that_are_not_here_are_found_elsewhere() {
    let private = ["ours-*".to_owned()];
    let fallback = Fallback::new("https://example.org/simple", &private).unwrap();
    let site = Site::with_wheel(Options { fallback: Some(fallback), ..options() });
    let answer = site.get("/simple/six/", &[]);
    assert_eq!((answer.status, answer.header(LOCATION)), (302, "https://example.org/simple/six/"));
    assert_eq!(site.get("/simple/my-pkg/", &[]).status, 200);
    assert_eq!(site.get("/simple/ours-tool/", &[]).status, 404);
    assert_eq!(site.get("/simple/a%2Fb/", &[]).status, 404);
    // Damaged or not, it is not for others to say what a project of ours is.
    site.folder.write("damaged-1-py3-none-any.whl", "x");
    assert_eq!(site.get("/simple/damaged/", &[]).status, 200);
}

#[test]
fn uploads_are_in_the_index_at_once() {
    let site = Site::new(with_uploads());
    let form = Form::of(WHEEL, wheel(WHEEL, ""));
    let answer = site.upload(&form);
    assert_eq!((answer.status, answer.text()), (200, format!("{WHEEL} is in the index\n")));
    assert!(site.get("/simple/my-pkg/", &[]).text().contains(WHEEL));
    assert_eq!(site.files(), (vec![format!("my-pkg/{WHEEL}")], 0));
    assert_eq!(fs_err::read(site.folder.path("my-pkg").join(WHEEL)).unwrap(), form.content);
    // The same again is no harm; another file of the name is not taken.
    let again = site.upload(&form);
    assert_eq!((again.status, again.text()), (200, format!("{WHEEL} was in the index before\n")));
    let other = site.upload(&Form::of(WHEEL, wheel(WHEEL, "Summary: other\n")));
    assert_eq!(other.status, 400);
    assert!(other.text().starts_with("File already exists"), "{}", other.text());
    assert_eq!(fs_err::read(site.folder.path("my-pkg").join(WHEEL)).unwrap(), form.content);
    assert_eq!(site.files().1, 0);
}

#[test]
fn uploads_that_are_wrong_leave_nothing_behind() {
    let site = Site::new(with_uploads());
    let form = Form::of(WHEEL, wheel(WHEEL, ""));
    let named = |name: &str| Form { name: name.to_owned(), ..form.clone() };
    let long = "a".repeat(300);
    for (form, status, said) in [
        (form.clone().with("sha256_digest", &"0".repeat(64)), 400, "sha256_digest is 0000"),
        (form.clone().with("md5_digest", "x"), 400, "md5_digest is x"),
        (form.clone().with("blake2_256_digest", "x"), 400, "blake2_256_digest is x"),
        (form.clone().with("sha256_digest", "-"), 400, "no digest"),
        (form.clone().with(":action", "submit"), 400, "the action is `submit`"),
        (form.clone().with("name", "other"), 400, "the field name is `other`"),
        (form.clone().with("name", &"x".repeat(5000)), 400, "the field name is too long"),
        (form.clone().with("version", "1.1"), 400, "the field version is `1.1`"),
        (form.clone().with("description", &"x".repeat(9 << 20)), 400, "the fields of the form"),
        (named(&format!("../{WHEEL}")), 400, "characters"),
        (named(&format!("x/{WHEEL}")), 400, "characters"),
        (named("..\\\\x.whl"), 400, "characters"),
        (named("%2e%2e"), 400, "characters"),
        (named(".."), 400, "characters"),
        (named(""), 400, "ends neither"),
        (named("evil.exe"), 400, "ends neither"),
        (named(&format!("{long}-1.tar.gz")), 400, "longer than"),
        (Form::of(WHEEL, b"damaged".to_vec()), 400, "not a whole zip archive"),
        (Form::of(WHEEL, vec![0; 200_000]), 413, "larger than the 100000 bytes"),
        (
            Form::of(WHEEL, wheel("Other-1.0-py3-none-any.whl", "")),
            400,
            "its metadata says Name: Other",
        ),
    ] {
        let answer = site.upload(&form);
        assert_eq!(answer.status, status, "{said}: {}", answer.text());
        assert!(answer.text().contains(said), "{said}: {}", answer.text());
        assert_eq!(site.files(), (Vec::new(), 0), "{said}");
    }
}

#[test]
fn uploads_that_are_cut_short_leave_nothing_behind() {
    let site = Site::new(with_uploads());
    let body = Form::of(WHEEL, wheel(WHEEL, "")).body();
    for end in [0, 10, 300, body.len() / 2, body.len() - 100, body.len() - 12] {
        let request = Request::post("/legacy/").header(AUTHORIZATION, format!("Bearer {UPLOAD}"));
        let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=limit");
        let answer = site.send(request.body(body[..end].to_vec().into()).unwrap());
        assert_eq!(answer.status, 400, "{end}: {}", answer.text());
        assert_eq!(site.files(), (Vec::new(), 0), "{end}");
    }
    let request = Request::post("/").header(AUTHORIZATION, format!("Bearer {UPLOAD}"));
    assert_eq!(site.send(request.body("x".into()).unwrap()).status, 400);
}

#[test]
fn nobody_uploads_without_a_token() {
    let form = Form::of(WHEEL, wheel(WHEEL, ""));
    let answer = Site::new(options()).upload(&form);
    assert!(answer.status == 403 && answer.text().contains("--upload-token-file"));
    let site = Site::new(Options { read_tokens: Some(tokens(READ)), ..with_uploads() });
    for value in [None, Some(format!("Bearer {READ}")), Some("Basic x".to_owned())] {
        let mut request = Request::post("/");
        if let Some(value) = value {
            request = request.header(AUTHORIZATION, value);
        }
        assert_eq!(site.send(request.body(form.body().into()).unwrap()).status, 401);
    }
    assert_eq!(site.files(), (Vec::new(), 0));
}

#[test]
fn only_one_of_two_uploads_of_a_name_gets_it() {
    let site = Site::new(with_uploads());
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let uploads: Vec<_> = (0..8)
            .map(|number| {
                let site = &site;
                let headers = format!("Summary: {number}\n");
                scope.spawn(move || site.upload(&Form::of(WHEEL, wheel(WHEEL, &headers))).status)
            })
            .collect();
        uploads.into_iter().map(|upload| upload.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 400).count(), 7);
    assert_eq!(site.files(), (vec![format!("my-pkg/{WHEEL}")], 0));
}
