//! A static file server for one folder on the loopback address: enough for a page, a worker and a wasm module, and no more.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// No script but the page's own; wasm may be compiled. The page's build puts the same text into the document.
const POLICY: &str = include_str!("../../../web/csp.txt");

/// The longest request head that is read.
const HEAD_LIMIT: u64 = 32 << 10;

/// A server that is bound and not yet running.
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    site: Arc<Site>,
}

/// What is served, and under which path.
struct Site {
    folder: PathBuf,
    prefix: String,
}

/// The answer to a request.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// The file, with its type and how long it may be kept.
    File(PathBuf, &'static str, &'static str),
    /// A folder asked for without its slash.
    Redirect(String),
    NotFound,
    BadRequest,
    MethodNotAllowed,
}

impl Server {
    /// Binds `folder` to a port of 127.0.0.1; port 0 takes a free one. `prefix` is the path under which it appears.
    pub(crate) fn bind(folder: &Path, port: u16, prefix: &str) -> Result<Self> {
        let folder =
            folder.canonicalize().with_context(|| format!("{} cannot be served; build it with: cargo xtask web", folder.display()))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port} cannot be used; choose another with --port, or any free one with --port 0"))?;
        let trimmed = prefix.trim_matches('/');
        let prefix = if trimmed.is_empty() { "/".to_owned() } else { format!("/{trimmed}/") };
        Ok(Self { address: listener.local_addr()?, listener, site: Arc::new(Site { folder, prefix }) })
    }

    /// Where the folder is to be seen.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.address, self.site.prefix)
    }

    /// Serves until the process ends.
    pub(crate) fn run(&self) -> Result<()> {
        for stream in self.listener.incoming() {
            let Ok(stream) = stream else { continue };
            let site = Arc::clone(&self.site);
            // A browser that goes away in the middle of a file is no failure of ours.
            thread::spawn(move || drop(site.handle(&stream)));
        }
        Ok(())
    }
}

impl Site {
    fn handle(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.set_write_timeout(Some(Duration::from_secs(60)))?;
        let mut lines = BufReader::new(stream.take(HEAD_LIMIT)).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        // The rest of the head says nothing that we use, but must be read before the answer.
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let mut words = request.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let answer = match method {
            "GET" | "HEAD" => self.answer(target),
            _ => Answer::MethodNotAllowed,
        };
        respond(stream, &answer, method == "HEAD")
    }

    fn answer(&self, target: &str) -> Answer {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let Some(path) = decode(path) else { return Answer::BadRequest };
        if !path.starts_with('/') {
            return Answer::BadRequest;
        }
        let Some(inside) = path.strip_prefix(&self.prefix) else {
            return if format!("{path}/") == self.prefix { Answer::Redirect(self.prefix.clone()) } else { Answer::NotFound };
        };
        let mut file = self.folder.clone();
        for segment in inside.split('/').filter(|segment| !segment.is_empty()) {
            // Names with a dot in front are our own notes; the other characters separate folders, drives or strings somewhere.
            if segment.starts_with('.') || segment.contains(['\\', ':', '\0']) {
                return Answer::NotFound;
            }
            file.push(segment);
        }
        if file.is_dir() {
            if !path.ends_with('/') {
                return Answer::Redirect(format!("{path}/"));
            }
            file.push("index.html");
        }
        // A link inside the folder must not lead out of it.
        match file.canonicalize() {
            Ok(file) if file.starts_with(&self.folder) && file.is_file() => {
                let kind = media_type(&file);
                // The bundler puts a hash of the contents into the names of this folder.
                let keep = if inside.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
                Answer::File(file, kind, keep)
            }
            _ => Answer::NotFound,
        }
    }
}

fn respond(mut stream: &TcpStream, answer: &Answer, head_only: bool) -> io::Result<()> {
    let policy = POLICY.trim();
    let common = "Connection: close\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer";
    let plain = |stream: &mut &TcpStream, status: &str, extra: &str| {
        let body = if head_only { "" } else { status };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n{extra}{common}\r\n\r\n{body}",
            status.len()
        )
    };
    match answer {
        Answer::File(path, kind, keep) => {
            let mut file = File::open(path)?;
            let length = file.metadata()?.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: {keep}\r\nContent-Security-Policy: {policy}\r\n{common}\r\n\r\n"
            )?;
            if !head_only {
                io::copy(&mut file, &mut stream)?;
            }
        }
        // Only a decoded path gets here; what could end the header line is taken out.
        Answer::Redirect(to) => {
            plain(
                &mut stream,
                "301 Moved Permanently",
                &format!("Location: {}\r\n", to.replace(|c: char| c.is_control() || !c.is_ascii(), "")),
            )?;
        }
        Answer::NotFound => plain(&mut stream, "404 Not Found", "")?,
        Answer::BadRequest => plain(&mut stream, "400 Bad Request", "")?,
        Answer::MethodNotAllowed => plain(&mut stream, "405 Method Not Allowed", "Allow: GET, HEAD\r\n")?,
    }
    stream.flush()
}

