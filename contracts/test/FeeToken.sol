// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev A token that can begin to take a fee: of the receiver, or of the sender on top.
contract FeeToken is ERC20 {
    uint256 public receiverFee;
    uint256 public senderFee;

    constructor(uint256 supply) ERC20("Fee", "FEE") {
        _mint(msg.sender, supply);
    }

    function setFees(uint256 ofReceiver, uint256 ofSender) external {
        (receiverFee, senderFee) = (ofReceiver, ofSender);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0)) return;
        if (receiverFee != 0) super._update(to, address(0xfee), receiverFee);
        if (senderFee != 0) super._update(from, address(0xfee), senderFee);
    }
}
