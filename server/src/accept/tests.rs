//! The caps without sockets; the loop itself is tested over real ones in `tests/it/accept.rs`.

use super::{Admission, Permit, Refused};
use std::sync::Arc;

fn admit(admission: &Arc<Admission>, ip: &str) -> Result<Permit, Refused> {
    admission.admit(ip.parse().unwrap())
}

#[test]
fn a_permit_is_given_back_when_dropped() {
    let admission = Admission::new(1, 1);
    let first = admit(&admission, "10.0.0.1").ok().unwrap();
    assert_eq!(admit(&admission, "10.0.0.2").err(), Some(Refused::Total));
    drop(first);
    assert_eq!(admission.total(), 0);
    assert!(admit(&admission, "10.0.0.2").is_ok());
}

#[test]
fn one_address_cannot_take_every_place() {
    let admission = Admission::new(100, 2);
    let _two = (
        admit(&admission, "10.0.0.1").ok().unwrap(),
        admit(&admission, "::ffff:10.0.0.1").ok().unwrap(),
    );
    assert_eq!(admit(&admission, "10.0.0.1").err(), Some(Refused::PerIp));
    assert!(admit(&admission, "10.0.0.2").is_ok());
}

#[test]
fn an_ipv6_network_counts_as_one_address() {
    let admission = Admission::new(100, 1);
    let _one = admit(&admission, "2001:db8::1").ok().unwrap();
    assert_eq!(admit(&admission, "2001:db8::2").err(), Some(Refused::PerIp));
    assert!(admit(&admission, "2001:db8:0:1::1").is_ok());
}

#[test]
fn this_machine_is_exempt_from_the_cap_per_address() {
    let admission = Admission::new(3, 1);
    let open: Vec<_> =
        ["127.0.0.1", "127.0.0.1", "::1"].map(|ip| admit(&admission, ip).ok()).into();
    assert!(open.iter().all(Option::is_some));
    assert_eq!(admit(&admission, "127.0.0.1").err(), Some(Refused::Total));
}
