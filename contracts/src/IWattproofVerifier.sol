// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title A verifier of one circuit's proofs, under one key
/// @notice What a contract needs to know of it. Implementations have no storage and no owner: what they accept never changes.
/// @dev A proof is eight words, as snarkjs orders them for contracts: A.x, A.y, B.x (imaginary, real), B.y (imaginary, real), C.x, C.y.
/// The inputs of Wattproof's circuits are policy digest, period (start + 2^64 end), context, anchor, nullifier, then outputs.
interface IWattproofVerifier {
    /// @notice The circuit has another number of public inputs.
    error InputCount(uint256 given, uint256 needed);
    /// @notice This input is not below the field's order, so that it would stand for a smaller one.
    error InputRange(uint256 index);
    /// @notice This word of the proof is not below the curve's modulus.
    error ProofRange(uint256 index);

    /// @notice Whether the proof holds for these inputs, under this contract's key.
    /// @dev Proofs can be re-randomised by anyone, so that one claim has many: replay is keyed on the nullifier, never on a proof.
    /// @return True only for a proof that holds. False for one that does not, for points off the curve or off the subgroup, and for the
    /// identity as A, B or C, which no honest prover gives. Reverts with one of the errors above for numbers out of range, and
    /// without words when the gas does not suffice: what ran out of gas is never an answer.
    function verify(uint256[8] calldata proof, uint256[] calldata inputs) external view returns (bool);

    /// @notice The circuit's id, as bundles and keys name it.
    function circuit() external view returns (bytes32);

    /// @notice The verifying key's fingerprint, as profiles pin it.
    function fingerprint() external view returns (bytes32);

    /// @notice How many public inputs a proof has.
    function inputCount() external view returns (uint256);

    /// @notice Who made the key.
    /// @return ceremony Whether many parties did. If not, one party did, and could forge: not for anything of value.
    /// @return contributors Contributions to the circuit's own phase; 0 without a ceremony.
    /// @return transcript SHA-256 of the ceremony's transcript; 0 without one.
    function setup() external view returns (bool ceremony, uint32 contributors, bytes32 transcript);
}
