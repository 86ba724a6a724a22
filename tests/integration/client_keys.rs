//! What opens the door: keys, addresses, rates.

use std::{fs, net::Ipv4Addr};

use aca_sync::client::{Address, ApiKey, Rate};

#[test]
fn a_key_begins_with_cc_and_is_one_line_of_visible_characters() {
    for good in ["cc_0123abc", "  cc_0123abc\r\n", "cc_~!"] {
        assert!(ApiKey::from_text(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "cc_",
        "0123abc",
        "CC_0123abc",
        "cc_01 23",
        "cc_01\n23",
        "cc_01\u{e9}",
        "cc_01\0",
    ] {
        let error = ApiKey::from_text(bad).unwrap_err().to_string();
        assert!(!error.contains("01"), "{error}");
    }
}

#[test]
fn a_key_prints_nothing_of_itself_and_its_ledger_s_name_leads_nowhere() {
    let (key, other) = (
        ApiKey::from_text("cc_0123abc").unwrap(),
        ApiKey::from_text("cc_0123abd").unwrap(),
    );

    assert_eq!(format!("{key:?}"), "ApiKey(private)");
    assert_eq!(key.ledger_name(), "1a1ba1e3aeff29def8fbc48264c979ce");
    assert_ne!(key.ledger_name(), other.ledger_name());
}

#[test]
fn a_key_s_file_is_named_when_it_holds_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    for content in [
        None,
        Some("secret-of-another-kind"),
        Some(""),
        Some("cc_\u{e9}"),
    ] {
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        let error = ApiKey::from_file(&path).unwrap_err().to_string();

        assert!(error.contains(path.to_str().unwrap()), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    fs::write(&path, "cc_0123abc".repeat(1000)).unwrap();
    assert!(ApiKey::from_file(&path).is_err());
}

#[cfg(unix)]
#[test]
fn a_key_s_file_that_others_may_read_is_pointed_out() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, "cc_0123abc\n").unwrap();
    for (mode, exposed) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let key = ApiKey::from_file(&path).unwrap();

        assert_eq!(key.is_exposed(), exposed, "{mode:o}");
        assert_eq!(
            key.ledger_name(),
            ApiKey::from_text("cc_0123abc").unwrap().ledger_name()
        );
    }
}

#[test]
fn an_address_is_encrypted_or_of_this_machine() {
    let loopback = Ipv4Addr::new(127, 9, 9, 9);
    for (text, shown, local) in [
        (
            "https://api.carecycle.ai",
            "https://api.carecycle.ai",
            false,
        ),
        (
            " https://API.carecycle.ai/ ",
            "https://api.carecycle.ai",
            false,
        ),
        (
            "https://proxy.example.com:8443/care/",
            "https://proxy.example.com:8443/care",
            false,
        ),
        ("http://localhost:8787", "http://localhost:8787", true),
        (&format!("http://{loopback}"), "http://127.9.9.9", true),
        ("http://[::1]:80", "http://[::1]", true),
        ("https://127.0.0.1", "https://127.0.0.1", true),
    ] {
        let address = Address::parse(text).unwrap();
        assert_eq!(
            (address.to_string().as_str(), address.is_loopback()),
            (shown, local)
        );
    }
    for bad in [
        "",
        "api.carecycle.ai",
        "http://api.carecycle.ai",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0",
        "http://[::]",
        "ftp://localhost",
        "file:///etc/passwd",
        "https://user@api.carecycle.ai",
        "https://user:hunter2@api.carecycle.ai",
        "https://api.carecycle.ai/?key=hunter2",
        "https://api.carecycle.ai/#hunter2",
        "https://",
    ] {
        let error = Address::parse(bad).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_rate_is_a_number_of_requests_in_a_second_a_minute_or_an_hour() {
    for (text, requests, seconds) in [
        ("60/min", 60, 60),
        ("10/s", 10, 1),
        (" 1000 / h ", 1000, 3600),
        ("1000000/s", 1_000_000, 1),
    ] {
        let rate = Rate::parse(text).unwrap();
        assert_eq!(
            (rate.requests().get(), rate.window().as_secs()),
            (requests, seconds)
        );
        assert_eq!(Rate::parse(&rate.to_string()).unwrap(), rate);
    }
    for bad in [
        "",
        "60",
        "0/min",
        "-1/min",
        "1.5/s",
        "60/day",
        "1000001/s",
        "60/min/min",
    ] {
        assert!(Rate::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(Rate::default(), Rate::parse("60/min").unwrap());
}
