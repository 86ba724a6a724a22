//! Others who do not listen: whatever they do, the command ends as it would have, and says so in a remark.

use std::net::TcpListener;

use crate::support::{
    Server, Workdir,
    outsider::{Manner, Outsider},
    server::nowhere,
    workdir::Done,
};

const SYNC: &str = "sync clients.csv --mapping map.toml --full";
const NOT_TOLD: &str = "was not told how the command ended: ";

/// Syncs with success and without, telling these two; the result is as it is where nobody is told.
fn expect_same((ping, webhook): (&str, &str), timeout: &str, words: &[&str]) {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 10);
    let tell =
        format!("--notify-ping {ping} --notify-webhook {webhook} --notify-timeout {timeout}");

    for (line, exit) in [(SYNC, 0), ("sync missing.csv --mapping map.toml", 66)] {
        let done = work.run(&format!("{line} -vv {tell}")).expect(exit);

        done.complains(words);
        expect_host_alone(&done);
    }
    let quiet = work.run(&format!("{SYNC} --quiet {tell}")).expect(0);

    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    assert_eq!(server.tally().customers, 10);
}

fn expect_host_alone(done: &Done) {
    assert!(!done.stderr.contains("s3cret"), "{}", done.stderr);
    assert!(!done.stdout.contains("127.0.0.1 was"), "{}", done.stdout);
}

#[test]
fn who_is_not_there_changes_nothing_but_a_remark() {
    let gone = nowhere();

    expect_same(
        (&format!("{gone}/s3cret"), &format!("{gone}/s3cret")),
        "30s",
        &[
            "warning: 127.0.0.1 was not told that the command started: connection refused",
            &format!("warning: 127.0.0.1 {NOT_TOLD}connection refused"),
        ],
    );
}

#[test]
fn who_never_answers_is_not_waited_for_longer_than_was_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();

    expect_same(
        (
            &format!("http://{address}/s3cret"),
            &format!("http://{address}/s3cret"),
        ),
        "1s",
        &[
            "127.0.0.1 was not told that the command started: no answer in time",
            &format!("{NOT_TOLD}no answer in time"),
        ],
    );
}

#[test]
fn who_answers_with_an_error_is_told_twice_and_who_refuses_once() {
    let outsider = Outsider::answering(|heard| {
        Manner::Status(if heard.target == "/hook/s3cret" {
            500
        } else {
            404
        })
    });

    expect_same(
        (&outsider.at("/ping/s3cret"), &outsider.at("/hook/s3cret")),
        "30s",
        &[
            "was not told that the command started: it answered 404",
            &format!("{NOT_TOLD}it answered 404"),
            &format!("{NOT_TOLD}it answered 500"),
        ],
    );

    let heard = outsider.take();
    let of = |target: &str| heard.iter().filter(|heard| heard.target == target).count();
    // Three commands.
    assert_eq!(
        (
            of("/ping/s3cret/start"),
            of("/ping/s3cret"),
            of("/hook/s3cret")
        ),
        (3, 2, 6)
    );
}

#[test]
fn a_redirect_is_not_followed_anywhere() {
    let other = Outsider::new();
    let target = other.at("/elsewhere/s3cret");
    let outsider = Outsider::answering(move |_| Manner::Elsewhere(target.clone()));

    expect_same(
        (&outsider.at("/ping/s3cret"), &outsider.at("/hook/s3cret")),
        "30s",
        &[&format!("{NOT_TOLD}it answered with a redirect (302)")],
    );

    assert_eq!(other.targets(), [""; 0]);
}

#[test]
fn https_is_never_spoken_in_the_open() {
    let outsider = Outsider::new();
    let address = outsider.at("/s3cret").replace("http://", "https://");

    expect_same(
        (&address, &address),
        "30s",
        &[&format!("{NOT_TOLD}TLS failed")],
    );

    assert_eq!(outsider.targets(), [""; 0]);
}

#[test]
fn a_second_try_that_is_heard_says_nothing_and_the_same() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 10);
    let tries = std::sync::atomic::AtomicU32::new(0);
    let outsider = Outsider::answering(move |_| {
        let try_number = tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Manner::Status(if try_number == 0 { 503 } else { 204 })
    });
    let hook = outsider.at("/hook");

    let done = work
        .run(&format!("{SYNC} --notify-webhook {hook}"))
        .expect(0);

    let heard = outsider.take();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].body, heard[1].body);
    assert!(!done.stderr.contains("was not told"), "{}", done.stderr);
}

#[test]
fn telling_the_start_keeps_nothing_waiting_and_still_comes_before_the_end() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 10);
    let outsider = Outsider::answering(|heard| {
        if heard.target == "/ping/start" {
            Manner::Later
        } else {
            Manner::Status(200)
        }
    });
    let ping = outsider.at("/ping");

    let mut running = work.start(&format!("{SYNC} --notify-ping {ping} --notify-timeout 5m"));
    let is_sent = || server.tally().customers == 10 && !outsider.heard().is_empty();
    assert!(running.wait_until(is_sent), "it waited for the ping");
    let before = outsider.heard().len();
    outsider.speak();
    let done = running.finish().expect(0);

    assert_eq!(before, 1);
    assert_eq!(outsider.targets(), ["/ping/start", "/ping"]);
    assert!(!done.stderr.contains("was not told"), "{}", done.stderr);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_telling_and_the_result_stays() {
    for signal in ["TERM", "INT"] {
        let server = Server::new();
        let work = Workdir::against(&server);
        work.export("clients.csv", 10);
        let outsider = Outsider::answering(|heard| {
            if heard.target == "/ping/start" {
                Manner::Status(200)
            } else {
                Manner::Later
            }
        });
        let ping = outsider.at("/ping");

        let mut running = work.start(&format!("{SYNC} --notify-ping {ping} --notify-timeout 5m"));
        assert!(running.wait_until(|| outsider.heard().len() == 2));
        running.signal(signal);
        let done = running.finish().expect(0);

        assert!(done.stdout.contains("every row is accounted for"));
        done.complains(&["warning: a signal came before all was told to 127.0.0.1"]);
    }
}
