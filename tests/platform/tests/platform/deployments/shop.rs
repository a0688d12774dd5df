//! A stack whose function, process and route all tell its version.

use std::path::Path;

use tempfile::TempDir;

use crate::TestPlatform;
use crate::platform::write;
use crate::program::{Said, run};

const MANIFEST: &str = "\
name: shop
functions:
  hello: { runtime: python3.11, code: hello, handler: index.handler, environment: { VERSION: VALUE } }
processes:
  till: { code: till, command: [python3, -u, server.py] }
upstreams:
  till: { process: till }
apis:
  main:
    routes:
      GET /: hello
      GET /version: { mock: { body: VALUE } }
      GET /port: { upstream: till }
";

const FUNCTION: &str = "\
import os
def handler(event, context):
    return os.environ['VERSION']
";

/// Answers with the port that it was given.
const PROCESS: &str = "\
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ['PORT'].encode())
ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Answer).serve_forever()
";

/// A server beside the folders that are deployed to it.
pub(super) struct Shop {
    pub(super) platform: TestPlatform,
    folder: TempDir,
}

impl Shop {
    pub(super) fn serve() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let platform = TestPlatform::daemon(folder.path(), &[]);
        Self { platform, folder }
    }

    /// The same server, started again after something happened to its files.
    pub(super) fn stopped(self, meanwhile: impl FnOnce(&Self)) -> Self {
        let mut shop = self;
        shop.platform.signal(rustix::process::Signal::TERM);
        assert!(shop.platform.wait().success());
        meanwhile(&shop);
        shop.platform = TestPlatform::daemon(shop.folder.path(), &[]);
        shop
    }

    /// The same server, started again.
    pub(super) fn restarted(self) -> Self {
        let Self { platform, folder } = self;
        drop(platform);
        let platform = TestPlatform::daemon(folder.path(), &[]);
        Self { platform, folder }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The stack at this version; `first` stands before the function's code.
    pub(super) fn write(&self, version: &str, first: &str) {
        let manifest = MANIFEST.replace("VALUE", version);
        let function = format!("{first}{FUNCTION}");
        self.add("tidegate.yaml", &manifest);
        self.add("hello/index.py", &function);
        self.add("till/server.py", PROCESS);
    }

    pub(super) fn add(&self, file: &str, text: &str) {
        self.add_beside(&format!("shop/{file}"), text);
    }

    pub(super) fn add_beside(&self, file: &str, text: &str) {
        write(self.folder.path(), &[(file, text)]);
    }

    pub(super) fn insert(&self, behind: &str, text: &str) {
        self.replace(behind, &format!("{behind}{text}"));
    }

    pub(super) fn replace(&self, from: &str, to: &str) {
        let manifest = self.folder.path().join("shop/tidegate.yaml");
        let text = std::fs::read_to_string(manifest).expect("written before");
        assert!(text.contains(from), "{from} is in {text}");
        self.add("tidegate.yaml", &text.replace(from, to));
    }

    /// Gives the function dependencies that the server has to bring.
    pub(super) fn build(&self) {
        self.replace("code: hello,", "code: hello, build: python,");
        self.add("hello/requirements.txt", "# none\n");
    }

    pub(super) fn deploy(&self) {
        let said = self.tidegate(&["deploy", "shop"]);
        assert_eq!(said.exit, Some(0), "{said:?}");
    }

    /// What the function and the route answer.
    pub(super) fn versions(&self) -> [String; 2] {
        ["/", "/version"].map(|path| self.platform.get(path).text().to_owned())
    }

    pub(super) fn tidegate(&self, arguments: &[&str]) -> Said {
        run(self.folder.path(), arguments).env("TIDEGATE_STATE", "state").said()
    }
}
