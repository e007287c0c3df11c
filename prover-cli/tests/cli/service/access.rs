//! Who may do what: every tenant, token, method and job.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use wattproof_service::api::OPENAPI;

use super::{Serving, package};
use crate::run;

/// Every combination is denied but what is allowed by this table: a tenant its own jobs, an operator metrics and status, everybody
/// what tells nothing.
fn access(serving: &Serving) {
    let at = serving.path();
    // A second token of a, and one that was taken back.
    run(at, &["serve", "tenant", "add", "a", "--state", "state", "-o", "a2.token"]).ok();
    run(at, &["serve", "tenant", "add", "a", "--state", "state", "-o", "revoked.token"]).ok();
    let digest = {
        use sha2::Digest;
        let digest = sha2::Sha256::digest(serving.token("revoked").as_bytes());
        digest.iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    run(at, &["serve", "tenant", "revoke", "a", &digest[..16], "--state", "state"]).ok();
    let listed =
        run(at, &["--json", "serve", "tenant", "list", "a", "--state", "state"]).ok().json();
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 2);

    let forged = format!("wattproof.a.{}", "0".repeat(64));
    let other = serving.token("b").replace("wattproof.b.", "wattproof.a.");
    let cut = serving.token("a")[..70].to_owned();
    let tokens = [
        ("a", Some(serving.token("a"))),
        ("a", Some(serving.token("a2"))),
        ("b", Some(serving.token("b"))),
        ("ops", Some(serving.token("operator"))),
        ("nobody", None),
        ("nobody", Some(serving.token("revoked"))),
        ("nobody", Some(forged)),
        ("nobody", Some(other)),
        ("nobody", Some(cut)),
        ("nobody", Some(String::new())),
    ];
    let mut jobs = Vec::new();
    for tenant in ["a", "b"] {
        let client = serving.client(tenant, Duration::from_secs(30));
        let (id, sealed) = serving.seal(tenant, &package());
        client.submit(&sealed).unwrap();
        client.wait(id, |_| ()).unwrap();
        jobs.push((tenant, id.to_string()));
    }
    jobs.push(("nobody", "0".repeat(64)));
    jobs.push(("nobody", "not-a-job".to_owned()));
    let mut asked = 0;
    for (who, token) in &tokens {
        let mut expect = |method: &str, path: &str, wanted: u16| {
            let (status, _, body) = serving.ask(method, path, token.as_deref(), b"");
            let text = String::from_utf8_lossy(&body).into_owned();
            assert_eq!(status, wanted, "{who} {method} {path}: {text}");
            for (owner, id) in &jobs {
                assert!(owner == who || path.contains(id.as_str()) || !text.contains(id.as_str()));
            }
            asked += 1;
        };
        let denied = match *who {
            "nobody" => Some(401),
            "ops" => Some(403),
            _ => None,
        };
        for (owner, id) in &jobs {
            let own = |allowed: u16| denied.unwrap_or(if owner == who { allowed } else { 404 });
            expect("GET", &format!("/v1/jobs/{id}"), own(200));
            expect("GET", &format!("/v1/jobs/{id}/bundle"), own(200));
            // Done jobs are neither cancelled nor retried: the owner is told so, others that there is none.
            expect("POST", &format!("/v1/jobs/{id}/cancel"), own(409));
            expect("POST", &format!("/v1/jobs/{id}/retry"), own(409));
            for method in ["PUT", "DELETE", "PATCH"] {
                expect(method, &format!("/v1/jobs/{id}"), 405);
            }
            expect(
                "GET",
                &format!("/v1/jobs?after={id}"),
                match id.as_str() {
                    "not-a-job" => denied.unwrap_or(400),
                    _ => own(200),
                },
            );
        }
        expect("GET", "/v1/jobs", denied.unwrap_or(200));
        expect("GET", "/v1/prover", denied.unwrap_or(200));
        expect("POST", "/v1/jobs", denied.unwrap_or(415));
        let operators = match *who {
            "nobody" => 401,
            "ops" => 200,
            _ => 403,
        };
        expect("GET", "/metrics", operators);
        expect("GET", "/v1/status", operators);
        for open in ["/healthz", "/readyz", "/openapi.json", "/", "/dashboard.js", "/dashboard.css"]
        {
            expect("GET", open, 200);
        }
        expect("GET", "/nowhere", 404);
    }
    assert_eq!(asked, tokens.len() * (jobs.len() * 8 + 12));
    for (_, token) in tokens.iter().filter_map(|(who, token)| Some((who, token.as_ref()?))) {
        assert!(token.is_empty() || !serving.logs().contains(token.as_str()));
    }
}

