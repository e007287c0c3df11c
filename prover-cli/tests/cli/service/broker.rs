//! Servers that speak TLS and let nobody in unknown: every kind of credentials, and a fleet on `deploy/nats.conf`.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use rcgen::string::Ia5String;
use rcgen::{CertificateParams, SanType};
use serde_json::{Value, json};
use wattproof_service::job::State;

use super::gateways::Gateway;
use super::machine::{Machine, words};
use super::nats::{NatsServer, free_port};
use super::{PATIENCE, Serving, assert_proves, deployed, files_below, package};
use crate::refusal;

/// What is only in files, and never said.
const SECRET: &str = "a-password-that-nobody-tells";

/// A server with TLS in a folder, and more configuration. JetStream's domain of accounts is theirs to configure.
fn server(at: &Path, tls: &str, more: &str) -> (NatsServer, String) {
    let port = free_port();
    let folder = at.display();
    let config = format!(
        "listen: \"127.0.0.1:{port}\"\nserver_name: test\n\
         tls {{ cert_file: \"{folder}/server.pem\", key_file: \"{folder}/server.key\", {tls} }}\n\
         jetstream {{ store_dir: \"{folder}/store\" }}\n{more}\n"
    );
    let server = NatsServer::configured(at, port, &config, &[]);
    (server, format!("tls://127.0.0.1:{port}"))
}

/// Words and variables.
type Typed<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);

