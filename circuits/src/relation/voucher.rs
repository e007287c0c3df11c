//! Who vouches for a claim's readings: the native twin of the relation's parts 6 and 8 to 10, and those parts themselves.

use super::circuit::{PolicyVar, Relation, TIME_BITS};
use super::claim::Claim;
use super::period::PeriodVar;
use crate::cs::{ConstraintSystem, Linear};
use crate::error::{Code, Error, Result};
use crate::gadget::{
    PathVar, PointVar, SignatureVar, enforce_range, enforce_signature, hash_tagged, merkle_root,
};
use crate::hash::{F, NODE_ARITY, Tag};
use crate::l3::{DeviceSignature, device_nullifier};
use crate::meter::{Leaf, Path, Signature, attestation, nullifier, nullifier_commitment};
use crate::relation::Trust;

/// Who vouches for a claim's readings.
#[derive(Clone, PartialEq, Eq)]
pub enum Voucher {
    /// A key that a registry holds (L0 to L2). Boxed, as it is much the larger.
    Registry(Box<Enrolled>),
    /// A device of level L3.
    Device(DeviceSignature),
}

/// A meter's place in a registry, and its signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The meter's registry entry.
    pub leaf: Leaf,
    /// Its place in the registry.
    pub path: Path,
    /// Opens the entry's nullifier commitment.
    pub nullifier_key: F,
    /// Signature over the claim by the entry's key.
    pub signature: Signature,
}

impl Voucher {
    /// What blocks are bound to: the entry's meter id, or at L3 the digest of the device's key.
    pub fn meter_id(&self) -> F {
        match self {
            Self::Registry(enrolled) => enrolled.leaf.meter_id,
            Self::Device(device) => device.key.digest(),
        }
    }

    /// The registry entry, if there is one.
    pub fn enrolled(&self) -> Option<&Enrolled> {
        match self {
            Self::Registry(enrolled) => Some(enrolled),
            Self::Device(_) => None,
        }
    }

    /// The device of level L3 that signed, if it was one.
    pub fn device(&self) -> Option<&DeviceSignature> {
        match self {
            Self::Registry(_) => None,
            Self::Device(device) => Some(device),
        }
    }

    /// One-use tag of a claim in this scope and period.
    pub fn nullifier(&self, scope: &F, period: &F) -> F {
        match self {
            Self::Registry(enrolled) => nullifier(&enrolled.nullifier_key, scope, period),
            Self::Device(device) => device_nullifier(&device.key, scope, period),
        }
    }

    /// What the circuit is given.
    pub(super) fn values(&self) -> VoucherValues {
        match self {
            Self::Registry(enrolled) => {
                let Enrolled { leaf, path, nullifier_key, signature } = &**enrolled;
                VoucherValues::Registry {
                    leaf: leaf.fields(),
                    nullifier_key: *nullifier_key,
                    path: path.levels.clone(),
                    signature: [signature.r.x, signature.r.y, signature.s_field()],
                }
            }
            Self::Device(device) => VoucherValues::Device { key: device.key.digest() },
        }
    }
}

impl Claim {
    /// The signature holds over the head after the last block, and the signer is who the policy asks for; gives the anchor.
    pub(super) fn check_voucher(&self, last: &F, config: &F) -> Result<F> {
        let (policy, period, context) =
            (self.policy.digest(), self.period.field(), self.context.field());
        if self.policy.shape().trust != self.trust() {
            let message = "The policy asks for another kind of signer than the one that signed.";
            return Err(Error::new(Code::NotEnrolled, message));
        }
        match &self.voucher {
            Voucher::Registry(enrolled) => {
                let message = attestation(last, &policy, &period, &context, config);
                enrolled.signature.verify(&enrolled.leaf.key, &message)?;
                self.check_entry(enrolled)
            }
            // Where no curves are built in, that is left to whoever verifies, as nothing in the circuit depends on it.
            #[cfg(not(feature = "curves"))]
            Voucher::Device(_) => Ok(*last),
            #[cfg(feature = "curves")]
            Voucher::Device(device) => {
                device.verify(last, &policy, &period, &context).map(|()| *last)
            }
        }
    }

