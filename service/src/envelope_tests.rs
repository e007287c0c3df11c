use super::*;

fn subject(package: &[u8]) -> Subject {
    Subject {
        tenant: "a".into(),
        circuit: Digest([1; 32]),
        key: Digest([2; 32]),
        package: Subject::digest(package),
    }
}

fn sealed(key: &ProverKey) -> SealedPackage {
    SealedPackage::seal(b"readings", &subject(b"readings"), &key.public()).expect("sealed")
}

#[test]
fn opens_as_what_was_sealed_and_as_nothing_else() {
    let (key, other) = (ProverKey::generate().expect("key"), ProverKey::generate().expect("key"));
    let sealed = sealed(&key);
    let text = sealed.to_json();
    assert!(!text.contains("readings") && text.len() <= sealed_size(8));
    let read = SealedPackage::from_json(&text, sealed_size(8)).expect("reads");
    assert_eq!(*read.open("a", &key).expect("opens"), b"readings");
    assert_eq!(read.open("a", &other).err(), Some(EnvelopeError::DoesNotOpen));
    assert_eq!(read.open("b", &key).err(), Some(EnvelopeError::DoesNotOpen));
    let changes: [fn(&mut SealedPackage); 5] = [
        |s| s.circuit_id = Digest([3; 32]),
        |s| s.key = Digest([3; 32]),
        |s| s.package_sha256 = Digest([3; 32]),
        |s| s.enc[0] ^= 1,
        |s| s.ciphertext[0] ^= 1,
    ];
    for change in changes {
        let mut other = read.clone();
        change(&mut other);
        assert_eq!(other.open("a", &key).err(), Some(EnvelopeError::DoesNotOpen));
    }
}

/// Every sealing is another text of the same job.
#[test]
fn sealing_twice_is_one_job() {
    let key = ProverKey::generate().expect("key");
    let (one, two) = (sealed(&key), sealed(&key));
    assert_ne!(one.to_json(), two.to_json());
    assert_eq!(one.job("a"), two.job("a"));
    assert_ne!(one.job("a"), one.job("b"));
    let wrong = Subject { package: Digest([0; 32]), ..subject(b"readings") };
    let refused = SealedPackage::seal(b"readings", &wrong, &key.public());
    assert_eq!(refused.err(), Some(EnvelopeError::OtherPackage));
}

/// A dishonest sender's package under another's name is opened, and refused.
#[test]
fn a_package_under_another_name_is_refused() {
    let key = ProverKey::generate().expect("key");
    let named = subject(b"other readings");
    let (enc, ciphertext) = single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &key.public().0,
        INFO,
        b"readings",
        &named.id().0.0,
    )
    .expect("sealed");
    let forged = SealedPackage {
        wattproof: SEALED.into(),
        circuit_id: named.circuit,
        key: named.key,
        package_sha256: named.package,
        prover_key: key.public().fingerprint(),
        enc: enc.to_bytes().to_vec(),
        ciphertext,
    };
    assert_eq!(forged.open("a", &key).err(), Some(EnvelopeError::OtherPackage));
}

#[test]
fn keys_are_files() {
    let key = ProverKey::generate().expect("key");
    let again = ProverKey::from_json(&key.to_json()).expect("reads");
    assert_eq!(again.public(), key.public());
    let public = key.public().to_json();
    assert_eq!(ProverPublicKey::from_json(&public).expect("reads"), key.public());
    let other = ProverKey::generate().expect("key").public().fingerprint().to_string();
    let forged = public.replace(&key.public().fingerprint().to_string(), &other);
    assert!(ProverPublicKey::from_json(&forged).is_err());
    assert!(ProverKey::from_json(&public).is_err());
    let secret = key.to_json();
    let short = secret.replace("\"secret\": \"", "\"secret\": \"AA");
    let fault = ProverKey::from_json(&short).expect_err("another length").to_string();
    assert!(!fault.contains(&secret[50..80]), "{fault}");
    assert_eq!(format!("{key:?}"), "ProverKey");
}
