// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev Calls whoever receives, if it is a contract: a token by which a payee can come back in.
contract HookToken is ERC20 {
    constructor(uint256 supply) ERC20("Hook", "HOOK") {
        _mint(msg.sender, supply);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (to.code.length == 0) return;
        // Whoever has no hook is left alone.
        (bool hooked,) = to.call(abi.encodeCall(Intruder.received, ()));
        if (!hooked) return;
    }
}

/// @dev A payee that calls back while it is being paid, and notes what it was told.
contract Intruder {
    address public target;
    bytes public call;
    bool public tried;
    bool public succeeded;
    bytes public answer;

    function prepare(address target_, bytes calldata call_) external {
        (target, call) = (target_, call_);
    }

    function received() external {
        if (target == address(0)) return;
        tried = true;
        (succeeded, answer) = target.call(call);
    }
}
