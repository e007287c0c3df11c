// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @title The registry's roots that claims may stand on
/// @notice The owner repeats here what the registry of meters says: its present root, and when the one before was replaced.
/// @dev Same rule as the native verifier's: a replaced root is good only for periods that had ended when it was replaced, and only for
/// the grace period after that. Beyond it: whoever does not hear of a new root would go on accepting the old one, and a meter with a new
/// nullifier key could then claim twice. So the owner's word that the root is still the registry's is itself good for the grace period only.
abstract contract Roots is Ownable2Step, Pausable {
    enum RootStatus {
        Unknown,
        Present,
        Replaced,
        Withdrawn
    }

    struct Root {
        RootStatus status;
        uint64 replacedAt;
    }

    /// @notice Seconds for which a replaced root, and the owner's word on the present one, are good. At most the registry's own.
    uint64 public immutable rootGrace;

    /// @notice When the owner last said which root is the registry's.
    uint64 public rootsAsOf;

    /// @notice The registry's present root; 0 for none.
    uint256 public presentRoot;

    /// @notice Every root that was ever present, with what became of it.
    mapping(uint256 root => Root) public roots;

    event RootSet(uint256 indexed root, uint256 indexed former, uint64 formerReplacedAt);
    event RootConfirmed(uint256 indexed root);
    event RootWithdrawn(uint256 indexed root);

    /// @notice None of the roots, or withdrawn.
    error RootNotAccepted(uint256 root);
    /// @notice The root was replaced before the period ended: use one that came later.
    error RootReplacedBeforeEnd(uint256 root, uint64 replacedAt);
    /// @notice The grace period of a replaced root has ended.
    error RootExpired(uint256 root, uint64 replacedAt);
    /// @notice The owner has not said for too long which root is the registry's.
    error RootsOutOfDate(uint64 asOf);
    /// @notice A root is set only once, and is not zero.
    error RootNotNew(uint256 root);
    /// @notice The former root was replaced at some time up to now.
    error ReplacedInFuture(uint64 replacedAt);
    /// @notice The root is not the present one.
    error RootNotPresent(uint256 root);

    constructor(uint64 grace) {
        rootGrace = grace;
    }

    /// @notice Says that `root` is the registry's root now, and that the former one was replaced at `formerReplacedAt`.
    /// @param formerReplacedAt Unix seconds, as the registry's log has it; without a former root it is not looked at.
    function setRoot(uint256 root, uint64 formerReplacedAt) external onlyOwner {
        if (root == 0 || roots[root].status != RootStatus.Unknown) revert RootNotNew(root);
        uint256 former = presentRoot;
        if (former != 0) {
            if (formerReplacedAt > block.timestamp) revert ReplacedInFuture(formerReplacedAt);
            roots[former] = Root(RootStatus.Replaced, formerReplacedAt);
        }
        roots[root].status = RootStatus.Present;
        presentRoot = root;
        rootsAsOf = uint64(block.timestamp);
        emit RootSet(root, former, former == 0 ? 0 : formerReplacedAt);
    }

    /// @notice Says that the present root is still the registry's. `root` names it, so that a late message confirms no other.
    function confirmRoot(uint256 root) external onlyOwner {
        if (root == 0 || root != presentRoot) revert RootNotPresent(root);
        rootsAsOf = uint64(block.timestamp);
        emit RootConfirmed(root);
    }

    /// @notice Takes a root back at once and for good: nothing is claimed under it any more, whatever the period.
    function withdrawRoot(uint256 root) external onlyOwner {
        RootStatus status = roots[root].status;
        if (status != RootStatus.Present && status != RootStatus.Replaced) revert RootNotAccepted(root);
        if (status == RootStatus.Present) presentRoot = 0;
        roots[root].status = RootStatus.Withdrawn;
        emit RootWithdrawn(root);
    }

    /// @dev Refuses what is not a root for periods that ended at `end`.
    function _requireRoot(uint256 root, uint64 end) internal view {
        uint64 asOf = rootsAsOf;
        if (block.timestamp >= uint256(asOf) + rootGrace) revert RootsOutOfDate(asOf);
        Root memory known = roots[root];
        if (known.status == RootStatus.Present) return;
        if (known.status != RootStatus.Replaced) revert RootNotAccepted(root);
        if (end > known.replacedAt) revert RootReplacedBeforeEnd(root, known.replacedAt);
        if (block.timestamp >= uint256(known.replacedAt) + rootGrace) revert RootExpired(root, known.replacedAt);
    }
}
