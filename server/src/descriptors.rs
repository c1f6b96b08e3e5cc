//! The limit of open files, which is what caps the screens on a machine out of the box.
//!
//! Owns raising it to what the system allows and saying when that is not enough. Never fails the start.

/// Descriptors that are not connections: database, log, listener, runtime.
#[cfg(unix)]
const RESERVED: u64 = 256;

/// Raises the soft limit to the hard one and warns if `connections_max` cannot be reached.
#[cfg(unix)]
pub fn raise_limit(connections_max: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::debug!(%error, "the limit of open files cannot be raised");
            limit.current
        }
    };
    if let Some(files) = current
        && files < connections_max as u64 + RESERVED
    {
        tracing::warn!(
            files,
            connections_max,
            "fewer files may be open than connections; raise `ulimit -n` (LimitNOFILE= in systemd) or lower connections_max"
        );
    }
}

/// Nothing to raise on this system.
#[cfg(not(unix))]
pub fn raise_limit(_connections_max: usize) {}
