//! Roots that were replaced, and trees without the meter. A case tells no time, so that no replaced root is accepted in any.

use crate::book::Book;
use crate::claims::Goods;
use wattproof_circuits::error::Code;
use wattproof_circuits::format::ReplacedRoot;
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::Registry;
use wattproof_tests::Any;
use wattproof_tests::scene::DAY;

/// All of them.
pub(crate) fn write(book: &mut Book, goods: &Goods) -> Any<()> {
    for (good, prefix) in [(&goods.day, "day"), (&goods.month, "month")] {
        let end = good.profile.period.end();
        for (what, why, replaced_at) in [
            ("replaced-and-no-clock", "Replaced after the period, and nobody tells the time.", end),
            ("replaced-before-the-end", "Replaced a second before the period ended.", end - 1),
        ] {
            let name = format!("{prefix}-root-{what}");
            book.add(good.other_profile(Code::WrongRoot, &name, why, |profile| {
                let root = good.bundle.statement.anchor;
                let valid_until = replaced_at + 7 * DAY;
                profile.replaced_roots = vec![ReplacedRoot { root, replaced_at, valid_until }];
                profile.roots = vec![root + F::from(1)];
            }))?;
        }
        let empty = Registry::new(good.profile.policy.geometry().registry_depth)?.root();
        let name = format!("{prefix}-root-of-zero-leaves");
        let why = "The tree after everybody was revoked, accepted and stated: no zero leaf proves.";
        book.add(good.both(Code::ProofInvalid, &name, why, |bundle, profile| {
            profile.roots = vec![empty];
            bundle.statement.anchor = empty;
        }))?;
    }
    Ok(())
}