/// A machine that is let in with these words, or with these variables, and one that is not with those.
#[track_caller]
fn assert_let_in(at: &Path, url: &str, good: [Typed<'_>; 2], bad: &[&[&str]]) {
    let base = ["--queue", url, "--queue-ca", "ca.pem"];
    for (number, (more, env)) in good.into_iter().enumerate() {
        let name = format!("machine-{number}");
        let machine = Machine::start(at, &name, &[&base, more].concat(), env);
        machine.wait_for(200);
        assert_silent(&machine.log());
        for place in ["cmdline", "environ"] {
            let told = fs::read(format!("/proc/{}/{place}", machine.pid())).unwrap();
            assert_silent(&String::from_utf8_lossy(&told));
        }
    }
    for more in bad {
        let mut all = words();
        all.extend([&base, *more].concat().into_iter().map(str::to_owned));
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        assert_eq!(refusal(at, &all), (2, "queue-unreachable".into()), "{more:?}");
        let outcome = crate::run(at, &all);
        assert_silent(&(outcome.text() + &outcome.err));
    }
}

#[track_caller]
fn assert_silent(text: &str) {
    // Seeds of users begin so.
    assert!(!text.contains(SECRET) && !text.contains("SUA"), "{text}");
}

/// A folder with a prover's key, certificates, and files with these words.
fn bench(files: &[(&str, &str)]) -> Serving {
    let serving = Serving::prepared(&[]);
    deployed::certify(serving.path());
    for (name, text) in files {
        fs::write(serving.path().join(name), format!("{text}\n")).unwrap();
    }
    serving
}

#[test]
fn passwords_and_nkeys_let_in() {
    let (user, stranger) = (KeyPair::new_user(), KeyPair::new_user());
    let serving = bench(&[
        ("password", SECRET),
        ("wrong", "another-password"),
        ("seed", &user.seed().unwrap()),
        ("strange-seed", &stranger.seed().unwrap()),
        ("no-seed", "SUAnothing"),
    ]);
    let at = serving.path();
    let users = format!(
        "authorization {{ users: [ {{ user: u, password: \"{SECRET}\" }}, {{ nkey: {} }} ] }}",
        user.public_key()
    );
    let (_server, url) = server(at, "", &users);
    assert_let_in(
        at,
        &url,
        [
            (&["--queue-user", "u", "--queue-password", "password"], &[]),
            (&[], &[("WATTPROOF_QUEUE_USER", "u"), ("WATTPROOF_QUEUE_PASSWORD_FILE", "password")]),
        ],
        &[&["--queue-user", "u", "--queue-password", "wrong"], &[]],
    );
    assert_let_in(
        at,
        &url,
        [(&["--queue-nkey", "seed"], &[]), (&[], &[("WATTPROOF_QUEUE_NKEY_FILE", "seed")])],
        &[&["--queue-nkey", "strange-seed"], &["--queue-nkey", "no-seed"]],
    );
    // A server that nobody vouches for is told nothing.
    let mut all = words();
    all.extend(["--queue", &url, "--queue-nkey", "seed"].map(str::to_owned));
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    assert_eq!(refusal(at, &all), (2, "queue-unreachable".into()));
    // And where it is asked for, a connection without TLS is none.
    let plain = url.replace("tls://", "nats://");
    let inside = [
        "worker",
        "--queue",
        &plain,
        "--queue-user",
        "u",
        "--queue-password",
        SECRET,
        "--keys",
        "x",
        "--prover-key",
        "prover.json",
    ];
    // Typed in place of a file, a password is a file that is not there.
    assert_eq!(refusal(at, &inside), (2, "unreadable".into()));
}

#[test]
fn tokens_let_in() {
    let serving = bench(&[("token", SECRET), ("wrong", "another-token")]);
    let at = serving.path();
    let (_server, url) = server(at, "", &format!("authorization {{ token: \"{SECRET}\" }}"));
    assert_let_in(
        at,
        &url,
        [(&["--queue-token", "token"], &[]), (&[], &[("WATTPROOF_QUEUE_TOKEN_FILE", "token")])],
        &[&["--queue-token", "wrong"]],
    );
}

#[test]
fn client_certificates_let_in() {
    let serving = Serving::prepared(&[]);
    let at = serving.path();
    let authority = deployed::certify(at);
    let card = |name: &str| {
        let mut params = CertificateParams::new([]).unwrap();
        params.subject_alt_names = vec![SanType::DnsName(Ia5String::try_from(name).unwrap())];
        let pair = rcgen::KeyPair::generate().unwrap();
        let cert = params.signed_by(&pair, &authority).unwrap();
        fs::write(at.join(format!("{name}.pem")), cert.pem()).unwrap();
        fs::write(at.join(format!("{name}.key")), pair.serialize_pem()).unwrap();
    };
    card("worker.example");
    card("stranger.example");
    let tls = format!("ca_file: \"{}/ca.pem\", verify_and_map: true", at.display());
    let users = "authorization { users: [ { user: worker.example } ] }";
    let (_server, url) = server(at, &tls, users);
    let good: &[&str] =
        &["--queue-cert", "worker.example.pem", "--queue-key", "worker.example.key"];
    let bad: &[&str] =
        &["--queue-cert", "stranger.example.pem", "--queue-key", "stranger.example.key"];
    assert_let_in(at, &url, [(good, &[]), (good, &[])], &[bad, &[]]);
}

/// A JWT as operators of NATS make them.
fn jwt(issuer: &KeyPair, subject: &KeyPair, nats: &Value) -> String {
    let claims = json!({
        "jti": "0", "iat": 1, "iss": issuer.public_key(), "sub": subject.public_key(), "nats": nats,
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(&json!({ "typ": "JWT", "alg": "ed25519-nkey" }));
    let text = format!("{head}.{}", part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(issuer.sign(text.as_bytes()).unwrap());
    format!("{text}.{signature}")
}

fn creds(account: &KeyPair) -> String {
    let user = KeyPair::new_user();
    let nats = json!({ "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1 });
    format!(
        "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        jwt(account, &user, &nats),
        user.seed().unwrap()
    )
}

#[test]
fn creds_files_let_in() {
    let (operator, account) = (KeyPair::new_operator(), KeyPair::new_account());
    let (system, stranger) = (KeyPair::new_account(), KeyPair::new_account());
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true,
        "conn": -1, "leaf": -1, "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let own = json!({ "type": "account", "version": 2, "limits": limits });
    let bare = json!({ "type": "account", "version": 2, "limits": {
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true,
        "conn": -1, "leaf": -1,
    } });
    let whole = json!({ "type": "operator", "version": 2, "system_account": system.public_key() });
    let config = format!(
        "operator: \"{}\"\nresolver: MEMORY\nresolver_preload: {{ {}: \"{}\", {}: \"{}\" }}",
        jwt(&operator, &operator, &whole),
        account.public_key(),
        jwt(&operator, &account, &own),
        system.public_key(),
        jwt(&operator, &system, &bare),
    );
    let serving = bench(&[
        ("worker.creds", &creds(&account)),
        ("strange.creds", &creds(&stranger)),
        ("no.creds", "SUAnothing"),
    ]);
    let at = serving.path();
    let (_server, url) = server(at, "", &config);
    assert_let_in(
        at,
        &url,
        [
            (&["--queue-creds", "worker.creds"], &[]),
            (&[], &[("WATTPROOF_QUEUE_CREDS_FILE", "worker.creds")]),
        ],
        &[&["--queue-creds", "strange.creds"], &["--queue-creds", "no.creds"]],
    );
}

/// The whole way over TLS, with users that may do no more than their work: gateway, service, worker, and back.
#[test]
fn a_fleet_works_on_the_configuration_that_is_shipped() {
    let mut serving = bench(&[
        ("serve.password", "password-of-serve"),
        ("worker.password", "password-of-worker"),
    ]);
    let at = serving.path().to_owned();
    let add = ["serve", "tenant", "add", "home", "--state", "state", "-o", "home.token"];
    crate::run(&at, &add).ok();
    let (port, mqtt) = (free_port(), free_port());
    let config = deployed::configuration(&at, port, Some(mqtt), None);
    // The client of the tests speaks MQTT without TLS.
    let (before, after) = config.split_once("\nmqtt {").unwrap();
    let (_, after) = after.split_once("\n}\n").unwrap();
    let config = format!("{before}\nmqtt {{ listen: \"127.0.0.1:{mqtt}\" }}\n{after}");
    let _server = NatsServer::configured(&at, port, &config, &deployed::passwords());
    let url = format!("tls://127.0.0.1:{port}");
    let queue = |user: &str| {
        let password = format!("{user}.password");
        [
            "--queue",
            &url,
            "--queue-ca",
            "ca.pem",
            "--queue-user",
            user,
            "--queue-password",
            &password,
        ]
        .map(str::to_owned)
    };
    serving.args.extend(queue("serve"));
    serving.args.extend(["--workers", "0", "--gateways"].map(str::to_owned));
    serving.start();
    let own = queue("worker");
    let own: Vec<_> = own.iter().map(String::as_str).collect();
    let machine = Machine::start(&at, "machine", &own, &[]);
    machine.wait_for(200);

    // By HTTP, and by MQTT.
    let client = serving.client("a", PATIENCE);
    let text = package();
    let (job, sealed) = serving.seal("a", &text);
    client.submit(&sealed).unwrap();
    assert_eq!(client.wait(job, |_| ()).unwrap().state, State::Done);
    assert_proves(&client.bundle(job).unwrap(), &text);
    let gateway = Gateway::new("home", mqtt);
    let (job, sealed) = serving.seal("home", &text);
    let sealed = sealed.to_json();
    gateway.publish("home", &sealed);
    assert_eq!(gateway.receipt(&sealed)["job"], job.to_string());
    let home = serving.client("home", PATIENCE);
    assert_eq!(home.wait(job, |_| ()).unwrap().state, State::Done);
    gateway.publish("home", &sealed);
    assert_eq!(gateway.receipt(&sealed)["state"], "done");
    let (topic, bundle) = gateway.next();
    assert_eq!(topic, format!("wattproof/result/home/{job}"));
    assert_proves(std::str::from_utf8(&bundle).unwrap(), &text);

    // Nobody was denied what it needs, and no password is anywhere but in its file.
    let logs = serving.logs() + &machine.log();
    assert!(!logs.to_lowercase().contains("violation"), "{logs}");
    for path in files_below(&at) {
        let text = fs::read(&path).unwrap();
        let found = text.windows(11).any(|part| part == b"password-of");
        assert_eq!(found, path.extension().is_some_and(|end| end == "password"), "{path:?}");
    }
}