    fn trust(&self) -> Trust {
        match self.voucher {
            Voucher::Registry(_) => Trust::Registry,
            Voucher::Device(_) => Trust::Device,
        }
    }

    /// The entry covers period and level and is in the tree; gives the root.
    fn check_entry(&self, enrolled: &Enrolled) -> Result<F> {
        let refuse = |message: &str| Err(Error::new(Code::NotEnrolled, message));
        let Enrolled { leaf, path, nullifier_key, .. } = enrolled;
        let start = if self.look_back() > 0 { self.first_start() } else { self.period.start() };
        if leaf.valid_from > start || leaf.valid_until < self.period.end() {
            return refuse("The meter's registry entry does not cover the whole period.");
        }
        if leaf.valid_until >> 40 != 0 {
            return refuse("The meter's registry entry is valid beyond 2^40.");
        }
        if leaf.level < self.policy.least_level() {
            return refuse("The meter is enrolled at a lower level than the policy asks for.");
        }
        if nullifier_commitment(nullifier_key) != leaf.nullifier_commitment {
            return refuse("The nullifier key is not the one the meter was enrolled with.");
        }
        if path.levels.len() != usize::from(self.policy.geometry().registry_depth) {
            return refuse("The registry has another depth than the circuit.");
        }
        path.root(leaf.hash())
    }
}

/// The values of a voucher in circuit; one for each proof.
#[allow(clippy::large_enum_variant)]
pub(super) enum VoucherValues {
    Registry {
        /// Key, meter id, nullifier commitment, level, nameplate, validity.
        leaf: [F; 8],
        nullifier_key: F,
        path: Vec<([F; NODE_ARITY], u8)>,
        /// R.x, R.y, S.
        signature: [F; 3],
    },
    Device {
        /// Digest of the device's key.
        key: F,
    },
}

impl VoucherValues {
    /// Blank ones, for recording.
    pub(super) fn blank(trust: Trust, depth: u8) -> Self {
        let zero = F::from(0);
        match trust {
            Trust::Registry => Self::Registry {
                leaf: [zero; 8],
                nullifier_key: zero,
                path: vec![([zero; NODE_ARITY], 0); depth.into()],
                signature: [zero; 3],
            },
            Trust::Device => Self::Device { key: zero },
        }
    }

    /// What blocks are bound to, as wires: an entry's fields, or the digest of a key.
    pub(super) fn allocate<CS: ConstraintSystem>(&self, cs: &mut CS) -> VoucherVar<CS::Wire> {
        match self {
            Self::Registry { leaf, .. } => VoucherVar::Registry(leaf.map(|x| cs.witness(|| x))),
            Self::Device { key } => VoucherVar::Device(cs.witness(|| *key)),
        }
    }
}

/// The wires of a voucher that the blocks are bound to.
pub(super) enum VoucherVar<W> {
    Registry([W; 8]),
    Device(W),
}

impl<W: Linear> VoucherVar<W> {
    pub(super) fn meter_id(&self) -> &W {
        match self {
            Self::Registry([_, _, meter_id, ..]) => meter_id,
            Self::Device(key) => key,
        }
    }

    /// At L3 there is none, and no condition that asks for it.
    pub(super) fn nameplate(&self) -> W {
        match self {
            Self::Registry([.., nameplate, _, _]) => nameplate.clone(),
            Self::Device(_) => W::nil(),
        }
    }
}

/// What a voucher vouches for, and the statement's word on it.
pub(super) struct Vouched<'a, W> {
    /// Head after the last block.
    pub(super) last: &'a W,
    pub(super) meter_config: &'a W,
    pub(super) policy: &'a PolicyVar<W>,
    pub(super) period: &'a PeriodVar<W>,
    /// Start of the first block that is looked into.
    pub(super) first_start: &'a W,
    /// Public inputs: policy digest, period, context, anchor, nullifier.
    pub(super) inputs: [&'a W; 5],
}

