//! `deploy/nats.conf` with a real server: as it is, but for its folders, its addresses, and what an old server does not know.

use std::fs;
use std::path::Path;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::server::program;

/// Bcrypt of `password-of-USER`, at its least cost.
const PASSWORDS: [(&str, &str); 3] = [
    ("SERVE_PASSWORD", "$2a$04$abcdefghijklmnopqrstuuSN93Hw3jRmslK1DsD8AyGC6a1BaeVsO"),
    ("WORKER_PASSWORD", "$2a$04$abcdefghijklmnopqrstuuQympTeZcwen0s78TXTE3WPeOXY7wOSq"),
    ("HOME_PASSWORD", "$2a$04$abcdefghijklmnopqrstuu63R9lZ4T.wFYL2UEuT1ekIuiYA5TOom"),
];

/// What the configuration wants in its environment.
pub(crate) fn passwords() -> Vec<(&'static str, String)> {
    PASSWORDS.map(|(name, hash)| (name, hash.to_owned())).into()
}

/// An authority, and a certificate of its for servers of this machine: `ca.pem`, `server.pem`, `server.key`.
pub(crate) fn certify(folder: &Path) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let pair = KeyPair::generate().unwrap();
    let server = CertificateParams::new(names).unwrap().signed_by(&pair, &authority).unwrap();
    fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    fs::write(folder.join("server.pem"), server.pem()).unwrap();
    fs::write(folder.join("server.key"), pair.serialize_pem()).unwrap();
    authority
}

/// Where one server of a cluster is: its name, its port for the others, and theirs.
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) own: u16,
    pub(crate) others: [u16; 2],
}

/// The configuration for a server whose certificate is in a folder, and which stores there.
pub(crate) fn configuration(
    folder: &Path,
    port: u16,
    mqtt: Option<u16>,
    place: Option<&Place>,
) -> String {
    let folder = folder.display();
    let mut text = include_str!("../../deploy/nats.conf").to_owned();
    let mut put = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    };
    put("/etc/nats/", &format!("{folder}/"));
    put("\"/var/lib/nats\"", &format!("\"{folder}/store\""));
    put("0.0.0.0:4222", &format!("127.0.0.1:{port}"));
    if !knows_sync_interval() {
        put("    sync_interval: always\n", "");
    }
    if let Some(Place { name, own, others: [one, two] }) = place {
        put("server_name: n1", &format!("server_name: {name}"));
        put("0.0.0.0:6222", &format!("127.0.0.1:{own}"));
        put("n2.example:6222", &format!("127.0.0.1:{one}"));
        put("n3.example:6222", &format!("127.0.0.1:{two}"));
    }
    if let Some(port) = mqtt {
        put("0.0.0.0:8883", &format!("127.0.0.1:{port}"));
    }
    if place.is_none() {
        text = without(&text, "\ncluster {");
    }
    if mqtt.is_none() {
        text = without(&text, "\nmqtt {");
    }
    text
}

/// Without the block that begins so.
fn without(text: &str, begin: &str) -> String {
    let (before, rest) = text.split_once(begin).unwrap();
    let (_, after) = rest.split_once("\n}\n").unwrap();
    format!("{before}\n{after}")
}

/// Since 2.10.
fn knows_sync_interval() -> bool {
    let version = Command::new(program()).arg("-v").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let (_, number) = version.rsplit_once('v').unwrap();
    let mut parts = number.trim().split('.').map(|part| part.parse::<u32>().unwrap());
    (parts.next().unwrap(), parts.next().unwrap()) >= (2, 10)
}
