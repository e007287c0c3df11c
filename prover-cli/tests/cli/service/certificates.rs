//! Clients that say who they are with certificates.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType,
    date_time_ymd,
};
use wattproof_service::client::{Certified, Client, ClientError, Reach};
use wattproof_service::job::State;
use zeroize::Zeroizing;

use super::{Serving, assert_proves, package};
use crate::{refusal, run};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key, PEM files.
struct Card {
    cert: PathBuf,
    key: PathBuf,
}

impl Card {
    /// Of these DNS names; without any, of a subject with this common name.
    fn new(at: &Path, by: &Authority, common: &str, names: &[&str], year: i32) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, common);
        let dns = |name: &&str| SanType::DnsName(Ia5String::try_from(*name).unwrap());
        params.subject_alt_names = names.iter().map(dns).collect();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let pair = KeyPair::generate().unwrap();
        let cert = params.signed_by(&pair, by).unwrap();
        let place = |what| at.join(format!("{common}-{year}-{}.{what}.pem", names.len()));
        let card = Self { cert: place("cert"), key: place("key") };
        fs::write(&card.cert, cert.pem()).unwrap();
        fs::write(&card.key, pair.serialize_pem()).unwrap();
        card
    }
}

/// A service over TLS at which both tenants' gateways have certificates, and what its own is vouched for by.
struct Bench {
    serving: Serving,
    ca: Vec<u8>,
    clients: Authority,
}

impl Bench {
    fn new(more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let clients = authority("clients");
        let files = [
            ("cert.pem", own.cert.pem()),
            ("key.pem", own.signing_key.serialize_pem()),
            ("clients.pem", clients.pem()),
        ];
        let [cert, key, ca] = files.map(|(name, text)| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            path.display().to_string()
        });
        let mut args = vec!["--tls-cert", &cert, "--tls-key", &key, "--client-ca", &ca];
        args.extend(more);
        let serving = Serving::with(&args);
        let list = |tenant: &str, name: &str, more: &[&str]| {
            let mut words = vec!["serve", "tenant", "add", tenant, "--state", "state"];
            words.extend(["--certificate", name]);
            words.extend(more);
            run(serving.path(), &words).ok();
        };
        list("a", "gateway.a.example", &[]);
        list("a", "second.a.example", &[]);
        list("b", "Gateway of B", &[]);
        list("ops", "ops.example", &["--operator"]);
        Self { serving, ca: own.cert.pem().into_bytes(), clients }
    }

    fn card(&self, common: &str, names: &[&str]) -> Card {
        Card::new(self.serving.path(), &self.clients, common, names, 2100)
    }

    fn client(&self, card: Option<&Card>, token: Option<&str>) -> Client {
        let token = token.map(|name| Zeroizing::new(self.serving.token(name)));
        let reach = Reach {
            url: &self.serving.url,
            authority: Some(&self.ca),
            plain: false,
            patience: Duration::ZERO,
        };
        let Some(card) = card else { return Client::new(&reach, token.unwrap()).unwrap() };
        let (chain, key) = (fs::read(&card.cert).unwrap(), fs::read(&card.key).unwrap());
        let certified = Certified { chain: &chain, key: &key };
        Client::with_certificate(&reach, certified, token).unwrap()
    }
}