/// Undoes percent-encoding; nothing where it is malformed or not UTF-8.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let (high, low) = (rest.next()?, rest.next()?);
            let digit = |byte: u8| char::from(byte).to_digit(16);
            bytes.push(u8::try_from(digit(high)? * 16 + digit(low)?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The type by the name's ending; browsers compile wasm while it arrives only under its own type.
fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json; charset=utf-8",
        "jsonl" | "txt" | "md" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A folder with a page, a module and a secret beside it, being served.
    fn serve(prefix: &str) -> (tempfile::TempDir, String, SocketAddr) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("site/deep")).unwrap();
        fs::write(folder.path().join("secret.txt"), "secret").unwrap();
        fs::write(folder.path().join("site/index.html"), "<p>page").unwrap();
        fs::write(folder.path().join("site/deep/a b.wasm"), [0, 97, 115, 109]).unwrap();
        fs::create_dir_all(folder.path().join("site/assets")).unwrap();
        fs::write(folder.path().join("site/assets/index-0123abcd.js"), "").unwrap();
        fs::write(folder.path().join("site/.stamp"), "mine").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path().join("secret.txt"), folder.path().join("site/link.txt")).unwrap();
        let server = Server::bind(&folder.path().join("site"), 0, prefix).unwrap();
        let (url, address) = (server.url(), server.address);
        thread::spawn(move || server.run());
        (folder, url, address)
    }

    /// Sends one request as it stands, so that no client tidies the path up.
    fn ask(address: SocketAddr, method: &str, target: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{method} {target} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[test]
    fn files_come_with_their_type_and_the_policy() {
        let (_folder, url, address) = serve("/");
        assert_eq!(url, format!("http://{address}/"));
        let page = ask(address, "GET", "/");
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.ends_with("\r\n\r\n<p>page"), "{page}");
        assert!(page.contains("Content-Type: text/html; charset=utf-8\r\n"), "{page}");
        assert!(page.contains("Content-Security-Policy: default-src 'self'; script-src 'self' 'wasm-unsafe-eval';"), "{page}");
        assert!(!page.contains("unsafe-inline") && !page.contains("'unsafe-eval'"), "{page}");
        let module = ask(address, "GET", "/deep/a%20b.wasm?v=1");
        assert!(module.contains("Content-Type: application/wasm\r\n") && module.contains("Content-Length: 4\r\n"), "{module}");
        assert!(page.contains("Cache-Control: no-cache\r\n") && module.contains("Cache-Control: no-cache\r\n"), "{page}{module}");
        let hashed = ask(address, "GET", "/assets/index-0123abcd.js");
        assert!(hashed.contains("Cache-Control: public, max-age=31536000, immutable\r\n"), "{hashed}");
        let head = ask(address, "HEAD", "/index.html");
        assert!(head.contains("Content-Length: 7\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let (_folder, _, address) = serve("/");
        for target in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/deep/../../secret.txt",
            "/..%2fsecret.txt",
            "/..%5csecret.txt",
            "//etc/passwd",
            "/.stamp",
        ] {
            let answer = ask(address, "GET", target);
            assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
        }
        #[cfg(unix)]
        assert!(ask(address, "GET", "/link.txt").starts_with("HTTP/1.1 404"), "a link must not lead out");
        for target in ["/%", "/%zz", "/%ff", "secret.txt", ""] {
            let answer = ask(address, "GET", target);
            assert!(answer.starts_with("HTTP/1.1 400"), "{target}: {answer}");
        }
        assert!(ask(address, "POST", "/").starts_with("HTTP/1.1 405"));
    }

    #[test]
    fn a_sub_path_is_kept() {
        let (_folder, url, address) = serve("/some/where");
        assert_eq!(url, format!("http://{address}/some/where/"));
        assert!(ask(address, "GET", "/some/where/").ends_with("<p>page"));
        assert!(ask(address, "GET", "/some/where").contains("Location: /some/where/\r\n"));
        assert!(ask(address, "GET", "/some/where/deep").contains("Location: /some/where/deep/\r\n"));
        assert!(ask(address, "GET", "/index.html").starts_with("HTTP/1.1 404"));
    }

    #[test]
    fn a_taken_port_is_named() {
        let (folder, _, address) = serve("/");
        let error = Server::bind(folder.path(), address.port(), "/").map(|_| ()).unwrap_err();
        assert!(format!("{error:#}").contains(&format!("port {} cannot be used", address.port())), "{error:#}");
    }
}
