// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IWattproofVerifier} from "./IWattproofVerifier.sol";

/// @title A verifier that also checks many claims of its circuit in one go
interface IWattproofBatchVerifier is IWattproofVerifier {
    /// @notice No claims: nothing to say yes to.
    error EmptyBatch();

    /// @notice Whether all these proofs hold, each for its inputs.
    /// @dev One pairing product, each claim raised to a number of 128 bits of its own that is hashed from the key and from all proofs and
    /// inputs. A set of claims that do not all hold passes with a probability of 2^-128. The indices in errors count all words.
    /// @param proofs Each as in `verify`.
    /// @param inputs Those of the first proof, then those of the second, and so on.
    /// @return True only if all hold; false and errors as `verify`.
    function verifyBatch(uint256[8][] calldata proofs, uint256[] calldata inputs) external view returns (bool);

    /// @notice Which of these proofs do not hold, by position; those with numbers out of range among them. Each is checked by itself:
    /// a question to a node, not for transactions.
    function findInvalid(uint256[8][] calldata proofs, uint256[] calldata inputs)
        external
        view
        returns (uint256[] memory invalid);
}
