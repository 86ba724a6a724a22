//! Keys, addresses and networks that do not let anything through: nothing is sent, and nothing is lost.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::support::{KEY, Server, Workdir, balanced, relay::Relay, server::nowhere};

const SYNC: &str = "sync clients.csv --mapping map.toml --give-up-after 0s --json";
/// A key that the sandbox knows and refuses.
const FORBIDDEN: &str = "cc_forbidden_0f1e2d3c4b5a6978";

fn work_with_clients(work: Workdir) -> Workdir {
    work.export("clients.csv", 20);
    work
}

#[test]
fn where_nothing_listens_everything_stays_pending_until_the_api_is_there() {
    let url = nowhere();
    let work = work_with_clients(
        Workdir::new()
            .with_address(&url)
            .with("ACA_SYNC_API_KEY", KEY),
    );

    let down = work.run(SYNC).expect(69);
    let still_down = work
        .run("sync clients.csv --mapping map.toml --give-up-after 1s")
        .expect(69);
    let server = Server::at(&url);
    let up = work.run("resume --json").expect(0);

    assert_eq!(balanced(&down.json())["records"]["pending"], 20);
    assert_eq!(down.json()["requests"]["sent"], 0);
    assert!(
        still_down.stdout.contains("connection refused"),
        "{}",
        still_down.stdout
    );
    assert!(still_down.stdout.contains("`aca-sync resume 1` goes on"));
    assert_eq!(balanced(&up.json())["records"]["succeeded"], 20);
    assert_eq!(server.tally().records_applied, 20);
}

#[test]
fn where_tls_or_the_name_fails_everything_stays_pending() {
    let server = Server::new();
    let speaks_no_tls = server.url().replace("http://", "https://");
    for (url, why) in [
        (speaks_no_tls.as_str(), "127.0.0.1: TLS failed"),
        ("https://api.carecycle.invalid", "the name is not known"),
    ] {
        let work = work_with_clients(
            Workdir::new()
                .with_address(url)
                .with("ACA_SYNC_API_KEY", KEY),
        );

        let down = work
            .run("sync clients.csv --mapping map.toml --give-up-after 0s --first-run")
            .expect(69);
        let left = work.run("show --json").expect(0).json();

        assert!(down.stdout.contains(why), "{}", down.stdout);
        assert_eq!(balanced(&left)["records"]["pending"], 20);
        assert_eq!(left["requests"]["sent"], 0);
    }
}

#[test]
fn a_key_that_is_refused_stops_the_run_before_anything_is_applied() {
    let server = Server::new();
    let work = work_with_clients(Workdir::against(&server).with("ACA_SYNC_API_KEY", FORBIDDEN));

    let refused = work.run(SYNC).expect(77);
    let work = work.with("ACA_SYNC_API_KEY", KEY);
    let resumed = work.run("resume --json").expect(0);

    assert_eq!(balanced(&refused.json())["records"]["pending"], 20);
    assert_eq!(refused.json()["requests"]["sent"], 1);
    assert_eq!(balanced(&resumed.json())["records"]["succeeded"], 20);
    assert!(
        server
            .customers()
            .iter()
            .all(|customer| customer["applied"] == 1)
    );
}

#[test]
fn an_unknown_key_is_named_by_its_status() {
    let relay = Relay::saying(401, ("x-nothing", "1".to_owned()));
    let work = work_with_clients(
        Workdir::new()
            .with_address(relay.url())
            .with("ACA_SYNC_API_KEY", KEY),
    );

    let refused = work.run("sync clients.csv --mapping map.toml").expect(77);

    assert!(
        refused.stdout.contains("the API refused the key (401)"),
        "{}",
        refused.stdout
    );
    assert_eq!(relay.requests().len(), 1);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Relay::saying(200, ("x-nothing", "1".to_owned()));
    let location = format!("{}/v2/sync/aca", elsewhere.url());
    let relay = Relay::saying(307, ("location", location));
    let work = work_with_clients(
        Workdir::new()
            .with_address(relay.url())
            .with("ACA_SYNC_API_KEY", KEY),
    );

    let done = work.run(SYNC).expect(69);

    assert_eq!(balanced(&done.json())["records"]["pending"], 20);
    assert_eq!((relay.requests().len(), elsewhere.requests().len()), (1, 0));
}

