//! Owns one fact that cargo cannot see: a file added to `web/dist` changes what is embedded. Never runs a
//! program and never reaches the network.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../web/dist");
}
