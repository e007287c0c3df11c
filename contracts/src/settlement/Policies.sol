// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IWattproofVerifier} from "../IWattproofVerifier.sol";
import {Calendars} from "./Calendars.sol";

/// @title Policies: which conditions can be paid for, and who checks their proofs
/// @notice A policy's id is the hash of its terms, so that none can be changed: only retired, or revoked.
abstract contract Policies is Calendars {
    /// Who vouches for the readings: the registry whose root is in the proof (L0 to L2), or a device that signs each claim (L3).
    enum Trust {
        Registry,
        Device
    }

    /// Retired: nobody opens orders any more, those that are open go on. Revoked: nothing is claimed any more, and payers are refunded.
    enum PolicyStatus {
        Unknown,
        Active,
        Retired,
        Revoked
    }

    struct PolicyTerms {
        /// The policy's digest, the first public input.
        uint256 digest;
        /// Verifies proofs of the policy's circuit.
        IWattproofVerifier verifier;
        /// The scope's field element: authority, name, zone and unit.
        uint256 scope;
        /// The scope's calendar, here.
        uint32 calendar;
        Trust trust;
        /// Bit i: output i can be negative, and is offset by 2^63.
        uint16 signedOutputs;
    }

    struct Policy {
        uint256 digest;
        IWattproofVerifier verifier;
        uint32 calendar;
        Trust trust;
        PolicyStatus status;
        uint8 outputs;
        uint16 signedOutputs;
    }

    /// What all policies of a scope share: else the same energy would have two periods, or two nullifiers.
    struct Scope {
        bool exists;
        uint32 calendar;
        Trust trust;
    }

    /// Public inputs before the outputs.
    uint256 internal constant FIXED_INPUTS = 5;
    /// As many as have a bit in `signedOutputs`.
    uint256 internal constant MOST_OUTPUTS = 16;

    /// @notice Whether keys will do that one party made, who can forge: for trials, never for money.
    bool public immutable allowDevelopment;

    /// @notice Fewest contributors to the ceremony of a verifier's key.
    uint32 public immutable minContributors;

    /// @notice The policies, by id.
    mapping(bytes32 id => Policy) public policies;

    /// @notice The policies' scopes, as they were registered. Apart, as few claims look at them.
    mapping(bytes32 id => uint256) public policyScope;

    /// @notice The scopes: the first policy of each decides.
    mapping(uint256 scope => Scope) internal scopes;

    event PolicyRegistered(bytes32 indexed id, uint256 indexed digest, PolicyTerms terms);
    event PolicyRetired(bytes32 indexed id);
    event PolicyRevoked(bytes32 indexed id);

    /// @notice The verifier's key is a development key.
    error DevelopmentKey(IWattproofVerifier verifier);
    /// @notice Too few took part in the ceremony of the verifier's key.
    error TooFewContributors(uint32 contributors, uint32 needed);
    /// @notice The verifier's circuit has too few public inputs, or too many.
    error UnfitVerifier(uint256 inputs);
    /// @notice Another policy of the same scope has another calendar: their periods could overlap.
    error ScopeHasCalendar(uint256 scope, uint32 calendar);
    /// @notice Another policy of the same scope is vouched for otherwise: registry and devices have nullifiers of their own, so that a
    /// meter with both could claim twice.
    error ScopeHasTrust(uint256 scope, Trust trust);
    /// @notice These terms are registered already.
    error PolicyKnown(bytes32 id);
    /// @notice The policy is not registered, or in a state in which that cannot be.
    error PolicyNotActive(bytes32 id, PolicyStatus status);

    constructor(bool allowDevelopment_, uint32 minContributors_) {
        // Where it is about money somebody must have contributed.
        if (!allowDevelopment_ && minContributors_ == 0) revert TooFewContributors(0, 1);
        allowDevelopment = allowDevelopment_;
        minContributors = minContributors_;
    }

    /// @notice The id of these terms.
    function policyId(PolicyTerms calldata terms) public pure returns (bytes32) {
        return keccak256(abi.encode(terms));
    }

    /// @notice Registers a policy. What its digest stands for, and that scope, calendar and signs are its own, is the owner's word.
    function registerPolicy(PolicyTerms calldata terms) external onlyOwner returns (bytes32 id) {
        id = policyId(terms);
        if (policies[id].status != PolicyStatus.Unknown) revert PolicyKnown(id);
        if (!calendars[terms.calendar].exists) revert UnknownCalendar(terms.calendar);
        Scope memory scope = scopes[terms.scope];
        if (!scope.exists) scopes[terms.scope] = Scope(true, terms.calendar, terms.trust);
        else if (scope.calendar != terms.calendar) revert ScopeHasCalendar(terms.scope, scope.calendar);
        else if (scope.trust != terms.trust) revert ScopeHasTrust(terms.scope, scope.trust);
        policies[id] = Policy({
            digest: terms.digest,
            verifier: terms.verifier,
            calendar: terms.calendar,
            trust: terms.trust,
            status: PolicyStatus.Active,
            outputs: _checkVerifier(terms.verifier),
            signedOutputs: terms.signedOutputs
        });
        policyScope[id] = terms.scope;
        emit PolicyRegistered(id, terms.digest, terms);
    }

    /// @notice No more orders under this policy. Those that are open can still be claimed.
    function retirePolicy(bytes32 id) external onlyOwner {
        _demote(id, PolicyStatus.Retired);
        emit PolicyRetired(id);
    }

    /// @notice No more claims under this policy, for good: for a key that leaked or a circuit with a fault. Payers can have their money back.
    function revokePolicy(bytes32 id) external onlyOwner {
        _demote(id, PolicyStatus.Revoked);
        emit PolicyRevoked(id);
    }

    function _demote(bytes32 id, PolicyStatus to) private {
        PolicyStatus status = policies[id].status;
        if (status == PolicyStatus.Unknown || status >= to) revert PolicyNotActive(id, status);
        policies[id].status = to;
    }

    /// How many outputs it has. The key's setup is what the verifier says of itself; its code can be compared with the generated one.
    function _checkVerifier(IWattproofVerifier verifier) private view returns (uint8) {
        (bool ceremony, uint32 contributors,) = verifier.setup();
        if (!ceremony) {
            if (!allowDevelopment) revert DevelopmentKey(verifier);
        } else if (contributors < minContributors) {
            revert TooFewContributors(contributors, minContributors);
        }
        uint256 inputs = verifier.inputCount();
        if (inputs < FIXED_INPUTS || inputs > FIXED_INPUTS + MOST_OUTPUTS) revert UnfitVerifier(inputs);
        return uint8(inputs - FIXED_INPUTS);
    }
}
