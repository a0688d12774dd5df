//! Two that deploy at once: the second is told whom it waits for, and goes on from what the first left.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use super::shop::Shop;
use crate::program::{run, tidegate};

#[test]
fn who_comes_second_waits_and_is_told_for_whom() {
    let shop = Shop::serve();
    // The first deployment is under way until the function's init hears from here.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let init = format!("import socket\nsocket.create_connection(('127.0.0.1', {port})).recv(1)\n");
    shop.write("one", &init);
    let folder = shop.folder();
    let deploys = || run(folder, &["deploy", "shop"]).env("TIDEGATE_STATE", "state").said();
    std::thread::scope(|scope| {
        let first = scope.spawn(deploys);
        let (mut initializing, _) = listener.accept().expect("the function's init");

        let mut second = Command::new(tidegate())
            .args(["deploy", "shop"])
            .current_dir(folder)
            .env("TIDEGATE_STATE", "state")
            .stdout(Stdio::piped())
            .spawn()
            .expect("tidegate starts");
        let mut lines = BufReader::new(second.stdout.take().expect("piped")).lines();
        let mut line = || lines.next().expect("a line").expect("UTF-8");
        while !line().contains("waiting for `shop`, deployed by ") {}

        initializing.write_all(b"1").expect("it reads");
        let first = first.join().expect("it ends");
        assert!(first.out.contains("deployed shop, revision 1"), "{first:?}");
        while !line().contains("nothing to do: shop is at revision 1") {}
        assert!(second.wait().expect("it ends").success());
    });
}