#[test]
fn access_matrix() {
    access(&Serving::with(&[]));
}

#[test]
fn access_matrix_of_a_fleet() {
    access(&Serving::fleet(1, &[], ""));
}

/// What a submission may be refused for before and after its body is read.
#[test]
fn bodies_are_judged() {
    let serving = Serving::with(&["--max-package", "64"]);
    let token = serving.token("a");
    let post = |body: &[u8]| serving.ask("POST", "/v1/jobs", Some(&token), body);
    let code = |body: &[u8]| {
        let (status, _, answer) = post(body);
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        (status, answer["error"]["code"].as_str().unwrap().to_owned())
    };
    assert_eq!(code(b"{"), (400, "malformed".into()));
    assert_eq!(code(b"\xff"), (400, "malformed".into()));
    assert_eq!(code(b"{\"wattproof\":\"bundle/1\"}"), (400, "unknown-version".into()));
    assert_eq!(code(&vec![b' '; 200_000]), (413, "too-large".into()));
    let (_, sealed) = serving.seal("a", &package());
    let sealed: Value = serde_json::from_str(&sealed.to_json()).unwrap();
    let changed = |member: &str, value: Value| {
        let mut changed = sealed.clone();
        changed[member] = value;
        changed.to_string().into_bytes()
    };
    let zeros = json!("0".repeat(64));
    assert_eq!(code(&changed("key", zeros.clone())), (409, "not-served".into()));
    assert_eq!(code(&changed("circuit_id", zeros.clone())), (409, "not-served".into()));
    assert_eq!(code(&changed("prover_key", zeros)), (409, "other-prover".into()));
    assert_eq!(code(&changed("enc", json!("+"))), (400, "malformed".into()));
    assert_eq!(code(&changed("more", json!(1))), (400, "malformed".into()));
    let (status, head, _) = post(sealed.to_string().as_bytes());
    assert_eq!(status, 201);
    assert!(
        head.contains("location: /v1/jobs/")
            && head.contains("content-security-policy: default-src 'none'")
    );
}

/// The document names what the service answers, and the tests above ask all of it.
#[test]
fn the_document_is_the_services() {
    let serving = Serving::with(&[]);
    let (status, _, served) = serving.ask("GET", "/openapi.json", None, b"");
    assert_eq!((status, served.as_slice()), (200, OPENAPI.as_bytes()));
    let document: Value = serde_json::from_str(OPENAPI).unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let concrete = path.replace("{job}", &"0".repeat(64));
        let known: BTreeSet<_> =
            methods.as_object().unwrap().keys().map(|m| m.to_uppercase()).collect();
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let (status, _, _) = serving.ask(method, &concrete, None, b"");
            assert_eq!(status != 405, known.contains(method), "{method} {path}: {status}");
        }
    }
}

/// Property-based requests made from the document, by schemathesis. `cargo xtask campaign` runs it where that is installed.
#[test]
#[ignore = "needs schemathesis, which is Python's"]
fn schemathesis_finds_nothing() {
    let program = std::env::var("WATTPROOF_SCHEMATHESIS").unwrap_or_else(|_| "schemathesis".into());
    let Ok(version) = Command::new(&program).arg("--version").output() else {
        println!("NOT TESTED: {program} is not installed (pip install schemathesis)");
        return;
    };
    println!("{}", String::from_utf8_lossy(&version.stdout));
    let serving = Serving::with(&["--rate", "100000"]);
    serving.wait_until_ready();
    for name in ["a", "operator"] {
        let header = format!("Authorization: Bearer {}", serving.token(name));
        let output = Command::new(&program)
            .current_dir(serving.path())
            .args(["run", &format!("{}/openapi.json", serving.url), "-H", &header])
            // One document for two kinds of token: those for the other kind are refused, which is documented too.
            .args(["--checks", "all", "--exclude-checks", "ignored_auth,positive_data_acceptance"])
            .args(["--max-examples", "50", "--seed", "1", "--no-color"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        println!(
            "{}",
            text.lines()
                .rev()
                .take(12)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect::<Vec<_>>()
                .join("\n")
        );
    }
}