impl Relation {
    /// 8 to 10. Whoever vouches agreed to this claim, and the nullifier is the meter's.
    pub(super) fn vouched<CS: ConstraintSystem>(
        &self,
        cs: &mut CS,
        voucher: &VoucherVar<CS::Wire>,
        vouched: &Vouched<'_, CS::Wire>,
    ) {
        match voucher {
            VoucherVar::Registry(leaf) => self.by_registry(cs, leaf, vouched),
            VoucherVar::Device(key) => by_device(cs, key, vouched),
        }
    }

    fn by_registry<CS: ConstraintSystem>(
        &self,
        cs: &mut CS,
        leaf: &[CS::Wire; 8],
        vouched: &Vouched<'_, CS::Wire>,
    ) {
        let VoucherValues::Registry { nullifier_key, path, signature, .. } = &self.voucher else {
            unreachable!("wires are of the values' kind")
        };
        let Vouched { last, meter_config, policy, period, first_start, inputs } = vouched;
        let [policy_digest, period_input, context, anchor, nullifier] = inputs;
        let [key_x, key_y, _, commitment, level, _, valid_from, valid_until] = leaf;
        // 8. Whoever signed agreed to this head, policy, period and context, for this meter.
        let attested = [*last, policy_digest, period_input, context, meter_config];
        let message = hash_tagged(cs, Tag::Attest, &attested);
        let key = PointVar { x: key_x.clone(), y: key_y.clone() };
        let [rx, ry, s] = signature.map(|x| cs.witness(|| x));
        enforce_signature(cs, &key, &message, &SignatureVar { r: PointVar { x: rx, y: ry }, s });

        // 9. The meter is enrolled, at the level asked for, over the whole period.
        let leaf_hash = hash_tagged(cs, Tag::Leaf, &leaf.each_ref());
        let root = merkle_root(cs, &leaf_hash, &PathVar { levels: path.clone() });
        cs.enforce_equal("registry: root", &root, anchor);
        enforce_range(cs, "registry: level", &level.minus(&policy.least_level), 2);
        // What a condition looks back into is vouched for as well.
        let looks_back = self.shape.geometry.look_back > 0;
        let start = if looks_back { first_start } else { &period.start };
        for (what, earlier, later) in [
            ("registry: valid from", valid_from, start),
            ("registry: valid until", &period.end, valid_until),
        ] {
            enforce_range(cs, what, &later.minus(earlier), TIME_BITS);
        }
        enforce_range(cs, "registry: valid from is a time", valid_from, TIME_BITS);
        enforce_range(cs, "registry: valid until is a time", valid_until, TIME_BITS);

        // 10. The nullifier is this meter's for this scope and period.
        let nullifier_key = cs.witness(|| *nullifier_key);
        let committed = hash_tagged(cs, Tag::NullifierKey, &[&nullifier_key]);
        cs.enforce_equal("nullifier: commitment", &committed, commitment);
        let tag = hash_tagged(cs, Tag::Nullifier, &[&nullifier_key, &policy.scope, period_input]);
        cs.enforce_equal("nullifier: public input", &tag, nullifier);
    }
}

/// 8 to 10 at L3: the verifier checks that a device signed the public inputs; these are what it recorded, and its own.
fn by_device<CS: ConstraintSystem>(cs: &mut CS, key: &CS::Wire, vouched: &Vouched<'_, CS::Wire>) {
    let Vouched { last, policy, inputs: [_, period_input, context, anchor, nullifier], .. } =
        vouched;
    // 8. The head is public, so that the signature over it covers every block.
    cs.enforce_equal("device: head", last, anchor);
    // 9. The context has a constraint of its own: no key leaves out an input, and no proof fits another context.
    cs.product("device: context", context, context);
    // 10. The nullifier is of the key that the blocks are bound to.
    let tag = hash_tagged(cs, Tag::DeviceNullifier, &[key, &policy.scope, period_input]);
    cs.enforce_equal("nullifier: public input", &tag, nullifier);
}
