//! Many claims in one go: one bad one sinks the batch, wherever it is and whatever stands beside it.
#![allow(clippy::unwrap_used)]

mod subjects;
mod trapdoor;

use std::sync::LazyLock;

use ark_ff::{PrimeField, UniformRand};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use subjects::answer_with;
use trapdoor::{Trapdoor, u};
use wattproof_circuits::hash::F;
use wattproof_contracts::{Artefact, Chain, Contract, DynSolValue, P, R, U256, Words, number};

static ARTEFACTS: LazyLock<[Artefact; 2]> =
    LazyLock::new(|| trapdoor::artefacts("batch", &[Trapdoor::new(5)]).remove(0));

fn start() -> (Trapdoor, Chain, Contract) {
    let mut chain = Chain::new();
    let contract = chain.deploy(&ARTEFACTS[1], &[]).unwrap();
    (Trapdoor::new(5), chain, contract)
}

fn claims(trapdoor: &mut Trapdoor, count: usize) -> Vec<Words> {
    (0..count).map(|_| trapdoor.claim()).collect()
}

/// `true`, `false` or the error.
fn answer(chain: &mut Chain, contract: &Contract, claims: &[Words]) -> String {
    match chain.view(contract, "verifyBatch", &Words::batch_args(claims)).reply {
        Ok(values) => {
            assert!(matches!(values.as_slice(), [DynSolValue::Bool(_)]));
            (values == [DynSolValue::Bool(true)]).to_string()
        }
        Err(revert) => revert.to_string(),
    }
}