/// Who the service takes a client for: a tenant by name, or the status of its refusal; 0 where there is no connection.
fn taken_for(client: &Client) -> Result<String, u16> {
    match client.prover() {
        Ok(info) => Ok(info.tenant),
        Err(ClientError::Refused { status, .. }) => Err(status),
        Err(ClientError::Unreachable(_)) => Err(0),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn certificates_say_whose_a_job_is() {
    let bench = Bench::new(&[]);
    let at = bench.serving.path();
    let a = bench.card("whoever", &["gateway.a.example"]);
    let b = bench.card("Gateway of B", &[]);
    let text = package();
    let (id, sealed) = bench.serving.seal("a", &text);
    let own = bench.client(Some(&a), None);
    own.submit(&sealed).unwrap();
    assert_eq!(own.wait(id, |_| ()).unwrap().state, State::Done);
    assert_proves(&own.bundle(id).unwrap(), &text);
    // The same tenant by token: the same jobs. Another by certificate: none of them.
    assert_eq!(bench.client(None, Some("a")).job(id, 0).unwrap().state, State::Done);
    let other = bench.client(Some(&b), None);
    assert!(matches!(other.job(id, 0), Err(ClientError::Refused { status: 404, .. })));
    assert!(matches!(other.cancel(id), Err(ClientError::Refused { status: 404, .. })));

    // The same from the command line.
    fs::write(at.join("ca.pem"), &bench.ca).unwrap();
    let [cert, key] = [&a.cert, &a.key].map(|path| path.display().to_string());
    let asked = ["--json", "jobs", "list", "--at", &bench.serving.url, "--ca", "ca.pem"];
    let listed = run(at, &joined(&asked, &["--cert", &cert, "--cert-key", &key])).ok().json();
    assert_eq!(listed["jobs"][0]["job"], id.to_string());
    assert_eq!(refusal(at, &joined(&asked, &[])[1..]), (2, "usage".into()));
    let swapped = joined(&asked, &["--cert", &key, "--cert-key", &cert]);
    assert_eq!(refusal(at, &swapped[1..]), (2, "bad-certificate".into()));
    let mut plain = joined(&asked, &["--cert", &cert, "--cert-key", &key]);
    plain[4] = "http://127.0.0.1:1";
    assert_eq!(refusal(at, &plain[1..]), (2, "no-tls".into()));
}

fn joined<'a>(words: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [words, more].concat()
}

/// Every kind of certificate, with every kind of token.
#[test]
fn certificate_matrix() {
    let bench = Bench::new(&[]);
    let at = bench.serving.path();
    let strangers = authority("clients");
    let name = ["gateway.a.example"];
    let cards = [
        ("none", None),
        ("a", Some(bench.card("one", &name))),
        ("a", Some(bench.card("two", &["elsewhere.example", "gateway.a.example"]))),
        ("a", Some(bench.card("three", &["gateway.a.example", "second.a.example"]))),
        ("b", Some(bench.card("Gateway of B", &[]))),
        ("ops", Some(bench.card("four", &["ops.example"]))),
        // An authority of the service's, and names that are nobody's: a common name does not count beside others.
        ("none", Some(bench.card("Gateway of B", &["nobody.example"]))),
        ("none", Some(bench.card("five", &["GATEWAY.A.EXAMPLE.evil", "*.a.example"]))),
        // Of two at once.
        ("none", Some(bench.card("six", &["gateway.a.example", "ops.example"]))),
        // The right name by somebody else of the same name, and by the right one until long ago.
        ("refused", Some(Card::new(at, &strangers, "seven", &name, 2100))),
        ("refused", Some(Card::new(at, &bench.clients, "eight", &name, 2001))),
    ];
    let tokens = [("none", None), ("a", Some("a")), ("b", Some("b")), ("ops", Some("operator"))];
    let mut asked = 0;
    for (by_card, card) in &cards {
        for (by_token, token) in tokens {
            let wanted = match (*by_card, by_token) {
                ("refused", _) => Err(0),
                ("none", "none") => Err(401),
                ("none", who) | (who, "none") => Ok(who),
                (one, other) if one == other => Ok(one),
                _ => Err(401),
            };
            let wanted = match wanted {
                Ok("ops") => Err(403),
                Ok(tenant) => Ok(tenant.to_owned()),
                Err(status) => Err(status),
            };
            if card.is_none() && token.is_none() {
                continue;
            }
            let client = bench.client(card.as_ref(), token);
            let cert = card.as_ref().map(|card| card.cert.display().to_string());
            assert_eq!(taken_for(&client), wanted, "{cert:?} and {by_token}");
            asked += 1;
        }
    }
    assert_eq!(asked, cards.len() * tokens.len() - 1);

    // Taken back: from the next request on, on a connection that is open too.
    let client = bench.client(cards[1].1.as_ref(), None);
    assert_eq!(taken_for(&client), Ok("a".into()));
    let revoke =
        |tenant| ["serve", "tenant", "revoke", tenant, "gateway.a.example", "--state", "state"];
    assert_eq!(refusal(at, &revoke("b")), (2, "no-such-token".into()));
    run(at, &revoke("a")).ok();
    assert_eq!(taken_for(&client), Err(401));
    let add = ["serve", "tenant", "add", "b", "--state", "state", "--certificate", "ops.example"];
    assert_eq!(refusal(at, &add), (2, "exists".into()));
    let long = "x".repeat(257);
    let add = ["serve", "tenant", "add", "b", "--state", "state", "--certificate", &long];
    assert_eq!(refusal(at, &add), (2, "bad-name".into()));
}

/// Where a certificate is demanded, a token alone opens nothing.
#[test]
fn a_certificate_can_be_demanded() {
    let bench = Bench::new(&["--require-client-cert"]);
    let a = bench.card("whoever", &["gateway.a.example"]);
    let nobody = bench.card("another", &["nobody.example"]);
    assert_eq!(taken_for(&bench.client(None, Some("a"))), Err(0));
    assert_eq!(taken_for(&bench.client(Some(&a), None)), Ok("a".into()));
    assert_eq!(taken_for(&bench.client(Some(&nobody), None)), Err(401));
    assert_eq!(taken_for(&bench.client(Some(&nobody), Some("a"))), Ok("a".into()));
}