#[test]
fn neither_key_nor_data_leaves_the_machine_unencrypted() {
    for url in [
        "http://api.example.com",
        "http://10.1.2.3:8787",
        "ftp://127.0.0.1",
        "127.0.0.1:8787",
    ] {
        let work = work_with_clients(
            Workdir::new()
                .with_address(url)
                .with("ACA_SYNC_API_KEY", KEY),
        );

        work.run(SYNC).expect(78).complains(&["the base URL"]);

        assert!(!work.state().exists(), "{url}");
    }
}

#[test]
fn the_key_comes_from_a_file_then_the_credentials_folder_then_the_environment() {
    let server = Server::new();
    let work = work_with_clients(Workdir::against(&server).with("ACA_SYNC_API_KEY", FORBIDDEN));
    let folder = work.path("credentials");
    fs::create_dir(&folder).unwrap();
    work.write("credentials/aca-sync-api-key", format!("{FORBIDDEN}\n"));
    work.write("key", format!("{KEY}\n"));
    let full = "sync clients.csv --mapping map.toml --full";

    let by_flag = "--api-key-file key";
    let work = work.with("CREDENTIALS_DIRECTORY", folder.to_str().unwrap());
    work.run(&format!("{full} {by_flag}")).expect(0);
    work.run(full).expect(77);
    work.write("credentials/aca-sync-api-key", KEY);
    work.run(full).expect(0);
    fs::remove_file(folder.join("aca-sync-api-key")).unwrap();
    work.run(full).expect(77);
    let work = work.with("ACA_SYNC_API_KEY", KEY);
    work.run(full).expect(0);
}

#[test]
fn a_key_file_that_others_can_read_is_warned_of() {
    let server = Server::new();
    let work = work_with_clients(Workdir::against(&server));
    work.write("key", KEY);
    let set_mode = |mode| fs::set_permissions(work.path("key"), fs::Permissions::from_mode(mode));
    let sync = "sync clients.csv --mapping map.toml --api-key-file key";

    set_mode(0o644).unwrap();
    let open = work.run(sync).expect(0);
    set_mode(0o600).unwrap();
    let closed = work.run(&format!("{sync} --full")).expect(0);

    open.complains(&["others than you may read the file with the API key"]);
    assert!(!closed.stderr.contains("others than you"));
}

#[test]
fn a_missing_or_unlikely_key_is_a_matter_of_configuration() {
    let server = Server::new();
    let without = work_with_clients(Workdir::new().with_address(&server.url()));
    without.write("empty", "");

    without
        .run(SYNC)
        .expect(78)
        .complains(&["there is no API key", "--api-key-file", "--sandbox"]);
    without
        .run(&format!("{SYNC} --api-key-file none"))
        .expect(78)
        .complains(&["none"]);
    without
        .run(&format!("{SYNC} --api-key-file empty"))
        .expect(78)
        .complains(&["empty", "cc_"]);
    let other = without.with("ACA_SYNC_API_KEY", "sk_live_2718281828");
    let done = other.run(SYNC).expect(78);

    assert!(!done.stderr.contains("2718281828") && !done.stdout.contains("2718281828"));
    assert_eq!(server.tally().requests, 0);
}

#[test]
fn a_live_address_is_sent_to_only_when_the_first_run_is_meant() {
    // A name that no resolver knows (RFC 6761), so that nothing can leave the machine.
    let url = "https://api.carecycle.invalid";
    let work = work_with_clients(
        Workdir::new()
            .with_address(url)
            .with("ACA_SYNC_API_KEY", KEY),
    );

    let guarded = work.run(SYNC).expect(4);
    let nothing = !work.state().exists();
    let meant = work.run(&format!("{SYNC} --first-run")).expect(69);
    let known = work.run(SYNC).expect(69);

    guarded.complains(&[
        "first_run",
        "has never sent to the account default",
        "--first-run",
    ]);
    assert_eq!(guarded.json()["exit"], 4);
    assert!(nothing, "something was created");
    assert_eq!(balanced(&meant.json())["records"]["pending"], 20);
    meant.complains(&[
        "1. healthSherpaCustomerId, from column healthsherpa_id: 20 of 20 rows have it",
        "1. healthSherpaPolicyId, from column healthsherpa_policy_ids: 20 of 20 rows have it",
    ]);
    assert_eq!(balanced(&known.json())["records"]["pending"], 20);
}