fn invalid(chain: &mut Chain, contract: &Contract, claims: &[Words]) -> Vec<usize> {
    match chain.view(contract, "findInvalid", &Words::batch_args(claims)).one() {
        DynSolValue::Array(values) => {
            values.iter().map(|value| value.as_uint().unwrap().0.to::<usize>()).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn good_batches_of_every_size_hold() {
    let (mut trapdoor, mut chain, contract) = start();
    for count in [1, 2, 3, 5, 16] {
        let claims = claims(&mut trapdoor, count);
        assert_eq!(answer(&mut chain, &contract, &claims), "true", "{count}");
        assert_eq!(invalid(&mut chain, &contract, &claims), Vec::<usize>::new());
    }
    // The same claim twice is two claims; who pays for one only looks at nullifiers.
    let twice = vec![trapdoor.claim(); 2];
    assert_eq!(answer(&mut chain, &contract, &twice), "true");
}

#[test]
fn an_empty_batch_is_no_yes() {
    let (mut trapdoor, mut chain, contract) = start();
    assert_eq!(answer(&mut chain, &contract, &[]), "EmptyBatch()");
    assert_eq!(invalid(&mut chain, &contract, &[]), Vec::<usize>::new());
    // Inputs without proofs, proofs without inputs.
    let mut args = Words::batch_args(&claims(&mut trapdoor, 2));
    let [proofs, inputs] = args.clone();
    args[0] = DynSolValue::Array(Vec::new());
    assert_eq!(chain.view(&contract, "verifyBatch", &args).error(), "EmptyBatch()");
    assert_eq!(chain.view(&contract, "findInvalid", &args).error(), "InputCount(10, 0)");
    for given in [0, 5, 9, 11, 15] {
        let mut inputs = inputs.as_array().unwrap().to_vec();
        inputs.resize(given, number(0));
        let args = [proofs.clone(), DynSolValue::Array(inputs)];
        for function in ["verifyBatch", "findInvalid"] {
            let error = chain.view(&contract, function, &args).error();
            assert_eq!(error, format!("InputCount({given}, 10)"));
        }
    }
}

/// Whoever knows a key's secrets can make such claims, and nobody honest does: native verifiers read no such proof.
#[test]
fn an_identity_is_refused_though_the_equation_holds() {
    let (mut trapdoor, mut chain, contract) = start();
    let single = chain.deploy(&ARTEFACTS[0], &[]).unwrap();
    let good = trapdoor.claim();
    for (i, bad) in trapdoor.claims_with_identities().into_iter().enumerate() {
        let outcome = chain.view(&single, "verify", &bad.args());
        assert_eq!(outcome.one(), DynSolValue::Bool(false), "{i}");
        let batch = [good.clone(), bad];
        assert_eq!(answer(&mut chain, &contract, &batch[1..]), "false", "{i}");
        assert_eq!(answer(&mut chain, &contract, &batch), "false", "{i}");
        assert_eq!(invalid(&mut chain, &contract, &batch), [1], "{i}");
    }
    let outcome = chain.view(&single, "verify", &good.args());
    assert_eq!(outcome.one(), DynSolValue::Bool(true));
}

/// Every way in which a claim is bad, at the first, a middle and the last place, and alone.
#[test]
fn one_bad_claim_sinks_the_batch() {
    let (mut trapdoor, mut chain, contract) = start();
    let good = claims(&mut trapdoor, 5);
    let other = trapdoor.claim();
    let minus = |y: U256| P - y;
    type Change<'a> = Box<dyn Fn(&mut Words) + 'a>;
    let changes: Vec<(&str, Change)> = vec![
        ("A negated", Box::new(|w| w.proof[1] = minus(w.proof[1]))),
        (
            "B negated",
            Box::new(|w| {
                w.proof[4] = minus(w.proof[4]);
                w.proof[5] = minus(w.proof[5]);
            }),
        ),
        ("C negated", Box::new(|w| w.proof[7] = minus(w.proof[7]))),
        ("A of another", Box::new(|w| w.proof[..2].copy_from_slice(&other.proof[..2]))),
        ("B of another", Box::new(|w| w.proof[2..6].copy_from_slice(&other.proof[2..6]))),
        ("C of another", Box::new(|w| w.proof[6..].copy_from_slice(&other.proof[6..]))),
        ("proof of another", Box::new(|w| w.proof = other.proof)),
        ("inputs of another", Box::new(|w| w.inputs.clone_from(&other.inputs))),
        ("first input", Box::new(|w| w.inputs[0] = w.inputs[0].wrapping_add(u(1)) % R)),
        ("last input", Box::new(|w| w.inputs[4] = w.inputs[4].wrapping_add(u(1)) % R)),
        ("inputs swapped", Box::new(|w| w.inputs.swap(1, 3))),
        ("A off the curve", Box::new(|w| w.proof[0] ^= u(1))),
        ("B off the curve", Box::new(|w| w.proof[2] ^= u(1))),
        ("B with swapped parts", Box::new(|w| w.proof.swap(2, 3))),
        ("C off the curve", Box::new(|w| w.proof[6] ^= u(1))),
        ("A the identity", Box::new(|w| w.proof[..2].fill(U256::ZERO))),
        ("B the identity", Box::new(|w| w.proof[2..6].fill(U256::ZERO))),
        ("C the identity", Box::new(|w| w.proof[6..].fill(U256::ZERO))),
        ("nothing at all", Box::new(|w| w.proof.fill(U256::ZERO))),
    ];
    for (name, change) in &changes {
        let mut bad = good[2].clone();
        change(&mut bad);
        assert_eq!(bad.expected(&trapdoor.prepared), "false", "{name}");
        assert_eq!(answer(&mut chain, &contract, std::slice::from_ref(&bad)), "false", "{name}");
        for at in [0, 2, 4] {
            let mut batch = good.clone();
            batch[at] = bad.clone();
            assert_eq!(answer(&mut chain, &contract, &batch), "false", "{name} at {at}");
            assert_eq!(invalid(&mut chain, &contract, &batch), [at], "{name}");
        }
    }
}

#[test]
fn numbers_out_of_range_are_named_by_their_place_in_the_batch() {
    let (mut trapdoor, mut chain, contract) = start();
    let good = claims(&mut trapdoor, 3);
    for (claim, word) in [(0, 0), (1, 3), (2, 7)] {
        let mut batch = good.clone();
        batch[claim].proof[word] += P;
        let error = format!("ProofRange({})", 8 * claim + word);
        assert_eq!(answer(&mut chain, &contract, &batch), error);
        assert_eq!(invalid(&mut chain, &contract, &batch), [claim]);
    }
    for (claim, input) in [(0, 0), (1, 2), (2, 4)] {
        let mut batch = good.clone();
        batch[claim].inputs[input] += R;
        let error = format!("InputRange({})", 5 * claim + input);
        assert_eq!(answer(&mut chain, &contract, &batch), error);
        assert_eq!(invalid(&mut chain, &contract, &batch), [claim]);
    }
}

/// Claims that are wrong by opposite amounts: under equal coefficients, or ones known beforehand, they would cancel.
#[test]
fn errors_that_cancel_each_other_are_refused() {
    let (mut trapdoor, mut chain, contract) = start();
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    for _ in 0..5 {
        let error = F::rand(&mut rng);
        let pair = [trapdoor.claim_off_by(error), trapdoor.claim_off_by(-error)];
        assert_eq!(answer(&mut chain, &contract, &pair), "false");
        assert_eq!(invalid(&mut chain, &contract, &pair), [0, 1]);
        // Among good ones, apart, and the other way round.
        let mut batch = claims(&mut trapdoor, 6);
        batch[4] = pair[0].clone();
        batch[1] = pair[1].clone();
        assert_eq!(answer(&mut chain, &contract, &batch), "false");
        assert_eq!(invalid(&mut chain, &contract, &batch), [1, 4]);
    }
    // Three that cancel, and two whose weights are 1 and 2.
    let (a, b) = (F::rand(&mut rng), F::rand(&mut rng));
    let three = [a, b, -a - b].map(|error| trapdoor.claim_off_by(error));
    assert_eq!(answer(&mut chain, &contract, &three), "false");
    let weighted = [a + a, -a].map(|error| trapdoor.claim_off_by(error));
    assert_eq!(answer(&mut chain, &contract, &weighted), "false");
}

/// The forger works out the coefficients of a batch, and changes its last claim so that the errors cancel under them. That
/// changes the hash, whichever word he touches: the coefficients are not those any more.
#[test]
fn coefficients_depend_on_every_word() {
    let (mut trapdoor, _, _) = start();
    let batch = claims(&mut trapdoor, 3);
    let seed = coefficients(&trapdoor, &batch);
    for claim in 0..3 {
        for word in 0..13 {
            let mut other = batch.clone();
            match word {
                0..8 => other[claim].proof[word] ^= u(1),
                _ => other[claim].inputs[word - 8] ^= u(1),
            }
            let changed = coefficients(&trapdoor, &other);
            assert!(seed.iter().zip(&changed).all(|(a, b)| a != b), "claim {claim}, word {word}");
        }
    }
    assert_ne!(seed[..2], coefficients(&trapdoor, &batch[..2])[..]);
    assert!(seed.iter().all(|r| r.into_bigint().0[2..] == [0, 0]));
}

/// What the contract draws, computed a second time, from its description.
fn coefficients(trapdoor: &Trapdoor, batch: &[Words]) -> Vec<F> {
    use wattproof_contracts::keccak256;
    let mut bytes = b"wattproof/batch/1".to_vec();
    bytes.resize(32, 0);
    bytes.extend(trapdoor.file.fingerprint().0);
    bytes.extend(u(batch.len() as u64).to_be_bytes::<32>());
    let proofs = batch.iter().flat_map(|claim| claim.proof.iter());
    let inputs = batch.iter().flat_map(|claim| claim.inputs.iter());
    bytes.extend(proofs.chain(inputs).flat_map(|word| word.to_be_bytes::<32>()));
    let seed = keccak256(bytes);
    let one = |i: usize| keccak256([seed.0, u(i as u64).to_be_bytes()].concat());
    (0..batch.len()).map(|i| F::from_be_bytes_mod_order(&one(i).0[..16])).collect()
}

/// The same, with the contract as the judge: with the contract's own coefficients solved for, the cancelling batch that was made for
/// them is another batch.
#[test]
fn a_batch_solved_for_its_own_coefficients_is_refused() {
    let (mut trapdoor, mut chain, contract) = start();
    let error = F::from(12_345);
    let mut batch = vec![trapdoor.claim_off_by(error), trapdoor.claim()];
    for _ in 0..4 {
        let r = coefficients(&trapdoor, &batch);
        let answer_to = -(r[0] * error) / r[1];
        batch[1] = trapdoor.claim_off_by(answer_to);
        assert_eq!(answer(&mut chain, &contract, &batch), "false");
    }
    // The test's own arithmetic is right: with the coefficients held still, the errors would have cancelled.
    let r = coefficients(&trapdoor, &batch);
    assert_eq!(r[0] * error + r[1] * (-(r[0] * error) / r[1]), F::from(0));
}

#[test]
fn a_batch_verifier_is_a_verifier() {
    let (mut trapdoor, mut chain, contract) = start();
    let claim = trapdoor.claim();
    let single = chain.deploy(&ARTEFACTS[0], &[]).unwrap();
    for contract in [&contract, &single] {
        assert_eq!(chain.view(contract, "verify", &claim.args()).one(), DynSolValue::Bool(true));
    }
    let interface = Artefact::named("IWattproofBatchVerifier").abi;
    let abi = &ARTEFACTS[1].abi;
    for function in interface.functions() {
        let own = abi.function(&function.name).unwrap();
        assert_eq!(own[0].signature(), function.signature());
        assert_eq!(own[0].outputs, function.outputs);
    }
    for error in interface.errors() {
        assert!(abi.errors().any(|own| own.selector() == error.selector()), "{}", error.name);
    }
}

/// Whatever the gas, the answer is the right one or none.
#[test]
fn short_of_gas_there_is_no_answer() {
    let (mut trapdoor, mut chain, contract) = start();
    let caller = chain.deploy(&Artefact::named("Caller"), &[]).unwrap();
    let good = claims(&mut trapdoor, 2);
    let mut wrong = good.clone();
    wrong[1].inputs[0] ^= u(1);
    let mut no_point = good.clone();
    no_point[1].proof[6] ^= u(1);
    let mut no_b = good.clone();
    no_b[0].proof[2] ^= u(1);
    let batches = [(&good, true), (&wrong, false), (&no_point, false), (&no_b, false)];
    let mut told = [0; 4];
    let gas = (2_000..310_000).step_by(3_100).chain((310_000..1_500_000).step_by(40_000));
    for gas in gas {
        for (i, (batch, holds)) in batches.iter().enumerate() {
            let data = contract.calldata("verifyBatch", &Words::batch_args(batch));
            match answer_with(&mut chain, &caller, &contract, &data, gas) {
                Some(answer) => {
                    assert_eq!(
                        answer,
                        [vec![0; 31], vec![u8::from(*holds)]].concat(),
                        "{i}, {gas}"
                    );
                    told[i] += 1;
                }
                None => assert!(gas < 1_400_000, "{i}: no answer with {gas}"),
            }
        }
    }
    // Bad points: in A or C they show early, in B only when all the rest is done.
    assert!(told[0] > 20 && told[0] == told[1] && told[2] > 20 && told[3] > 2, "{told:?}");
}

/// `findInvalid` accuses nobody for want of gas.
#[test]
fn nobody_is_accused_for_want_of_gas() {
    let (mut trapdoor, mut chain, contract) = start();
    let caller = chain.deploy(&Artefact::named("Caller"), &[]).unwrap();
    let good = claims(&mut trapdoor, 2);
    let data = contract.calldata("findInvalid", &Words::batch_args(&good));
    let nobody = [u(0x20).to_be_bytes::<32>(), [0; 32]].concat();
    let mut told = 0;
    for gas in (2_000..600_000).step_by(7_000) {
        if let Some(answer) = answer_with(&mut chain, &caller, &contract, &data, gas) {
            assert_eq!(answer, nobody, "gas {gas}");
            told += 1;
        }
    }
    assert!(told > 10, "{told}");
}

/// Random batches with a random number of bad claims: the batch holds if there are none, and they are named.
#[test]
fn random_batches_agree_with_the_native_verifier() {
    let (mut trapdoor, mut chain, contract) = start();
    let mut rng = ChaCha20Rng::seed_from_u64(12);
    let mut below = |n: u64| (F::rand(&mut rng).into_bigint().0[0] % n) as usize;
    for _ in 0..40 {
        let count = 1 + below(6);
        let mut batch = claims(&mut trapdoor, count);
        let mut bad = Vec::new();
        for (i, claim) in batch.iter_mut().enumerate() {
            if below(4) == 0 {
                let word = below(5);
                claim.inputs[word] = U256::from(below(1_000_000));
                bad.push(i);
            }
            let native = claim.expected(&trapdoor.prepared);
            assert_eq!(native == "true", !bad.contains(&i));
        }
        assert_eq!(answer(&mut chain, &contract, &batch), bad.is_empty().to_string());
        assert_eq!(invalid(&mut chain, &contract, &batch), bad);
    }
}
