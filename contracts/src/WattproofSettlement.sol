// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IWattproofBatchVerifier} from "./IWattproofBatchVerifier.sol";
import {Devices} from "./settlement/Devices.sol";
import {Orders} from "./settlement/Orders.sol";
import {Policies} from "./settlement/Policies.sol";
import {Roots} from "./settlement/Roots.sol";

/// @title Settlement: a proof about energy, once, for money
/// @notice Builds the statement that a claim must prove from what it knows itself: the policy's digest, the order's period, and the context
/// of this chain, this contract, the payee and the order. Records the nullifier and pays in one step.
/// @dev What the owner can do, and what nobody can, is in docs/SETTLEMENT.md. No proxy, no upgrade: another version is another contract,
/// with nullifiers of its own, so that its scopes must be others too.
contract WattproofSettlement is Roots, Devices, Orders {
    struct Claim {
        /// Who is paid; the proof is for nobody else.
        address payee;
        /// Registry root; at L3 the device's head.
        uint256 anchor;
        uint256 nullifier;
        /// What the policy reveals, as in the bundle's statement.
        uint256[] outputs;
        uint256[8] proof;
    }

    /// keccak256("wattproof/context/1")
    bytes32 private constant CONTEXT = keccak256("wattproof/context/1");
    uint256 private constant SETTLEMENT = 1;

    /// @notice Nullifiers of claims that were paid. At L3 also the tags of device, scope and period.
    mapping(uint256 nullifier => bool) public claimed;

    event Claimed(bytes32 indexed order, address indexed payee, uint256 indexed nullifier, uint256 amount);
    event ClaimedByDevice(bytes32 indexed order, bytes32 indexed device);

    /// @notice The period is not over.
    error PeriodNotOver(uint64 end);
    /// @notice Claims come before the order's deadline.
    error TooLate(uint64 deadline);
    /// @notice The order pays somebody else, or the payee is nobody.
    error WrongPayee(address payee);
    /// @notice The policy's claims are signed by devices, or they are not.
    error WrongTrust(Trust trust);
    /// @notice The same meter has claimed this scope and period.
    error AlreadyClaimed(uint256 nullifier);
    /// @notice The proof does not prove this statement.
    error ProofInvalid();
    /// @notice The policy reveals another number of outputs.
    error OutputCount(uint256 given, uint256 needed);
    /// @notice The output is no quantity: above 64 bits, or negative.
    error BadOutput(uint256 output);
    /// @notice For nothing a claim would be used up.
    error NothingDue();
    /// @notice The escrow does not cover what is due.
    error EscrowTooSmall(uint256 due, uint256 escrow);

    /// @param owner Registers policies, roots and devices, and pauses.
    /// @param allowDevelopment Whether verifiers of development keys will do, which can be forged: for trials.
    /// @param minContributors Fewest contributors to the ceremony of any other verifier's key.
    /// @param rootGrace Seconds of grace for replaced roots; at most the registry's.
    /// @param claimWindow Seconds that claimants have at least after a period's end.
    constructor(address owner, bool allowDevelopment, uint32 minContributors, uint64 rootGrace, uint64 claimWindow)
        Ownable(owner)
        Policies(allowDevelopment, minContributors)
        Roots(rootGrace)
        Orders(claimWindow)
    {}

    /// @notice Stops opening, funding and claiming; refunds go on, and deadlines too.
    function pause() external onlyOwner {
        _pause();
    }

    /// @notice Ends a pause.
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @notice Pays a claim whose meter is in the registry. Anyone may send it: the payee is under the device's signature.
    /// @return amount What was paid.
    function claim(Order calldata order, Claim calldata with) external nonReentrant whenNotPaused returns (uint256 amount) {
        (bytes32 id, OrderState storage state) = _openOrder(order);
        Policy memory policy = _policyOf(order, Trust.Registry);
        _requireRoot(with.anchor, order.end);
        _record(with.nullifier);
        _verify(policy, with, _statement(id, order, policy, with));
        amount = _payOut(id, state, order, policy, with);
    }

    /// @notice Pays a claim that a registered device signed (L3).
    /// @dev The chain does not hash Poseidon, so it cannot recompute the nullifier from the key. The tag stands in: one claim for each
    /// key, scope and period, whatever the proof says.
    /// @return amount What was paid.
    function claimByDevice(Order calldata order, Claim calldata with, DeviceSignature calldata by)
        external
        nonReentrant
        whenNotPaused
        returns (uint256 amount)
    {
        (bytes32 id, OrderState storage state) = _openOrder(order);
        Policy memory policy = _policyOf(order, Trust.Device);
        uint256[] memory inputs = _statement(id, order, policy, with);
        bytes32 device = _requireDevice(by, inputs, order.start, order.end);
        _record(deviceTag(device, policyScope[order.policy], order.start, order.end));
        _record(with.nullifier);
        _verify(policy, with, inputs);
        emit ClaimedByDevice(id, device);
        amount = _payOut(id, state, order, policy, with);
    }

    /// @notice Pays many claims of one pool, as `claim` would one by one, with their proofs checked together: the policy's verifier must be
    /// one of batches. Claims that were paid before are left out, so that nobody stops the others by handing one in first. Any other that is
    /// refused sinks them all; the verifier's `findInvalid` tells which.
    /// @return total What was paid.
    function claimMany(Order calldata order, Claim[] calldata claims)
        external
        nonReentrant
        whenNotPaused
        returns (uint256 total)
    {
        if (order.kind != Kind.Reward) revert BadOrder("kind");
        (bytes32 id, OrderState storage state) = _openOrder(order);
        Policy memory policy = _policyOf(order, Trust.Registry);
        uint256[] memory fresh = _recordFresh(order, claims);
        _verifyMany(id, order, policy, claims, fresh);
        for (uint256 i = 0; i < fresh.length; i++) total += _payOut(id, state, order, policy, claims[fresh[i]]);
    }

    /// @notice What is recorded in `claimed` for a device, scope and period, besides the nullifier.
    function deviceTag(bytes32 device, uint256 scope, uint64 start, uint64 end) public pure returns (uint256) {
        return uint256(keccak256(abi.encode("wattproof/device-tag/1", device, scope, start, end)));
    }

    /// @notice The context that a claim must have been signed for: on this chain, for this contract.
    function contextOf(address payee, bytes32 order) public view returns (uint256) {
        return uint256(keccak256(abi.encode(CONTEXT, SETTLEMENT, block.chainid, address(this), payee, order))) >> 8;
    }

    /// The order's policy; refuses what cannot be claimed now.
    function _policyOf(Order calldata order, Trust trust) private view returns (Policy memory policy) {
        if (block.timestamp < order.end) revert PeriodNotOver(order.end);
        if (block.timestamp >= order.deadline) revert TooLate(order.deadline);
        policy = policies[order.policy];
        if (policy.status == PolicyStatus.Revoked) revert PolicyNotActive(order.policy, policy.status);
        if (policy.trust != trust) revert WrongTrust(policy.trust);
    }

    /// The public inputs. As many outputs as the policy has: with more in one claim and fewer in the next, inputs of a batch would shift.
    function _statement(bytes32 id, Order calldata order, Policy memory policy, Claim calldata with)
        private
        view
        returns (uint256[] memory inputs)
    {
        address payee = with.payee;
        bool wrong = order.payee == address(0) ? payee == address(0) || payee == address(this) : payee != order.payee;
        if (wrong) revert WrongPayee(payee);
        uint256 outputs = policy.outputs;
        if (with.outputs.length != outputs) revert OutputCount(with.outputs.length, outputs);
        inputs = new uint256[](FIXED_INPUTS + outputs);
        inputs[0] = policy.digest;
        inputs[1] = uint256(order.start) | (uint256(order.end) << 64);
        inputs[2] = contextOf(payee, id);
        inputs[3] = with.anchor;
        inputs[4] = with.nullifier;
        for (uint256 i = 0; i < outputs; i++) inputs[FIXED_INPUTS + i] = with.outputs[i];
    }

    /// The verifier is a view: nothing can come in between. It refuses numbers that stand for smaller ones.
    function _verify(Policy memory policy, Claim calldata with, uint256[] memory inputs) private view {
        if (!policy.verifier.verify(with.proof, inputs)) revert ProofInvalid();
    }

    /// Records the claims that were not paid before; which they are.
    function _recordFresh(Order calldata order, Claim[] calldata claims) private returns (uint256[] memory fresh) {
        fresh = new uint256[](claims.length);
        uint256 count = 0;
        for (uint256 i = 0; i < claims.length; i++) {
            uint256 nullifier = claims[i].nullifier;
            if (claimed[nullifier]) continue;
            _requireRoot(claims[i].anchor, order.end);
            claimed[nullifier] = true;
            fresh[count++] = i;
        }
        assembly ("memory-safe") {
            mstore(fresh, count)
        }
    }

    /// As `_verify`, of those of the claims that are fresh. Of none the verifier says that they are none.
    function _verifyMany(bytes32 id, Order calldata order, Policy memory policy, Claim[] calldata claims, uint256[] memory fresh)
        private
        view
    {
        uint256 width = FIXED_INPUTS + policy.outputs;
        uint256[8][] memory proofs = new uint256[8][](fresh.length);
        uint256[] memory inputs = new uint256[](fresh.length * width);
        for (uint256 i = 0; i < fresh.length; i++) {
            Claim calldata with = claims[fresh[i]];
            proofs[i] = with.proof;
            uint256[] memory own = _statement(id, order, policy, with);
            for (uint256 j = 0; j < width; j++) inputs[i * width + j] = own[j];
        }
        if (!IWattproofBatchVerifier(address(policy.verifier)).verifyBatch(proofs, inputs)) revert ProofInvalid();
    }

    /// Pays what is due for a claim that holds.
    function _payOut(bytes32 id, OrderState storage state, Order calldata order, Policy memory policy, Claim calldata with)
        private
        returns (uint256 amount)
    {
        amount = _due(order, policy.signedOutputs, with.outputs);
        uint256 funds = state.funds;
        if (amount > funds) {
            if (order.kind != Kind.Trade) revert EscrowTooSmall(amount, funds);
            amount = funds;
        }
        // For nothing no claim is used up; but a bill of nothing is settled.
        if (amount == 0 && order.kind != Kind.Bill) revert NothingDue();
        state.funds = uint128(funds - amount);
        if (order.kind != Kind.Reward) state.status = OrderStatus.Settled;
        emit Claimed(id, with.payee, with.nullifier, amount);
        if (amount != 0) _pay(order.token, with.payee, amount);
    }

    function _record(uint256 tag) private {
        if (claimed[tag]) revert AlreadyClaimed(tag);
        claimed[tag] = true;
    }

    /// Price and rate are below 2^128, the quantity below 2^64: no overflow.
    function _due(Order calldata order, uint16 signedOutputs, uint256[] calldata outputs) private pure returns (uint256 due) {
        due = order.price;
        if (order.rate == 0) return due;
        uint256 quantity = outputs[order.output];
        if (quantity >= 1 << 64) revert BadOutput(quantity);
        if ((signedOutputs >> order.output) & 1 == 1) {
            if (quantity < 1 << 63) revert BadOutput(quantity);
            quantity -= 1 << 63;
        }
        due += uint256(order.rate) * quantity / order.per;
    }
}
